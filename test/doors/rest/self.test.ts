import { beforeAll, describe, expect, test } from 'vitest';
import { createPersonalCredential } from '../../../src/acts/credentials/create-personal.ts';
import { revokeCredential } from '../../../src/acts/credentials/revoke.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { basicHeader, openRest, type RestHost } from './rest-host.ts';

let rest: RestHost;
const SELF = '/2.0/latchkey/credentials/self';

beforeAll(async () => {
  rest = await openRest();
});

const own = async (input: Omit<Parameters<typeof createPersonalCredential>[2], 'label'>, user = 'jane') => {
  const grant = await enterAsOperator(rest.host.services, 'app_password.create', [
    { type: 'account', account: user },
  ]);
  const { id, secret } = await createPersonalCredential(rest.host.services, grant, {
    label: 'own',
    ...input,
  });
  return { id, who: basicHeader(user, secret.reveal()), secret: secret.reveal() };
};
const operations = (answer: { json: { on: { operations: { operation: string; allowed: boolean }[] } } }) =>
  Object.fromEntries(answer.json.on.operations.map(({ operation, allowed }) => [operation, allowed]));

describe('a credential asks about itself', () => {
  test('and hears its kind, scopes, bounds, times and owner, and no secret and no e-mail address', async () => {
    const expiresAt = rest.host.now + 86_400_000;
    const { id, who, secret } = await own({
      scopes: ['pullrequest:write'],
      expiresAt,
      confinement: {
        repositoryNames: ['team/app'],
        refs: ['refs/heads/release/*'],
        uses: 5,
        networks: ['127.0.0.0/8'],
      },
    });
    const answer = await rest.call(SELF, who);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      type: 'credential',
      id,
      kind: 'app_password',
      credential_type: 'apppassword',
      label: 'own',
      scopes: ['pullrequest:write'],
      not_before: null,
      expires_on: new Date(expiresAt).toISOString().replace('Z', '000+00:00'),
      remaining_uses: 4,
      remaining_pushes: null,
      owner: { type: 'user', nickname: 'jane' },
      email: null,
      repository: null,
      on: null,
    });
    expect(answer.json.expanded_scopes.toSorted()).toEqual([
      'pullrequest',
      'pullrequest:write',
      'repository',
      'repository:write',
    ]);
    const described = Object.fromEntries(
      answer.json.bounds.map((bound: { kind: string; description: string }) => [
        bound.kind,
        bound.description,
      ]),
    );
    expect(described).toEqual({
      repositories: 'only team/app',
      refs: 'pushes to refs/heads/release/* (create, fast-forward)',
      networks: 'only from 127.0.0.0/8',
      uses: expect.stringContaining('at most 5 uses'),
    });
    expect(answer.json.bounds[0].value).toBeTypeOf('object');
    expect(answer.body).not.toContain(secret);
    expect(answer.body).not.toContain('@example.org');
  });

  test('a token of a repository hears of its bot and its repository', async () => {
    const who = await rest.bearer('team/app', 'repository');
    const { json } = await rest.call(SELF, who);
    expect(json).toMatchObject({
      kind: 'repository_access_token',
      owner: { type: 'app_user' },
      repository: { full_name: 'team/app', uuid: `{${rest.ids.app}}` },
    });
    expect(json.email).toMatch(/@bots\.localhost$/);
  });

  test('one of a project or a workspace hears of that', async () => {
    const { host, ids } = rest;
    const ofProject = await host.workspaceToken('team', ['repository'], 'MAIN');
    const { json: project } = await rest.call(SELF, `Bearer ${ofProject.secret}`);
    expect(project).toMatchObject({
      kind: 'project_access_token',
      credential_type: 'project_access_token',
      owner: { type: 'app_user', kind: 'project_access_token', display_name: 'test' },
      repository: null,
      project: { type: 'project', key: 'MAIN', name: 'Main' },
      workspace: null,
    });
    const ofAll = await host.workspaceToken('team', ['repository']);
    const { json: whole } = await rest.call(`${SELF}?repository=team/app`, `Bearer ${ofAll.secret}`);
    expect(whole).toMatchObject({
      kind: 'workspace_access_token',
      owner: { type: 'app_user', kind: 'workspace_access_token' },
      repository: null,
      project: null,
      workspace: { type: 'workspace', slug: 'team', uuid: `{${ids.team}}` },
      on: { full_name: 'team/app' },
    });
    expect(whole.email).not.toBe(project.email);
    expect(operations({ json: whole })).toMatchObject({ 'repository.fetch': true, 'repository.push': false });
  });

  test('whatever its scopes; but not when it is nothing, wrong or ended', async () => {
    expect((await rest.call(SELF, await rest.basic('jane', 'snippet'))).status).toBe(200);
    expect((await rest.call(SELF)).status).toBe(401);
    expect((await rest.call(SELF, basicHeader('jane', 'password'))).status).toBe(401);
    const { id, who } = await own({ scopes: ['repository'] });
    const grant = await enterAsOperator(rest.host.services, 'credential.revoke', [{ type: 'host' }]);
    await revokeCredential(rest.host.services, grant, id);
    expect((await rest.call(SELF, who)).status).toBe(401);
  });

  test('a bound on networks holds here, too', async () => {
    const { who, id } = await own({ scopes: ['repository'], confinement: { networks: ['192.0.2.0/24'] } });
    const answer = await rest.call(SELF, who);
    expect(answer.status).toBe(403);
    expect(answer.json.error.data).toMatchObject({
      reason: 'out_of_bounds',
      operation: 'credential.self',
      credential: id,
      bound: 'networks',
    });
    expect(answer.json.error.data.hint).toContain('192.0.2.0/24');
  });

  test('a use is counted, and the last one leaves none', async () => {
    const { who } = await own({ scopes: ['repository'], confinement: { uses: 2 } });
    expect((await rest.call(SELF, who)).json.remaining_uses).toBe(1);
    expect((await rest.call(SELF, who)).json.remaining_uses).toBe(0);
    expect((await rest.call(SELF, who)).status).toBe(403);
  });
});

