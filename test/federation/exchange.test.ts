import { CompiledQuery } from 'kysely';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { narrowCredential } from '../../src/acts/credentials/narrow.ts';
import { pauseCredential, resumeCredential } from '../../src/acts/credentials/pause.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { viewEntering } from '../../src/acts/explain/entering.ts';
import { whoCan } from '../../src/acts/explain/who-can.ts';
import { createTrustPolicy, type NewTrustPolicy } from '../../src/acts/federation/create.ts';
import { exchangeJobToken } from '../../src/acts/federation/exchange.ts';
import { addIssuer, dropIssuer } from '../../src/acts/federation/issuers.ts';
import { testTrustPolicies } from '../../src/acts/federation/test-policies.ts';
import { viewTrustPolicy } from '../../src/acts/federation/view.ts';
import { createRestriction } from '../../src/acts/restrictions/change.ts';
import { OauthError } from '../../src/acts/oauth/error.ts';
import { removeEnded } from '../../src/acts/oauth/remove-ended.ts';
import { enter, enterAsJob, enterAsOperator } from '../../src/entry/index.ts';
import { policiesOf } from '../../src/federation/index.ts';
import type { OperationName } from '../../src/gate/index.ts';
import { openOauthServer, type Answer, type OauthServer } from '../oauth/oauth-server.ts';
import { withCredentials } from '../support/git.ts';
import { run } from '../support/run.ts';
import { jobClaims, keySetOf, signed, signingKey, type SigningKey } from './ci-issuer.ts';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const ISSUER = 'https://ci.example.com';
const OTHER_ISSUER = 'https://other-ci.example.com';
const ONE_ANSWER = {
  error: 'invalid_target',
  error_description: 'No trust policy of this repository accepts this token.',
};

let host: OauthServer;
let key: SigningKey;
let otherKey: SigningKey;

const operate = <Op extends OperationName>(operation: Op, repository?: string) => {
  const [workspace = '', name = ''] = (repository ?? '').split('/');
  return enterAsOperator(host.services, operation, [
    repository === undefined ? { type: 'host' } : { type: 'repository', workspace, repository: name },
  ]);
};

const policy = async (repository: string, input: Partial<NewTrustPolicy> = {}): Promise<string> =>
  createTrustPolicy(host.services, await operate('trust_policy.create', repository), {
    name: 'deploy',
    issuer: ISSUER,
    audience: null,
    conditions: [
      { claim: 'repository_id', pattern: '42' },
      { claim: 'ref', pattern: 'refs/heads/*' },
    ],
    scopes: ['repository:write'],
    expiresAt: null,
    ...input,
  });

const claims = (more: Record<string, unknown> = {}) =>
  jobClaims(ISSUER, {
    aud: host.server.url,
    sub: 'repo:acme/app:ref:refs/heads/main',
    repository_id: 42,
    ref: 'refs/heads/main',
    ...more,
  });

const token = (more: Record<string, unknown> = {}): Promise<string> => signed(key, claims(more));

const exchange = (subjectToken: string, fields: Record<string, string> = {}): Promise<Answer> =>
  host.post('access_token', null, {
    grant_type: GRANT_TYPE,
    subject_token: subjectToken,
    subject_token_type: JWT,
    resource: `${host.server.url}/acme/app`,
    ...fields,
  });

/** The same in this process. */
const here = async (subjectToken: string): Promise<number> => {
  const grant = await enter(host.services, {
    operation: 'job_token.exchange',
    targets: [{ type: 'host' }],
    presented: { type: 'nothing' },
    surface: 'oauth',
    address: '127.0.0.1',
  });
  const parameters: Record<string, string> = {
    subject_token: subjectToken,
    subject_token_type: JWT,
    resource: 'acme/app',
  };
  const exchanging = exchangeJobToken(host.services, grant, (name) => parameters[name], '');
  return exchanging.then(
    () => 200,
    (error: unknown) => {
      expect(error).toBeInstanceOf(OauthError);
      return 400;
    },
  );
};

const secretOf = ({ status, body }: Answer): string => {
  expect({ status, body }).toMatchObject({ status: 200 });
  return String(body['access_token']);
};

const jobTokens = () =>
  host.services.database
    .selectFrom('credential')
    .select(['id', 'parent_id', 'label'])
    .where('kind', '=', 'federated_job_token')
    .execute();

