import { beforeAll, describe, expect, it } from 'vitest';
import { startSession } from '../../src/accounts/index.ts';
import { Secret } from '../../src/credentials/index.ts';
import { generateSecret } from '../../src/credentials/secret.ts';
import { pauseCredential } from '../../src/acts/credentials/pause.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { enter, enterAsOperator, type Presented } from '../../src/entry/index.ts';
import { identify } from '../../src/entry/identify.ts';
import { explain, Refused, type Refusal } from '../../src/gate/index.ts';
import { at, basic, bearer, nothing, openHost, refusalOf, type TestHost } from '../acts/host.ts';

let host: TestHost;
let adaId: string;
let app: string;
let password: { id: string; secret: string };
let token: { id: string; secret: string };

beforeAll(async () => {
  host = await openHost();
  adaId = (await host.person('Ada')).id;
  await host.person('bob');
  const workspace = await host.workspace('acme', 'ada');
  app = await host.repository(workspace, 'app');
  await host.repository(workspace, 'open', { isPrivate: false });
  password = await host.appPassword('ada', ['repository:write', 'wiki']);
  token = await host.accessToken('acme/app', ['repository:write']);
});

const view = (who: Presented, surface: 'rest' | 'git' | 'web' = 'rest', path = 'acme/app') =>
  host.enter('repository.view', at(path), who, surface);
const refused = (who: Presented, surface: 'rest' | 'git' | 'web' = 'rest', path = 'acme/app') =>
  refusalOf(view(who, surface, path));
const basicHeader = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** Neither a statement nor a hash: what is said here is said from the text alone. */
async function withoutLookUp(work: () => Promise<unknown>): Promise<void> {
  host.statements.length = 0;
  await work();
  expect(host.statements).toEqual([]);
}

describe('a secret', () => {
  it.each(['hunter2', 'correct horse battery staple', '', 'ghp_0123456789', 'lkxx_0123456789', 'LKAP_x'])(
    'without our prefix (%j) is told what to create instead, without look-up or hashing, for anybody',
    async (secret) => {
      await withoutLookUp(async () => {
        const told = new Set<string>();
        for (const user of ['ada', 'nobody', 'ada@example.org', 'x-token-auth', '']) {
          for (const surface of ['rest', 'git'] as const) {
            const refusal = await refused(basic(user, secret), surface);
            expect(refusal).toEqual({ code: 'secret_not_ours' });
            told.add(explain(refusal));
          }
        }
        expect([...told]).toEqual([expect.stringMatching(/Create an app password.*access token/)]);
        expect(await refused(bearer(secret))).toEqual({ code: 'secret_unknown' });
      });
    },
  );

  it('with one character mistyped is unknown, without look-up', async () => {
    const last = password.secret.at(-1) === 'a' ? 'b' : 'a';
    const mistyped = [
      password.secret.slice(0, -1) + last,
      `${password.secret}a`,
      password.secret.slice(0, -1),
      'lkap_',
    ];
    await withoutLookUp(async () => {
      for (const secret of mistyped)
        expect(await refused(basic('ada', secret))).toEqual({ code: 'secret_unknown' });
    });
  });

  it('that is unknown is refused alike for a user that exists and one that does not (T54)', async () => {
    const answers = [];
    for (const user of ['ada', 'Ada', 'bob', 'nobody', 'x-token-auth', '']) {
      const secret = generateSecret('app_password').reveal();
      host.statements.length = 0;
      answers.push(JSON.stringify([await refused(basic(user, secret)), host.statements]));
    }
    expect(new Set(answers).size).toBe(1);
    expect(JSON.parse(answers[0]!)[0]).toEqual({ code: 'secret_unknown' });
  });

  it('never becomes anonymous: wrong on a public repository is refused, too', async () => {
    await expect(view(nothing, 'rest', 'acme/open')).resolves.toBeDefined();
    for (const who of [
      basic('ada', 'hunter2'),
      bearer('x'),
      basic('ada', generateSecret('app_password').reveal()),
    ]) {
      expect((await refused(who, 'rest', 'acme/open')).code).toMatch(/^secret_/);
    }
    const malformed = { type: 'malformed', why: 'of a reason' } as const;
    expect(await refused(malformed, 'rest', 'acme/open')).toEqual({
      code: 'credentials_malformed',
      why: 'of a reason',
    });
    const narrow = await host.appPassword('ada', ['email']);
    expect(await refused(basic('ada', narrow.secret), 'rest', 'acme/open')).toMatchObject({
      code: 'scope_missing',
    });
  });
});