describe('and about a repository', () => {
  test('what it may do there and why not, as the routes themselves say', async () => {
    const { id, who } = await own({ scopes: ['repository:write'] });
    const answer = await rest.call(`${SELF}?repository=team/app`, who);
    expect(answer.json.on.full_name).toBe('team/app');
    expect(operations(answer)).toMatchObject({
      'repository.fetch': true,
      'repository.push': true,
      'source.read': true,
      'restriction.change': false,
      'repository.delete': false,
      'wiki.push': false,
    });
    const refused = answer.json.on.operations.find(
      ({ operation }: { operation: string }) => operation === 'restriction.change',
    );
    expect(refused.reason).toContain(`${id} needs the scope repository:admin`);
    // People's operations are none of a credential's.
    expect(Object.keys(operations(answer))).not.toContain('role.grant');
    const reader = await own({ scopes: ['repository:write'] }, 'rob');
    expect(operations(await rest.call(`${SELF}?repository=TEAM/App`, reader.who))).toMatchObject({
      'repository.fetch': true,
      'repository.push': false,
    });
  });

  test('one that its owner cannot see is missing, byte for byte', async () => {
    const { who } = await own({ scopes: ['repository', 'repository:admin', 'wiki'] }, 'eve');
    const hidden = await rest.call(`${SELF}?repository=team/app`, who);
    const missing = await rest.call(`${SELF}?repository=team/none`, who);
    expect(hidden.status).toBe(404);
    expect(hidden.body).toBe(missing.body);
    const bot = await rest.bearer('team/open', 'repository');
    expect((await rest.call(`${SELF}?repository=team/app`, bot)).status).toBe(404);
    expect((await rest.call(`${SELF}?repository={${rest.ids.team}}/{${rest.ids.app}}`, who)).status).toBe(
      404,
    );
  });

  test('without any scope for repositories it learns nothing of them, whether they are there or not', async () => {
    for (const user of ['jane', 'eve']) {
      const { who } = await own({ scopes: ['account'] }, user);
      const here = await rest.call(`${SELF}?repository=team/app`, who);
      const none = await rest.call(`${SELF}?repository=team/nil`, who);
      expect(here.status).toBe(200);
      expect(here.json.on.operations.every(({ allowed }: { allowed: boolean }) => !allowed)).toBe(true);
      expect(here.body.replaceAll('team/app', '')).toBe(none.body.replaceAll('team/nil', ''));
      expect((await rest.call(`${SELF}?repository=TEAM/APP`, who)).json.on.full_name).toBe('TEAM/APP');
    }
  });

  test('nonsense is refused with a sentence', async () => {
    const { who } = await own({ scopes: ['repository'] });
    for (const text of ['', 'x', 'a/b/c', '/', 'team/', '%00/%00']) {
      const answer = await rest.call(`${SELF}?repository=${encodeURIComponent(text)}`, who);
      expect([400, 404], text).toContain(answer.status);
    }
    expect((await rest.call(`${SELF}?repository=a&repository=b`, who)).status).toBe(400);
  });
});