beforeAll(async () => {
  host = await openOauthServer();
  key = await signingKey('one');
  otherKey = await signingKey('one', 'RS256');
  for (const [issuer, of] of [
    [ISSUER, key],
    [OTHER_ISSUER, otherKey],
  ] as const)
    await addIssuer(host.services, await operate('issuer.change'), {
      issuer,
      title: 'CI',
      immutableClaims: ['repository_id'],
      keySet: keySetOf(of),
    });
  await host.world.repository('acme/public', { public: true });
  await host.world.repository('acme/other');
  await policy('acme/app');
});

describe('a job of a CI system', () => {
  it('pushes, fetches and asks the API with the identity that it has, as the bot of its policy', async () => {
    const { status, body } = await exchange(await token());
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^lkjt_[0-9A-Za-z]{38}$/),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'bearer',
        expires_in: 900,
        scope: 'repository:write',
      },
    });
    expect(body).not.toHaveProperty('refresh_token');
    const secret = String(body['access_token']);
    const answer = await host.rest('/repositories/acme/app', secret);
    expect([answer.status, answer.headers.get('x-credential-type')]).toEqual([200, 'job_token']);
    expect((await host.rest('/repositories/acme/other', secret)).status).toBe(404);
    const self = await host.rest('/latchkey/credentials/self', secret);
    expect(self).toMatchObject({ status: 200, body: { kind: 'federated_job_token' } });
    // A repository's token is nobody's account, and what it is shows no secret.
    expect((await host.rest('/user', secret)).status).toBe(403);
    expect(JSON.stringify(self.body)).not.toContain(secret);
    const url = withCredentials(`${host.server.url}/acme/app.git`, 'x-token-auth', secret);
    const made = await run('sh', [
      '-c',
      `d=$(mktemp -d) && cd $d && git init -q -b main && git -c user.name=job -c user.email=j@example.com commit -q --allow-empty -m first && git push -q ${url} main && git ls-remote ${url}; rm -rf $d`,
    ]);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('refs/heads/main') });
    const [pushed] = await host.services.database
      .selectFrom('push')
      .innerJoin('app_user', 'app_user.id', 'push.actor_id')
      .select('app_user.display_name')
      .execute();
    expect(pushed).toEqual({ display_name: 'deploy' });
  });

  it('gets less where it asks for less, and nothing beyond its policy', async () => {
    const secret = secretOf(await exchange(await token(), { scope: 'repository' }));
    expect((await host.rest('/repositories/acme/app', secret)).status).toBe(200);
    expect((await host.rest('/repositories/acme/app/refs/branches', secret, 'POST')).status).toBe(403);
    expect((await exchange(await token(), { scope: 'repository:admin' })).body).toEqual(ONE_ANSWER);
    expect((await exchange(await token(), { scope: 'nonsense' })).body).toMatchObject({
      error: 'invalid_scope',
    });
  });

  it('leaves an audit entry, and makes no credential and no page open', async () => {
    const secret = secretOf(await exchange(await token({ sub: 'job 7' })));
    const entry = await host.services.database
      .selectFrom('audit')
      .selectAll()
      .where('operation', '=', 'job_token.exchange')
      .orderBy('sequence', 'desc')
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ actor_type: 'anonymous', target_type: 'credential' });
    expect(JSON.parse(entry.detail)).toMatchObject({
      issuer: ISSUER,
      subject: 'job 7',
      claims: ['repository_id="42"', 'ref="refs/heads/main"'],
      scopes: ['repository:write'],
    });
    expect(entry.detail).not.toContain(secret);
    const page = await fetch(`${host.server.url}/acme/app/settings/trust-policies`, {
      headers: { authorization: `Bearer ${secret}` },
      redirect: 'manual',
    });
    expect(page.status).not.toBe(200);
    // Nor by a credential of its own: who exchanges is nobody yet.
    const consumer = await host.consumer('client', ['repository']);
    const fields = { grant_type: GRANT_TYPE, subject_token: await token(), subject_token_type: JWT };
    const asked = await host.post('access_token', consumer, { ...fields, resource: 'acme/app' });
    expect([asked.status, asked.body['error']]).toEqual([400, 'unauthorized_client']);
  });

  it('is named in what the host says of itself', async () => {
    const metadata = await fetch(`${host.server.url}/.well-known/oauth-authorization-server`);
    expect(await metadata.json()).toMatchObject({
      grant_types_supported: expect.arrayContaining([GRANT_TYPE]),
    });
  });

  it('is narrowed, paused and ended with its policy, at once', async () => {
    const id = await policy('acme/public', { name: 'short', lifetimeMinutes: 1 });
    const answer = await exchange(await token(), { resource: 'acme/public' });
    expect(answer.body['expires_in']).toBe(60);
    const secret = secretOf(answer);
    const status = async () => (await host.rest('/repositories/acme/public', secret)).status;
    expect(await status()).toBe(200);
    const of = async <Op extends OperationName>(operation: Op) => operate(operation, 'acme/public');
    await pauseCredential(host.services, await of('access_token.pause'), id);
    expect(await status()).toBe(403);
    expect((await exchange(await token(), { resource: 'acme/public' })).body).toEqual(ONE_ANSWER);
    await resumeCredential(host.services, await of('access_token.resume'), id);
    expect(await status()).toBe(200);
    await narrowCredential(host.services, await of('access_token.narrow'), id, {
      networks: ['192.0.2.0/24'],
    });
    expect(await status()).toBe(403);
    await revokeCredential(host.services, await of('access_token.revoke'), id);
    expect(await status()).toBe(401);
    expect((await exchange(await token(), { resource: 'acme/public' })).body).toEqual(ONE_ANSWER);
  });
});