describe('the user name', () => {
  it.each(['ada', 'Ada', 'ADA'])('of an app password is its owner (%s)', async (user) => {
    for (const surface of ['rest', 'git'] as const) {
      const grant = await view(basic(user, password.secret), surface);
      expect(grant.principal).toMatchObject({ type: 'credential', credentialId: password.id });
    }
  });

  it.each(['bob', 'nobody', 'ada@example.org', 'x-token-auth', '', ' ada', 'ada ', 'аda'])(
    'of an app password is not %j, and its holder is told which it is',
    async (user) => {
      const refusal = await refused(basic(user, password.secret), 'git');
      expect(refusal).toEqual({
        code: 'user_name_wrong',
        credentialId: password.id,
        kind: 'app_password',
        expected: ['"Ada"'],
      });
      expect(explain(refusal)).toContain('"Ada"');
      expect(explain(refusal)).toContain(password.id);
      expect(explain(refusal)).not.toContain(password.secret);
    },
  );

  it('of an access token is x-token-auth for Git', async () => {
    await expect(view(basic('x-token-auth', token.secret), 'git')).resolves.toBeDefined();
    for (const user of ['ada', '', 'x-bitbucket-api-token-auth', 'x-access-token']) {
      expect(await refused(basic(user, token.secret), 'git')).toMatchObject({
        code: 'user_name_wrong',
        expected: ['"x-token-auth"'],
        credentialId: token.id,
      });
    }
  });
});

describe('the user name of an API token', () => {
  let made: { id: string; secret: string };
  beforeAll(async () => {
    made = await host.apiToken('ada', ['read:repository:bitbucket']);
  });

  it.each([
    ['rest', ['ada', 'ADA', 'Ada@example.org', 'ADA@EXAMPLE.ORG']],
    ['git', ['ada', 'Ada', 'x-bitbucket-api-token-auth', 'X-Bitbucket-API-Token-Auth']],
  ] as const)('over %s is one of its own', async (surface, users) => {
    for (const user of users) {
      const grant = await view(basic(user, made.secret), surface);
      expect(grant.principal).toMatchObject({ credentialId: made.id, kind: 'api_token' });
    }
  });

  it.each([
    [
      'rest',
      ['bob', 'bob@example.org', 'x-bitbucket-api-token-auth', 'x-token-auth', '', 'ada@example.org '],
    ],
    ['git', ['Ada@example.org', 'bob', 'x-token-auth', '', 'x-bitbucket-api-token-auth2']],
  ] as const)('over %s is no other, and what would be right is named', async (surface, users) => {
    for (const user of users) {
      const refusal = await refused(basic(user, made.secret), surface);
      expect([user, refusal]).toMatchObject([
        user,
        { code: 'user_name_wrong', credentialId: made.id, kind: 'api_token' },
      ]);
      expect(explain(refusal)).toMatch(
        surface === 'git'
          ? /use "Ada" or "x-bitbucket-api-token-auth"\.$/
          : /use "Ada" or the e-mail address of its owner\.$/,
      );
      // Whoever found a secret is not told the address of a person.
      expect(explain(refusal)).not.toContain('@');
    }
  });

  it('does not matter as Bearer, which is no way to send one', async () => {
    for (const surface of ['rest', 'git'] as const) {
      const refusal = await refused(bearer(made.secret), surface);
      expect(refusal).toMatchObject({ code: 'scheme_wrong', expected: 'basic', credentialId: made.id });
      expect(explain(refusal)).toMatch(/must be sent as Basic, with the user name before it/);
    }
  });
});

