import { beforeAll, describe, expect, test } from 'vitest';
import { replaceCredential } from '../../../src/acts/credentials/replace.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { GRANULAR_SCOPE_NAMES } from '../../../src/gate/index.ts';
import { basicHeader, openRest, type Call, type RestHost } from './rest-host.ts';

let rest: RestHost;
/** A token of jane's with these things, said without their `:bitbucket`. */
const token = (...scopes: string[]) =>
  rest.host.apiToken(
    'jane',
    scopes.map((scope) => `${scope}:bitbucket`),
  );
const as = async (...scopes: string[]) => basicHeader('jane', (await token(...scopes)).secret);

beforeAll(async () => {
  rest = await openRest();
});

describe('an API token over REST', () => {
  test('comes with the e-mail address or the user name of its owner, and with nothing else', async () => {
    const { id, secret } = await token('read:user');
    for (const user of ['jane', 'jane@example.org', 'Jane@Example.ORG']) {
      const { status, json, headers } = await rest.call('/2.0/user', basicHeader(user, secret));
      expect([user, status, json.username]).toEqual([user, 200, 'jane']);
      expect(headers['x-credential-type']).toBe('api_token');
    }
    for (const user of ['rob', 'rob@example.org', 'x-bitbucket-api-token-auth', 'x-token-auth', '']) {
      const { status, json } = await rest.call('/2.0/user', basicHeader(user, secret));
      expect([user, status, json.username, json.data.reason]).toEqual([
        user,
        401,
        undefined,
        'user_name_wrong',
      ]);
      expect(json.data.hint).toBe(
        `The secret is an API token (${id}) and genuine, but the user name does not belong to it: use "jane" or the e-mail address of its owner.`,
      );
    }
    const bearer = await rest.call('/2.0/user', `Bearer ${secret}`);
    expect([bearer.status, bearer.json.data.reason]).toEqual([401, 'scheme_wrong']);
  });

  test('is told the granular scopes, and an app password the classic ones as ever', async () => {
    const url = '/2.0/repositories/team/app';
    const open = await rest.call(url, await as('read:repository', 'read:user'));
    expect(open.headers).toMatchObject({
      'x-oauth-scopes': 'read:repository:bitbucket, read:user:bitbucket',
      'x-accepted-oauth-scopes': 'read:repository:bitbucket',
    });
    const { id, secret } = await token('write:repository', 'admin:repository');
    const shut = await rest.call(url, basicHeader('jane', secret));
    expect([shut.status, shut.json.error]).toMatchObject([
      403,
      {
        message: 'Your credentials lack one or more required privilege scopes.',
        detail: {
          required: ['read:repository:bitbucket'],
          granted: ['admin:repository:bitbucket', 'write:repository:bitbucket'],
        },
        data: {
          reason: 'scope_missing',
          missing: ['read:repository:bitbucket'],
          hint: expect.stringContaining(`${id} needs the scope read:repository:bitbucket`),
        },
      },
    ]);
    expect(shut.headers).toMatchObject({
      'x-credential-type': 'api_token',
      'x-accepted-oauth-scopes': 'read:repository:bitbucket',
    });
    const password = await rest.call(url, await rest.basic('jane', 'repository'));
    expect(password.headers).toMatchObject({
      'x-credential-type': 'apppassword',
      'x-oauth-scopes': 'repository',
      'x-accepted-oauth-scopes': 'repository',
    });
    expect((await rest.call('/2.0/repositories/team/open')).headers).toMatchObject({
      'x-accepted-oauth-scopes': 'repository',
    });
  });

  /** What opens each, by Bitbucket's documentation, and what it answers to whoever holds that and nothing else. */
  const body = (value: object): Call => ({ method: 'POST', body: value });
  test.each<[string, string, Call | undefined, number, ...string[]]>([
    ['GET', '/2.0/user', undefined, 200, 'read:user'],
    ['GET', '/2.0/user/emails', undefined, 200, 'read:user'],
    ['GET', '/2.0/user/workspaces', undefined, 200, 'read:workspace'],
    ['GET', '/2.0/workspaces', undefined, 200, 'read:user', 'read:workspace'],
    ['GET', '/2.0/workspaces/team', undefined, 200, 'read:workspace'],
    ['GET', '/2.0/workspaces/team/members', undefined, 200, 'read:workspace'],
    ['GET', '/2.0/workspaces/team/projects', undefined, 200, 'read:project'],
    ['GET', '/2.0/repositories/team', undefined, 200, 'read:repository'],
    ['GET', '/2.0/repositories/team/app/commits', undefined, 200, 'read:repository'],
    ['GET', '/2.0/repositories/team/app/branch-restrictions', undefined, 200, 'admin:repository'],
    ['GET', '/2.0/repositories/team/app/deploy-keys', undefined, 200, 'admin:repository'],
    ['GET', '/2.0/users/jane/ssh-keys', undefined, 200, 'read:ssh-key'],
    ['POST', '/2.0/repositories/team/made', body({ scm: 'git' }), 200, 'admin:repository'],
    ['DELETE', '/2.0/repositories/team/made', { method: 'DELETE' }, 204, 'delete:repository'],
    // It is not there; whoever may not take keys away hears 403 and not this.
    [
      'DELETE',
      '/2.0/repositories/team/app/deploy-keys/1',
      { method: 'DELETE' },
      404,
      'admin:repository',
      'delete:ssh-key',
    ],
  ])('%s %s takes exactly its granular scopes', async (_method, url, call, status, ...needed) => {
    for (const [missing] of needed.map((scope) => [scope])) {
      const others = GRANULAR_SCOPE_NAMES.filter((name) => name !== `${missing}:bitbucket`);
      const { secret } = await rest.host.apiToken('jane', others);
      const answer = await rest.call(url, basicHeader('jane', secret), call);
      expect([answer.status, answer.json.data.missing]).toEqual([403, [`${missing}:bitbucket`]]);
    }
    const answer = await rest.call(url, await as(...needed), call);
    expect([answer.status, answer.headers['x-accepted-oauth-scopes']]).toEqual([
      status,
      needed.map((scope) => `${scope}:bitbucket`).join(', '),
    ]);
  });

  test('adds no key, whatever it holds, as an app password does not', async () => {
    const { secret } = await rest.host.apiToken('jane', GRANULAR_SCOPE_NAMES);
    const who = basicHeader('jane', secret);
    const key = { key: 'ssh-ed25519 AAAA', label: 'x' };
    for (const url of ['/2.0/users/jane/ssh-keys', '/2.0/repositories/team/app/deploy-keys']) {
      const answer = await rest.call(url, who, body(key));
      expect([url, answer.status]).toEqual([url, 403]);
      expect(answer.json.error.message).toBe('This API is not accessible by this authentication mechanism');
    }
  });

  test('says of itself what it holds, and that nothing comes along', async () => {
    const { json } = await rest.call('/2.0/latchkey/credentials/self', await as('write:repository'));
    expect(json).toMatchObject({
      kind: 'api_token',
      credential_type: 'api_token',
      scopes: ['write:repository:bitbucket'],
      expanded_scopes: ['write:repository:bitbucket'],
      expires_on: new Date(rest.host.now + 365 * 86_400_000).toISOString().replace('Z', '000+00:00'),
    });
  });

  test('that was replaced works beside its successor, which holds the same and ends within a year', async () => {
    const { id, secret } = await token('read:user');
    const rotate = await enterAsOperator(rest.host.services, 'credential.rotate', [{ type: 'host' }]);
    const tooLong = { overlapDays: 7, expiresAt: rest.host.now + 400 * 86_400_000 };
    await expect(replaceCredential(rest.host.services, rotate, id, tooLong)).rejects.toThrow(
      /a year at most/,
    );
    const never = { overlapDays: 7, expiresAt: null };
    const next = await replaceCredential(rest.host.services, rotate, id, never);
    expect([next.kind, next.expiresAt]).toEqual(['api_token', rest.host.now + 365 * 86_400_000]);
    for (const each of [secret, next.secret.reveal()]) {
      const { status, headers } = await rest.call('/2.0/user', basicHeader('jane@example.org', each));
      expect([status, headers['x-oauth-scopes']]).toEqual([200, 'read:user:bitbucket']);
    }
  });
});