describe('bounds of a policy', () => {
  it('count what all its job tokens do', async () => {
    const name = 'acme/counted';
    await host.world.repository(name);
    await policy(name, { confinement: { uses: 2 } });
    const [one, other] = [
      secretOf(await exchange(await token(), { resource: name })),
      secretOf(await exchange(await token(), { resource: name })),
    ];
    const status = async (secret: string) => (await host.rest(`/repositories/${name}`, secret)).status;
    expect([await status(one), await status(other), await status(one), await status(other)]).toEqual([
      200, 200, 403, 403,
    ]);
  });
});

describe('a trust policy beside other credentials', () => {
  it('is named by branch restrictions and told among what can push, and its job tokens are what it is', async () => {
    const name = 'acme/restricted';
    await host.world.repository(name);
    const trusted = await policy(name, { name: 'trusted', scopes: ['repository:write'] });
    const reader = await policy(name, {
      name: 'reader',
      scopes: ['repository'],
      conditions: [{ claim: 'repository_id', pattern: '43' }],
    });
    await createRestriction(host.services, await operate('restriction.change', name), {
      kind: 'push',
      pattern: 'main',
      accessTokens: [trusted],
    });
    const can = async (operation: string) => {
      const { machines } = await whoCan(host.services, await operate('repository.who_can', name), {
        operation,
        ...(operation === 'repository.push' && { ref: 'main' }),
      });
      return machines.rows.map(({ credential }) => credential.id);
    };
    expect(await can('repository.push')).toEqual([trusted]);
    expect(await can('repository.fetch')).toEqual(expect.arrayContaining([trusted, reader]));
    const other = await policy(name, {
      name: 'other',
      conditions: [{ claim: 'repository_id', pattern: '44' }],
    });
    const push = async (id: number) => {
      const secret = secretOf(await exchange(await token({ repository_id: id }), { resource: name }));
      const url = withCredentials(`${host.server.url}/${name}.git`, 'x-token-auth', secret);
      const script = `d=$(mktemp -d) && cd $d && git init -q -b main && git -c user.name=j -c user.email=j@example.com commit -q --allow-empty -m "$1" && git push -q "$2" main; code=$?; rm -rf $d; exit $code`;
      return (await run('sh', ['-c', script, 'sh', String(id), url])).code;
    };
    expect(await push(44)).not.toBe(0);
    expect(await push(42)).toBe(0);
    // Those that live stand behind their policy, and are not counted besides.
    expect(await can('repository.push')).toEqual([trusted]);
    const own = await viewEntering(host.services, await operate('repository.who_can', name), {
      own: { offset: 0, limit: 10 },
      people: { offset: 0, limit: 10, named: '' },
      groups: { offset: 0, limit: 10 },
      personal: { offset: 0, limit: 10 },
    });
    expect(own.own.rows.map(({ credential, pushes }) => [credential.id, pushes])).toEqual(
      expect.arrayContaining([
        [trusted, 'yes'],
        [reader, 'no'],
        [other, 'yes'],
      ]),
    );
    expect(own.own.rows.map(({ credential }) => credential.kind)).not.toContain('federated_job_token');
  });

  it('ends with its repository, and where that moves to another workspace', async () => {
    await host.world.workspace('away', 'ada');
    for (const [name, end] of [
      ['acme/leaves', ['repository', 'transfer', 'acme/leaves', 'away']],
      ['acme/goes', ['repository', 'delete', 'acme/goes']],
    ] as const) {
      await host.world.repository(name);
      await policy(name);
      const secret = secretOf(await exchange(await token(), { resource: name }));
      await host.world.do(end);
      expect((await host.rest('/user', secret)).status).toBe(401);
      const moved = name.replace('acme/leaves', 'away/leaves');
      expect((await exchange(await token(), { resource: moved })).body).toEqual(ONE_ANSWER);
    }
  });
});