describe('the scheme', () => {
  it('of an app password is Basic everywhere', async () => {
    for (const surface of ['rest', 'git'] as const) {
      expect(await refused(bearer(password.secret), surface)).toMatchObject({
        code: 'scheme_wrong',
        expected: 'basic',
      });
    }
  });

  it('of an access token is Bearer for REST, and either for Git', async () => {
    await expect(view(bearer(token.secret), 'rest')).resolves.toBeDefined();
    await expect(view(bearer(token.secret), 'git')).resolves.toBeDefined();
    expect(await refused(basic('x-token-auth', token.secret), 'rest')).toMatchObject({
      code: 'scheme_wrong',
      expected: 'bearer',
    });
  });

  it('does not matter for what has ended: whoever tries it in every way hears of its end, and is written down with it', async () => {
    const key = await host.appPassword('ada', ['repository']);
    const token = await host.accessToken('acme/app', ['repository']);
    const revoke = await enterAsOperator(host.services, 'credential.revoke', [{ type: 'host' }]);
    const pause = await enterAsOperator(host.services, 'credential.pause', [{ type: 'host' }]);
    for (const { id } of [key, token]) await pauseCredential(host.services, pause, id);
    // What is paused is not over, and a wrong name stays one.
    expect(await refused(basic('bob', key.secret), 'rest')).toMatchObject({ code: 'user_name_wrong' });
    for (const { id } of [key, token]) await revokeCredential(host.services, revoke, id);
    for (const [who, surface] of [
      [basic('bob', key.secret), 'rest'],
      [basic('x-token-auth', key.secret), 'git'],
      [bearer(key.secret), 'rest'],
      [basic('ada', token.secret), 'rest'],
      [basic('ada', token.secret), 'git'],
    ] as const)
      expect(await refused(who, surface)).toMatchObject({ code: 'credential_ended', state: 'revoked' });
  });

  it('does not matter on a page: no credential opens one (T7, T18), and none is looked at', async () => {
    await withoutLookUp(async () => {
      for (const who of [basic('ada', password.secret), bearer(token.secret), bearer('x')]) {
        expect(await refused(who, 'web', 'acme/open')).toEqual({ code: 'page_takes_no_credential' });
      }
    });
  });
});

describe('a cookie', () => {
  const cookie = (token: string): Presented => ({ type: 'cookie', token: new Secret(token) });
  const start = () => startSession(host.services.database, adaId, { address: '', userAgent: '' }, host.now);

  it('opens pages while its session lives, and is as good as none otherwise', async () => {
    const { token: value } = await start();
    expect((await view(cookie(value), 'web')).principal).toMatchObject({ type: 'session' });
    for (const wrong of [
      '',
      'x',
      value.slice(1),
      value.toLowerCase(),
      `${value} `,
      `${value}\0`,
      password.secret,
    ]) {
      expect((await view(cookie(wrong), 'web', 'acme/open')).principal).toEqual({ type: 'anonymous' });
      expect(await refused(cookie(wrong), 'web')).toMatchObject({ code: 'target_missing' });
    }
  });

  it('carries no Git and nothing that only credentials may do', async () => {
    const { token: value } = await start();
    for (const operation of ['repository.fetch', 'repository.push', 'wiki.push'] as const) {
      expect(await refusalOf(host.enter(operation, at('acme/app'), cookie(value), 'web'))).toMatchObject({
        code: 'asker_not_accepted',
      });
    }
  });
});