describe('T68: hyphens and slashes of joined subjects', () => {
  it('do not collide: claims are compared one by one', async () => {
    const sub = { sub: 'repo:acme-app/x:ref:refs/heads/main' };
    expect((await exchange(await token({ ...sub, repository_id: 43 }))).body).toEqual(ONE_ANSWER);
    await expect(
      policy('acme/app', {
        conditions: [
          { claim: 'repository_id', pattern: '42' },
          { claim: 'sub', pattern: 'repo:acme/*:ref:refs/heads/main' },
        ],
      }),
    ).rejects.toThrow(/several names are joined/);
  });
});

describe('T69: a name that was given up and taken by somebody else', () => {
  it('opens nothing: a policy is about an id that nobody else is given', async () => {
    await expect(
      policy('acme/app', { conditions: [{ claim: 'repository', pattern: 'acme/app' }] }),
    ).rejects.toThrow(/Names can be given up/);
    const same = { repository: 'acme/app', sub: 'repo:acme/app:ref:refs/heads/main' };
    expect((await exchange(await token({ ...same, repository_id: 999 }))).body).toEqual(ONE_ANSWER);
    expect((await exchange(await token({ ...same, repository_id: undefined }))).body).toEqual(ONE_ANSWER);
  });
});

describe('T70: tokens that were made for somebody else', () => {
  it('are refused: the audience is exact, and so is the issuer', async () => {
    for (const aud of [undefined, 'https://github.com/acme', `${host.server.url}/`, [], '*', null])
      expect((await exchange(await token({ aud }))).body, String(aud)).toEqual(ONE_ANSWER);
    expect((await exchange(await token({ aud: ['x', host.server.url] }))).status).toBe(200);
    await expect(policy('acme/app', { audience: 'https://*' })).rejects.toThrow(/compared exactly/);
    await expect(policy('acme/app', { audience: ' ' })).rejects.toThrow(/for which audience/);
    // Registered, and trusted by no policy here.
    const foreign = await signed(otherKey, claims({ iss: OTHER_ISSUER }));
    expect((await exchange(foreign)).body).toEqual(ONE_ANSWER);
    // The key of one issuer says nothing for another.
    const forged = await signed({ ...otherKey, kid: 'one' }, claims());
    expect((await exchange(forged)).body['error']).toBe('invalid_request');
  });

  it('a policy of wildcards alone cannot be made', async () => {
    for (const pattern of ['*', '**', '*/*'])
      await expect(
        policy('acme/app', {
          conditions: [
            { claim: 'repository_id', pattern: '42' },
            { claim: 'ref', pattern },
          ],
        }),
      ).rejects.toThrow(/says nothing/);
    await expect(
      policy('acme/app', { conditions: [{ claim: 'repository_id', pattern: '4*' }] }),
    ).rejects.toThrow(/without a "\*"/);
  });
});

describe('T71: an issuer that nobody registered', () => {
  it('is told so, and is never asked for its keys', async () => {
    for (const iss of [
      `${ISSUER}/`,
      'https://CI.example.com',
      'http://169.254.169.254',
      'file:///etc/passwd',
    ]) {
      const { status, body } = await exchange(await token({ iss }));
      expect([status, body['error']]).toEqual([400, 'invalid_request']);
      expect(body['error_description']).toContain('knows no issuer');
    }
  });
});