describe('every principal', () => {
  it('that is a credential has a list of scopes, empty where none was stored (T2)', async () => {
    const bare = await host.appPassword('ada', ['wiki']);
    await host.services.database
      .deleteFrom('credential_scope')
      .where('credential_id', '=', bare.id)
      .execute();
    for (const [who, scopes] of [
      [basic('ada', password.secret), ['repository:write', 'wiki']],
      [bearer(token.secret), ['repository:write']],
      [basic('ada', bare.secret), []],
    ] as const) {
      const { data } = await identify(host.services, who, 'rest');
      expect(data).toMatchObject({ type: 'credential', scopes, bounds: [] });
    }
    expect(await refused(basic('ada', bare.secret))).toMatchObject({ code: 'scope_missing', granted: [] });
  });

  it('says who it is with no secret in it', async () => {
    const { data } = await identify(host.services, bearer(token.secret), 'rest');
    expect(data).toMatchObject({
      kind: 'repository_access_token',
      owner: {
        type: 'repository',
        repositoryId: app,
        appUser: { displayName: 'test', email: expect.stringMatching(/^[0-9a-f]{24}@bots\.localhost$/) },
      },
    });
    expect(JSON.stringify(data)).not.toContain(token.secret.slice(5, 20));
  });

  it('with a bound that is stored but not known, or not readable, opens nothing', async () => {
    const bounded = await host.appPassword('ada', ['repository']);
    const { database } = host.services;
    for (const [kind, value] of [
      ['moon', '{}'],
      ['repositories', 'not json'],
      ['repositories', '{}'],
      ['repositories', '[1]'],
      ['repositories', 'null'],
    ] as const) {
      await database.deleteFrom('credential_bound').execute();
      await database
        .insertInto('credential_bound')
        .values({ credential_id: bounded.id, layer: 0, kind, value })
        .execute();
      expect(await refused(basic('ada', bounded.secret))).toMatchObject({
        code: 'out_of_bounds',
        bound: 'unknown',
        says: expect.stringContaining(`"${kind}"`),
      });
    }
    await database.deleteFrom('credential_bound').execute();
    const value = JSON.stringify({ workspaces: [], projects: [], repositories: [app] });
    await database
      .insertInto('credential_bound')
      .values({ credential_id: bounded.id, layer: 0, kind: 'repositories', value })
      .execute();
    await expect(view(basic('ada', bounded.secret))).resolves.toBeDefined();
    expect(await refused(basic('ada', bounded.secret), 'rest', 'acme/open')).toMatchObject({
      code: 'out_of_bounds',
    });
  });
});

describe('a genuine credential that has ended', () => {
  const at2 = async (change: Record<string, unknown>): Promise<{ id: string; refusal: Refusal }> => {
    const { id, secret } = await host.appPassword('ada', ['repository']);
    await host.services.database.updateTable('credential').set(change).where('id', '=', id).execute();
    return { id, refusal: await refused(basic('ada', secret)) };
  };

  it.each([
    ['revoked', () => ({ revoked_at: host.now - 5 }), 'revoked'],
    ['expired', () => ({ expires_at: host.now }), 'expired'],
    ['replaced', () => ({ retires_at: host.now }), 'replaced'],
    [
      'replaced, and expired before that',
      () => ({ retires_at: host.now, expires_at: host.now - 9 }),
      'expired',
    ],
    ['revoked and expired', () => ({ revoked_at: host.now - 5, expires_at: host.now - 9 }), 'revoked'],
  ])('is told: %s', async (_how, change, state) => {
    const { id, refusal } = await at2(change());
    expect(refusal).toMatchObject({ code: 'credential_ended', credentialId: id, state });
    expect(explain(refusal)).toMatch(
      new RegExp(`app password \\(${id}\\) that .*${state}.*on 2026-1[01]-\\d\\d \\d\\d:\\d\\d UTC`),
    );
  });

  it.each([
    ['paused', () => ({ paused_at: host.now })],
    ['not yet begun', () => ({ not_before: host.now + 1 })],
  ])('is told: %s', async (_how, change) => {
    const { id, refusal } = await at2(change());
    expect(refusal).toMatchObject({ code: 'credential_paused', credentialId: id });
  });

  it('works until the millisecond before', async () => {
    const { id, secret } = await host.appPassword('ada', ['repository']);
    await host.services.database
      .updateTable('credential')
      .set({ expires_at: host.now + 1 })
      .where('id', '=', id)
      .execute();
    await expect(view(basic('ada', secret))).resolves.toBeDefined();
  });

  it('is told of a disabled account, whatever it asks for', async () => {
    const bob = await host.person('carol');
    const { secret } = await host.appPassword('carol', ['repository']);
    await host.services.database
      .updateTable('account')
      .set({ state: 'disabled' })
      .where('id', '=', bob.id)
      .execute();
    for (const path of ['acme/open', 'acme/app', 'acme/none']) {
      expect(await refused(basic('carol', secret), 'rest', path)).toEqual({ code: 'account_disabled' });
    }
  });
});

describe('what a stranger hears', () => {
  it('is the same of a private repository and of none, for every operation', async () => {
    const { secret } = await host.appPassword('bob', [
      'repository:write',
      'repository:admin',
      'repository:delete',
      'wiki',
    ]);
    const other = await host.workspace('bobs', 'bob');
    await host.repository(other, 'own');
    const foreign = await host.accessToken('bobs/own', ['repository:write', 'wiki']);
    for (const who of [nothing, basic('bob', secret), basic('x-token-auth', foreign.secret)]) {
      for (const operation of [
        'repository.fetch',
        'repository.push',
        'wiki.fetch',
        'wiki.push',
        'repository.view',
        'repository.delete',
        'access_token.list',
      ] as const) {
        const answers = [];
        for (const path of [
          'acme/app',
          'acme/none',
          'none/none',
          '{}/x',
          'acme/..',
          `acme/{${app}}`,
          `{}/{${app}}`,
        ]) {
          answers.push(JSON.stringify(await refusalOf(host.enter(operation, at(path), who, 'git'))));
        }
        expect([operation, new Set(answers).size]).toEqual([operation, 1]);
      }
    }
  });
});

describe('the names of a repository', () => {
  it('are slug or id in braces, each in any case, and {} for the workspace of an id', async () => {
    const workspace = await host.services.database
      .selectFrom('workspace')
      .select('id')
      .where('slug', '=', 'acme')
      .executeTakeFirstOrThrow();
    for (const path of [
      'acme/app',
      'ACME/App',
      `acme/{${app}}`,
      `acme/{${app.toUpperCase()}}`,
      `{${workspace.id}}/app`,
      `{${workspace.id}}/{${app}}`,
      `{}/{${app}}`,
    ]) {
      const grant = await view(basic('ada', password.secret), 'rest', path);
      expect(grant.targets[0]).toMatchObject({ id: app, slug: 'app' });
      expect(grant.targets[0].renamedFrom).toBeUndefined();
    }
    for (const path of [
      '{}/app',
      `bobs/{${app}}`,
      `acme/${app}`,
      `acme/{${app}`,
      '{acme}/app',
      `{${app}}/app`,
    ]) {
      expect([path, (await refused(basic('ada', password.secret), 'rest', path)).code]).toEqual([
        path,
        'target_missing',
      ]);
    }
  });
});

it('a refusal carries which genuine credential was presented, and no secret', async () => {
  let thrown: unknown;
  const request = {
    operation: 'repository.delete',
    targets: [at('acme/app')],
    presented: basic('ada', password.secret),
    surface: 'rest',
    address: '',
  } as const;
  await enter(host.services, request).catch((error: unknown) => (thrown = error));
  expect(thrown).toBeInstanceOf(Refused);
  expect((thrown as Refused).credential).toEqual({
    id: expect.stringMatching(/^cred_/),
    kind: 'app_password',
    scopes: ['repository:write', 'wiki'],
  });
  expect(JSON.stringify(thrown) + (thrown as Error).stack).not.toContain(password.secret.slice(5));
});

it('the header that Git and curl send is what identify understands', async () => {
  const { readAuthorization } = await import('../../src/entry/index.ts');
  await expect(view(readAuthorization(basicHeader(`ada:${password.secret}`)), 'git')).resolves.toBeDefined();
  await expect(view(readAuthorization(`Bearer ${token.secret}`), 'git')).resolves.toBeDefined();
});