describe('T72: a token that is very long', () => {
  it('is refused before anything of it is read', async () => {
    const long = await token({ pad: 'x'.repeat(8 * 1024) });
    expect((await exchange(long)).body['error_description']).toContain('longer than 8192 bytes');
    // What is longer and no token at all hears the same.
    expect((await exchange('.'.repeat(9000))).body['error_description']).toContain('longer than 8192 bytes');
    expect((await exchange(await token({ pad: 'x'.repeat(4000) }))).status).toBe(200);
  });
});

describe('T73: what a stranger hears of a policy', () => {
  it('is one answer, and its owner sees why', async () => {
    const mine = { ref: 'refs/tags/v1', sub: 'the refused one' };
    for (const resource of [
      'acme/app',
      'acme/other',
      'acme/missing',
      'nobody/nothing',
      'acme/public',
      'https://elsewhere.example.com/acme/app',
      '/',
      'a b/c',
    ]) {
      const answer = await exchange(await token(mine), { resource });
      expect([answer.status, answer.body], resource).toEqual([400, ONE_ANSWER]);
    }
    // Whatever a token says of its job is shown as what it is.
    await exchange(await token({ ref: 'refs/\u202etags', sub: 'a\u202eb\u0000c' }));
    const [{ id } = { id: '' }] = await host.services.database
      .selectFrom('trust_policy')
      .innerJoin('credential', 'credential.id', 'trust_policy.credential_id')
      .select('credential.id')
      .where('label', '=', 'deploy')
      .orderBy('created_at')
      .limit(1)
      .execute();
    const refusedNow = async () =>
      (await viewTrustPolicy(host.services, await operate('trust_policy.list', 'acme/app'), id)).refused;
    await expect.poll(refusedNow, { timeout: 5000 }).toContainEqual({
      at: expect.any(Number),
      address: '127.0.0.1',
      subject: 'the refused one',
      why: ['claim ref: It must be "refs/heads/*"; in the token: "refs/tags/v1".'],
    });
    await expect.poll(refusedNow, { timeout: 5000 }).toContainEqual(
      expect.objectContaining({
        subject: 'a b c',
        why: ['claim ref: It must be "refs/heads/*"; in the token: "refs/\\u{202e}tags".'],
      }),
    );
    const refused = await refusedNow();
    expect(refused.length).toBeLessThanOrEqual(20);
    // The same again is one line.
    expect(refused.filter(({ subject }) => subject === 'the refused one')).toHaveLength(1);
  });

  it('takes as long as any other, and looks at no job token of former years', async () => {
    const { services } = host;
    const sent = await token({ ref: 'refs/tags/x' });
    const waits: number[] = [];
    for (const resource of ['acme/app', 'acme/nothing', 'nobody/nothing']) {
      const since = performance.now();
      expect((await exchange(sent, { resource })).body).toEqual(ONE_ANSWER);
      waits.push(performance.now() - since);
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(99);
    if (inject('database') === 'postgres') return;
    const { database } = services;
    const plans: Promise<string>[] = [];
    const watched = database.withPlugin({
      transformQuery({ node, queryId }) {
        const { sql: text, parameters } = database.getExecutor().compileQuery(node, queryId);
        const explained = CompiledQuery.raw(`explain query plan ${text}`, [...parameters]);
        plans.push(
          database
            .executeQuery<{ detail: string }>(explained)
            .then(({ rows }) => rows.map(({ detail }) => detail).join('\n')),
        );
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    await policiesOf(watched, 'none', Date.now());
    const [plan] = await Promise.all(plans);
    expect(plan).toContain('credential_of_its_own');
  });

  it('is listed for its owner with a share for each job, and so is a token that was exchanged before', async () => {
    const { services } = host;
    const id = await policy('acme/app', {
      name: 'crowded',
      conditions: [{ claim: 'repository_id', pattern: '77' }],
    });
    const genuine = { repository_id: 78, sub: 'a job of theirs' };
    await here(await token(genuine));
    for (let at = 0; at < 30; at += 1)
      await here(await token({ repository_id: 1000 + at, sub: 'one who fills the list' }));
    const used = await token({ repository_id: 77, sub: 'the job' });
    expect(await here(used)).toBe(200);
    expect(await here(used)).toBe(400);
    await services.refusedTokens.flush();
    const { refused } = await viewTrustPolicy(services, await operate('trust_policy.list', 'acme/app'), id);
    const of = (subject: string) => refused.filter((each) => each.subject === subject);
    expect(of('one who fills the list')).toHaveLength(5);
    expect(of('a job of theirs')).toHaveLength(1);
    expect(of('the job').map(({ why }) => why)).toEqual([[expect.stringContaining('exchanged before')]]);
    await revokeCredential(services, await operate('access_token.revoke', 'acme/app'), id);
  });

  it('issues no more than a thousand that live at once', async () => {
    const { services } = host;
    const pattern = [{ claim: 'repository_id', pattern: '79' }];
    const id = await policy('acme/app', { name: 'busy', conditions: pattern });
    expect(await here(await token({ repository_id: 79 }))).toBe(200);
    const row = await services.database
      .selectFrom('credential')
      .selectAll()
      .where('parent_id', '=', id)
      .executeTakeFirstOrThrow();
    const copies = Array.from({ length: 999 }, (_, n) => ({
      ...row,
      id: `cred_busy${n}`,
      digest: `busy ${n}`,
    }));
    for (let at = 0; at < copies.length; at += 100)
      await services.database
        .insertInto('credential')
        .values(copies.slice(at, at + 100))
        .execute();
    expect(await here(await token({ repository_id: 79 }))).toBe(400);
    await services.database
      .updateTable('credential')
      .set({ expires_at: 1 })
      .where('id', '=', 'cred_busy0')
      .execute();
    expect(await here(await token({ repository_id: 79 }))).toBe(200);
    await revokeCredential(services, await operate('access_token.revoke', 'acme/app'), id);
  });
});

describe('T74: a pattern', () => {
  it('is no regular expression, and ends where it ends', async () => {
    const id = await policy('acme/other', {
      conditions: [
        { claim: 'repository_id', pattern: '42' },
        { claim: 'ref', pattern: 'refs/heads/a|b' },
      ],
    });
    const resource = 'acme/other';
    for (const ref of ['refs/heads/a', 'b', 'refs/heads/b', 'refs/heads/a|bc'])
      expect((await exchange(await token({ ref }), { resource })).body, ref).toEqual(ONE_ANSWER);
    expect((await exchange(await token({ ref: 'refs/heads/a|b' }), { resource })).status).toBe(200);
    await revokeCredential(host.services, await operate('access_token.revoke', resource), id);
    // A star stays between two slashes.
    expect((await exchange(await token({ ref: 'refs/heads/a/b' }))).body).toEqual(ONE_ANSWER);
    expect((await exchange(await token({ ref: ['refs/heads/a'] }))).body).toEqual(ONE_ANSWER);
  });
});

describe('T75: a token that is sent again', () => {
  const again = /exchanged before/;

  it('is refused, also by many at once and to the last second', async () => {
    const once = await token();
    secretOf(await exchange(once));
    expect((await exchange(once)).body['error_description']).toMatch(again);
    const before = (await jobTokens()).length;
    const many = await token();
    // Half of them at the server, half in another process on the same database.
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, at) => (at % 2 === 0 ? (await exchange(many)).status : here(many))),
    );
    expect(answers.toSorted((a, b) => a - b)).toEqual([200, ...Array(7).fill(400)]);
    expect(await jobTokens()).toHaveLength(before + 1);
    // Within the leeway behind its end it would still be accepted: so it is remembered that long.
    const now = Math.floor(Date.now() / 1000);
    const ending = await token({ iat: now - 300, exp: now - 50 });
    secretOf(await exchange(ending));
    expect((await exchange(ending)).body['error_description']).toMatch(again);
    const gone = await token({ iat: now - 300, exp: now - 61 });
    expect((await exchange(gone)).body['error_description']).toContain('expired');
  });

  it('is the same one by what was signed where it has no number of its own', async () => {
    const bare = await token({ jti: undefined });
    secretOf(await exchange(bare));
    expect((await exchange(bare)).body['error_description']).toMatch(again);
  });

  it('is remembered until nobody would accept it, and not for ever', async () => {
    const count = async () =>
      (await host.services.database.selectFrom('used_assertion').select('digest').execute()).length;
    const at = (ms: number) => ({ ...host.services, clock: () => Date.now() + ms });
    const grant = await enterAsJob(host.services, 'purge', 'oauth.purge', [{ type: 'host' }]);
    const before = await count();
    expect(before).toBeGreaterThan(5);
    await removeEnded(at(3600_000), grant);
    expect(await count()).toBeGreaterThan(0);
    await removeEnded(at(2 * 3600_000), grant);
    expect(await count()).toBe(0);
  });

  it('was not used up by a refusal', async () => {
    const unused = await token();
    expect((await exchange(unused, { resource: 'acme/missing' })).body).toEqual(ONE_ANSWER);
    expect((await exchange(unused)).status).toBe(200);
  });
});

describe('a token of a CI job', () => {
  it('is told what is wrong with it', async () => {
    const now = Math.floor(Date.now() / 1000);
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [header = '', payload = '', signature = ''] = (await token()).split('.');
    for (const [bad, says] of [
      ['lkjt_nonsense', 'no signed JWT'],
      [`${encode({ alg: 'none' })}.${payload}.`, 'signed by one of'],
      [`${encode({ alg: 'HS256', kid: 'one' })}.${payload}.${signature}`, 'signed by one of'],
      [`${header}.${encode(claims({ repository_id: 42, admin: true }))}.${signature}`, 'signature'],
      [await signed(key, claims(), { kid: 'two' }), 'does not publish'],
      [await token({ exp: undefined }), 'does not say when it expires'],
      [await token({ exp: '99999999999' }), 'does not say when it expires'],
      [await token({ nbf: now + 120 }), 'not good before'],
      [await token({ iat: now + 120 }), 'issued in the future'],
      [await token({ exp: now + 25 * 3600 }), 'longer than 24 hours'],
      [await token({ exp: now - 120 }), 'expired'],
    ] as const) {
      const answer = await exchange(bad);
      expect([answer.status, answer.body['error']], says).toEqual([400, 'invalid_request']);
      expect(answer.body['error_description']).toContain(says);
    }
    const wrongType = await exchange(await token(), { subject_token_type: 'x' });
    expect(wrongType.body['error_description']).toContain('subject_token_type');
  });

  it('is tried by the admin of a repository without being used up', async () => {
    const before = (await jobTokens()).length;
    const tried = await token({ ref: 'refs/tags/v1' });
    const attempt = async (text: string) =>
      testTrustPolicies(host.services, await operate('trust_policy.test', 'acme/app'), text);
    const { token: lines, policies } = await attempt(tried);
    expect(lines.every((line) => line.holds)).toBe(true);
    expect(policies[0]).toMatchObject({ label: 'deploy', accepts: false });
    expect(policies[0]?.lines.filter((line) => !line.holds)).toEqual([
      {
        what: 'claim ref',
        holds: false,
        says: 'It must be "refs/heads/*"; in the token: "refs/tags/v1".',
      },
    ]);
    const good = await token();
    expect((await attempt(good)).policies[0]).toMatchObject({ accepts: true });
    const bare = await attempt(JSON.stringify(claims()));
    expect(bare).toMatchObject({ unsigned: true, policies: [{ accepts: true }] });
    await expect(attempt('nonsense')).rejects.toThrow(/no signed JWT/);
    expect(await jobTokens()).toHaveLength(before);
    expect((await exchange(good)).status).toBe(200);
  });

  it('opens nothing any more once its issuer is removed', async () => {
    const id = await policy('acme/other', { issuer: OTHER_ISSUER });
    const mine = await signed(otherKey, claims({ iss: OTHER_ISSUER }));
    const secret = secretOf(await exchange(mine, { resource: 'acme/other' }));
    expect(await dropIssuer(host.services, await operate('issuer.change'), OTHER_ISSUER)).toBe(1);
    expect((await host.rest('/repositories/acme/other', secret)).status).toBe(401);
    const next = await signed(otherKey, claims({ iss: OTHER_ISSUER }));
    expect((await exchange(next)).body['error_description']).toContain('knows no issuer');
    const viewed = await viewTrustPolicy(host.services, await operate('trust_policy.list', 'acme/other'), id);
    expect(viewed).toMatchObject({
      credential: { state: 'revoked' },
      policy: { issuer: { issuer: OTHER_ISSUER } },
    });
  });
});
