import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAccessToken } from '../../../src/acts/credentials/create-access-token.ts';
import { createRestriction } from '../../../src/acts/restrictions/change.ts';
import { createProject } from '../../../src/acts/workspaces/projects.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import {
  ACCESS_TOKEN_KINDS,
  declarationOf,
  expandScopes,
  mayHold,
  SCOPE_NAMES,
  type AccessTokenKind,
} from '../../../src/gate/index.ts';
import { at } from '../../acts/host.ts';
import { basicHeader, openRest, type RestHost } from './rest-host.ts';

let rest: RestHost;
let jane: string;
let token: { id: string; secret: string };
let admin: string;
const R = '/2.0/repositories/team/app/branch-restrictions';
const OPEN = '/2.0/repositories/team/open/branch-restrictions';

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository:admin');
  token = await rest.host.accessToken('team/app', ['repository:write']);
  admin = await rest.bearer('team/app', 'repository:admin');
});

const json = (body: object | string, method: 'POST' | 'PUT' = 'POST') => ({
  method,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});
const post = (body: object | string, who = jane, url = R) => rest.call(url, who, json(body));
const put = (id: number, body: object, who = jane) => rest.call(`${R}/${id}`, who, json(body, 'PUT'));
const wipe = async () => {
  for (const { id } of (await rest.call(`${R}?pagelen=100`, jane)).json.values)
    await rest.call(`${R}/${id}`, jane, { method: 'DELETE' });
};

describe('branch restrictions', () => {
  test('are made, read, listed, changed and deleted in the shape of Bitbucket Cloud', async () => {
    await wipe();
    const made = await post({
      type: 'branchrestriction',
      kind: 'push',
      branch_match_kind: 'glob',
      pattern: 'main',
      users: [{ type: 'user', uuid: `{${rest.people.jane.id}}` }, { account_id: rest.people.rob.accountId }],
      groups: [],
    });
    expect(made.status).toBe(201);
    const { id } = made.json;
    expect(made.json).toEqual({
      type: 'branchrestriction',
      id,
      kind: 'push',
      branch_match_kind: 'glob',
      pattern: 'main',
      value: null,
      users: [
        expect.objectContaining({ type: 'user', nickname: 'jane' }),
        expect.objectContaining({ type: 'user', nickname: 'rob' }),
      ],
      groups: [],
      access_tokens: [],
      links: { self: { href: `http://localhost:7990${R}/${id}` } },
    });
    expect(made.headers['location']).toBe(made.json.links.self.href);
    expect((await rest.call(`${R}/${id}`, jane)).json).toEqual(made.json);
    expect((await rest.call(R, jane)).json).toMatchObject({ size: 1, page: 1, pagelen: 10 });

    // What was read can be sent back, and what is not given stays.
    expect((await put(id, made.json)).json).toEqual(made.json);
    expect((await put(id, { pattern: 'release/*' })).json).toEqual({ ...made.json, pattern: 'release/*' });
    expect((await put(id, { users: [] })).json).toMatchObject({ users: [], pattern: 'release/*' });
    expect((await put(id, { kind: 'force' })).json).toMatchObject({ kind: 'force', pattern: 'release/*' });

    const gone = await rest.call(`${R}/${id}`, jane, { method: 'DELETE' });
    expect([gone.status, gone.body]).toEqual([204, '']);
    expect((await rest.call(`${R}/${id}`, jane)).status).toBe(404);
    expect((await rest.call(`${R}/${id}`, jane, { method: 'DELETE' })).status).toBe(404);
  });

  test('about merging keep how many they ask for until another number is given, or they count nothing any more', async () => {
    await wipe();
    const { json: made } = await post({ kind: 'require_approvals_to_merge', pattern: 'main', value: 2 });
    expect(made).toMatchObject({ kind: 'require_approvals_to_merge', value: 2, users: [], groups: [] });
    const { id } = made;
    const value = async (body: object) => {
      const { json } = await put(id, body);
      return json.type === 'error' ? Object.keys(json.error.fields) : [json.kind, json.pattern, json.value];
    };
    expect((await put(id, made)).json).toEqual(made);
    expect(await value({ pattern: '*' })).toEqual(['require_approvals_to_merge', '*', 2]);
    expect(await value({ value: 3 })).toEqual(['require_approvals_to_merge', '*', 3]);
    expect(await value({ value: null })).toEqual(['require_approvals_to_merge', '*', 3]);
    expect(await value({ value: -1 })).toEqual(['value']);
    expect(await value({ kind: 'require_passing_builds_to_merge' })).toEqual([
      'require_passing_builds_to_merge',
      '*',
      3,
    ]);
    expect(await value({ kind: 'force', value: 3 })).toEqual(['value']);
    expect(await value({ kind: 'force', value: 0 })).toEqual(['force', '*', null]);
    expect(await value({ kind: 'require_approvals_to_merge' })).toEqual(['value']);
    for (const kind of [
      'require_default_reviewer_approvals_to_merge',
      'require_tasks_to_be_completed',
      'require_no_changes_requested',
      'require_all_comments_resolved',
      'reset_pullrequest_approvals_on_change',
      'reset_pullrequest_changes_requested_on_change',
      'enforce_merge_checks',
      'restrict_merges',
    ]) {
      const counted = kind === 'require_default_reviewer_approvals_to_merge' ? 1 : null;
      const answer = await post({ kind, pattern: 'main', ...(counted !== null && { value: counted }) });
      expect([answer.status, answer.json.value], kind).toEqual([201, counted]);
    }
  });

  test('are filtered by kind and pattern, page by page', async () => {
    await wipe();
    for (const kind of ['push', 'force', 'delete'])
      for (const pattern of ['a', 'b/*']) expect((await post({ kind, pattern })).status).toBe(201);
    expect((await rest.call(`${R}?kind=force`, jane)).json.size).toBe(2);
    expect((await rest.call(`${R}?pattern=b/*`, jane)).json.size).toBe(3);
    expect((await rest.call(`${R}?kind=push&pattern=a`, jane)).json.size).toBe(1);
    expect((await rest.call(`${R}?kind=nonsense`, jane)).json.values).toEqual([]);
    const first = (await rest.call(`${R}?kind=push&pagelen=1`, jane)).json;
    const { pathname, search } = new URL(first.next);
    const second = (await rest.call(pathname + search, jane)).json;
    expect([first.values[0].pattern, second.values[0].pattern]).toEqual(['a', 'b/*']);
    expect(second.next).toBeUndefined();
    expect((await rest.call(`${R}?pagelen=0`, jane)).status).toBe(400);
  });

  test('a second rule of one kind and pattern is a conflict, made or changed', async () => {
    await wipe();
    const { json: one } = await post({ kind: 'force', pattern: 'main' });
    const { json: other } = await post({ kind: 'force', pattern: 'dev' });
    expect((await post({ kind: 'force', pattern: 'main' })).status).toBe(409);
    const changed = await put(other.id, { pattern: 'main' });
    expect(changed.status).toBe(409);
    expect(changed.json.error.message).toBe(
      'There is a restriction "force" on "main" already: remove that one first.',
    );
    expect((await rest.call(`${R}/${other.id}`, jane)).json.pattern).toBe('dev');
    expect((await put(one.id, { pattern: 'main' })).status).toBe(200);
  });

  test.each([
    [{ pattern: 'main' }, 'kind', 'kind: This field is required.'],
    [{ kind: 'push' }, 'pattern', 'pattern: This field is required.'],
    [
      { kind: 'require_commits_behind', pattern: 'main', value: 1 },
      'kind',
      'kind: Branch restrictions "require_commits_behind" are not kept, since how far a branch is behind is not looked at when it is merged here.',
    ],
    [
      { kind: 'require_approvals_to_merge', pattern: 'main' },
      'value',
      'value: A restriction "require_approvals_to_merge" says how many there must be: give a whole number from 1 to 100.',
    ],
    [{ kind: 'require_passing_builds_to_merge', pattern: 'main', value: 0 }, 'value', 'from 1 to 100.'],
    [{ kind: 'require_approvals_to_merge', pattern: 'main', value: 1.5 }, 'value', 'from 1 to 100.'],
    [{ kind: 'require_approvals_to_merge', pattern: 'main', value: 101 }, 'value', 'from 1 to 100.'],
    [
      { kind: 'push', pattern: 'main', value: 1 },
      'value',
      'value: A restriction "push" counts nothing, so it takes no value.',
    ],
    [
      { kind: 'require_approvals_to_merge', pattern: 'main', value: 1, users: [{ username: 'jane' }] },
      'users',
      'users: A restriction "require_approvals_to_merge" lets nobody through',
    ],
    [{ kind: 'pull', pattern: 'main' }, 'kind', 'kind: "pull" is no kind of branch restriction'],
    [{ kind: 'push', pattern: '' }, 'pattern', 'pattern: Give the branch, or a pattern'],
    [
      { kind: 'push', pattern: 'refs/heads/main' },
      'pattern',
      'pattern: Give the branch by its name alone: "main".',
    ],
    [{ kind: 'push', pattern: 'a b' }, 'pattern', 'pattern: No branch can have a name like "a b"'],
    [{ kind: 'push', pattern: '../x' }, 'pattern', 'pattern: No branch'],
    [{ kind: 'push', pattern: 'x'.repeat(256) }, 'pattern', 'pattern: A pattern has at most 255 characters.'],
    [
      { kind: 'push', branch_match_kind: 'branching_model', branch_type: 'production', pattern: '' },
      'branch_match_kind',
      'branch_match_kind: This host has no branching model',
    ],
    [
      { kind: 'force', pattern: 'main', users: [{ username: 'jane' }] },
      'users',
      'users: A restriction "force" lets nobody through',
    ],
    [{ kind: 'push', pattern: 'main', users: [{}] }, 'users', 'users: Name each user'],
    [
      { kind: 'push', pattern: 'main', users: [{ username: 'nobody' }] },
      'users',
      'users: There is no user "nobody"',
    ],
    [
      { kind: 'push', pattern: 'main', groups: [{ slug: 'none' }] },
      'groups',
      'groups: There is no group "none"',
    ],
  ])('%j is refused with a sentence', async (body, field, message) => {
    await wipe();
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.json.error.message).toContain(message);
    expect(Object.keys(answer.json.error.fields)).toEqual([field]);
    expect((await rest.call(R, jane)).json.size).toBe(0);
  });

  test('somebody without a role hears what is heard of somebody who is not there', async () => {
    const sentence = async (username: string) =>
      (await post({ kind: 'push', pattern: 'x', users: [{ username }] })).json.error.message.replace(
        username,
        '',
      );
    expect(await sentence('eve')).toBe(await sentence('neverheardof'));
  });

  test('need the scope repository:admin and the role admin, to read them, too', async () => {
    for (const call of [
      (who?: string) => rest.call(R, who),
      (who?: string) => rest.call(`${R}/1`, who),
      (who?: string) => rest.call(R, who, json({ kind: 'push', pattern: 'main' })),
      (who?: string) => rest.call(`${R}/1`, who, json({ pattern: 'main' }, 'PUT')),
      (who?: string) => rest.call(`${R}/1`, who, { method: 'DELETE' }),
    ]) {
      const scope = await call(await rest.basic('jane', 'repository:write'));
      expect(scope.status).toBe(403);
      expect(scope.json.error.detail.required).toEqual(['repository:admin']);
      expect(scope.headers['x-accepted-oauth-scopes']).toBe('repository:admin');
      const role = await call(await rest.basic('rob', 'repository:admin'));
      expect([role.status, role.json.error.message]).toEqual([
        403,
        'Access denied. You must have admin access to this repository.',
      ]);
      expect((await call(await rest.basic('eve', 'repository:admin'))).status).toBe(404);
      // The same for a repository that is not there.
      expect((await call()).status).toBe(401);
    }
  });
});

describe('no credential widens a credential', () => {
  test('a credential names no access token in a rule, be it itself or another', async () => {
    await wipe();
    for (const who of [jane, admin]) {
      const answer = await post({ kind: 'push', pattern: 'main', access_tokens: [token.id] }, who);
      expect(answer.status).toBe(400);
      expect(answer.json.error.message).toContain('No credential widens a credential');
      const { json: rule } = await post({ kind: 'push', pattern: 'main' }, who);
      expect((await put(rule.id, { access_tokens: [token.id] }, who)).status).toBe(400);
      expect((await rest.call(`${R}/${rule.id}`, who)).json.access_tokens).toEqual([]);
      await wipe();
    }
  });

  test('what people let through stays, and a credential can take it away but carry it nowhere else', async () => {
    await wipe();
    const grant = await enterAsOperator(rest.host.services, 'restriction.change', [at('team/app')]);
    const { id } = await createRestriction(rest.host.services, grant, {
      kind: 'push',
      pattern: 'main',
      accessTokens: [token.id],
    });
    const read = await rest.call(`${R}/${id}`, admin);
    expect(read.json.access_tokens).toEqual([token.id]);
    expect((await put(id, read.json, admin)).status).toBe(200);
    expect((await put(id, { users: [] }, admin)).json.access_tokens).toEqual([token.id]);
    expect((await put(id, { pattern: '*' }, admin)).status).toBe(400);
    expect((await put(id, { access_tokens: [] }, admin)).json.access_tokens).toEqual([]);
    expect((await put(id, { access_tokens: [token.id] }, admin)).status).toBe(400);
  });

  test('a credential that is bound to refs changes no rules', async () => {
    await wipe();
    const { services } = rest.host;
    const grant = await enterAsOperator(services, 'access_token.create', [at('team/app')]);
    const { id, secret } = await createAccessToken(services, grant, {
      name: 'bound',
      scopes: ['repository:admin', 'repository:write'],
      expiresAt: null,
      confinement: { refs: ['refs/heads/release/*'] },
    });
    const bound = `Bearer ${secret.reveal()}`;
    const answer = await post({ kind: 'push', pattern: 'x' }, bound);
    expect(answer.status).toBe(403);
    expect(answer.json.error.data).toMatchObject({
      reason: 'out_of_bounds',
      operation: 'restriction.change',
      credential: id,
      bound: 'refs',
    });
    expect((await rest.call(R, bound)).json.size).toBe(0);
  });
});

describe('T28: every look-up is by repository and id', () => {
  test('a rule of another repository cannot be read, changed or deleted by its number', async () => {
    await wipe();
    const { json: rule } = await post({ kind: 'force', pattern: 'main' });
    const eve = await rest.basic('eve', 'repository:admin');
    const other = await rest.bearer('team/open', 'repository:admin');
    for (const [who, base] of [
      [jane, OPEN],
      [other, OPEN],
      [eve, R],
      [other, R],
    ] as const) {
      for (const call of [{}, json({ pattern: 'stolen' }, 'PUT'), { method: 'DELETE' as const }]) {
        expect((await rest.call(`${base}/${rule.id}`, who, call)).status).toBe(404);
      }
    }
    expect((await rest.call(`${R}/${rule.id}`, jane)).json).toEqual(rule);
  });

  test('groups of another workspace and tokens of another repository cannot be named', async () => {
    await wipe();
    const foreign = await rest.host.accessToken('team/open', ['repository:write']);
    const grant = await enterAsOperator(rest.host.services, 'restriction.change', [at('team/app')]);
    await expect(
      createRestriction(rest.host.services, grant, {
        kind: 'push',
        pattern: 'x',
        accessTokens: [foreign.id],
      }),
    ).rejects.toThrow('There is no live access token');
    for (const slug of ['elsewhere:devs', 'team:devs', 'devs']) {
      expect((await post({ kind: 'push', pattern: 'x', groups: [{ full_slug: slug }] })).status).toBe(400);
    }
    expect((await rest.call(R, jane)).json.size).toBe(0);
  });

  test('tokens of its project and of its workspace can be named, and those of others cannot', async () => {
    await wipe();
    const { host } = rest;
    const own = [
      await host.workspaceToken('team', ['repository:write']),
      await host.workspaceToken('team', ['repository:write'], 'MAIN'),
    ].map(({ id }) => id);
    await createProject(
      host.services,
      await enterAsOperator(host.services, 'project.change', [{ type: 'workspace', workspace: 'team' }]),
      { key: 'SIDE', name: 'Side', description: '' },
    );
    const foreign = [
      await host.workspaceToken('team', ['repository:write'], 'SIDE'),
      await host.workspaceToken('elsewhere', ['repository:write']),
    ];
    const grant = await enterAsOperator(host.services, 'restriction.change', [at('team/app')]);
    const rule = { kind: 'push', pattern: 'main' };
    for (const { id } of foreign)
      await expect(createRestriction(host.services, grant, { ...rule, accessTokens: [id] })).rejects.toThrow(
        'There is no live access token',
      );
    const made = await createRestriction(host.services, grant, { ...rule, accessTokens: own });
    expect((await rest.call(`${R}/${made.id}`, jane)).json.access_tokens.toSorted()).toEqual(own.toSorted());
  });

  test('ids that are no numbers name nothing', async () => {
    for (const id of ['0', '-1', '1e3', '999999999', '99999999999999999999', 'x', '%00', '1;drop', '1.0']) {
      for (const method of ['GET', 'DELETE'] as const) {
        expect([400, 404]).toContain((await rest.call(`${R}/${id}`, jane, { method })).status);
      }
    }
  });
});

/** Every route of the API that a credential may ask, with a scope needed, as a request on `team/app` or `team`. */
const scopedRoutes = () =>
  rest.routes.flatMap(({ method, url, operation }) => {
    const { scopes, kinds } = declarationOf(operation);
    if (!url.startsWith('/2.0/') || method === 'HEAD' || scopes === 'any' || kinds.length === 0) return [];
    const path = url
      .replace(':workspace', 'team')
      .replace(':repository', 'app')
      .replace(':id', '1')
      .replace(':email', 'jane@example.org')
      .replace(/:\w+/g, 'x')
      .replace('*', 'main');
    return [{ method: method as 'GET' | 'POST' | 'PUT' | 'DELETE', path, operation, scopes, kinds }];
  });

/** `Bearer` of a token of `team/app`, of its project, or of its workspace. */
const tokenOf = async (kind: AccessTokenKind, scope: string): Promise<string> => {
  if (kind === 'repository_access_token') return rest.bearer('team/app', scope);
  const project = kind === 'project_access_token' ? 'MAIN' : undefined;
  return `Bearer ${(await rest.host.workspaceToken('team', [scope], project)).secret}`;
};

test('T13: no scope opens a route that it is not declared for', { timeout: 120_000 }, async () => {
  const routes = scopedRoutes();
  expect(routes.length).toBeGreaterThan(20);
  let cells = 0;
  for (const scope of SCOPE_NAMES) {
    const held = expandScopes([scope]);
    const owned = await rest.basic('jane', scope);
    const bots = await Promise.all(
      ACCESS_TOKEN_KINDS.filter((kind) => mayHold(kind, scope)).map(
        async (kind) => [kind, await tokenOf(kind, scope)] as const,
      ),
    );
    for (const { method, path, operation, scopes, kinds } of routes) {
      if (scopes.every((needed) => held.has(needed))) continue;
      const asked = [
        ...(kinds.includes('app_password') ? [owned] : []),
        ...bots.flatMap(([kind, bot]) => (kinds.includes(kind) ? [bot] : [])),
      ];
      for (const who of asked) {
        const answer = await rest.call(path, who, { method });
        cells += 1;
        // A PUT of a repository is two operations; it says what the change of one would need.
        expect(
          [answer.status, answer.json?.error.data.reason],
          `${scope} ${method} ${path} (${operation})`,
        ).toEqual([403, 'scope_missing']);
      }
    }
  }
  expect(cells).toBeGreaterThan(500);
});

describe('T17: what lies above the boundary', () => {
  test('a token of a repository reaches nothing of the workspace', async () => {
    const everything = SCOPE_NAMES.filter((scope) => mayHold('repository_access_token', scope));
    const bot = await rest.bearer('team/app', ...everything);
    for (const [method, path] of [
      ['POST', '/2.0/repositories/team/made'],
      ['PUT', '/2.0/repositories/team/made'],
      ['GET', '/2.0/workspaces/team/members'],
      ['GET', '/2.0/workspaces/team/projects'],
      ['GET', '/2.0/user'],
      ['GET', '/2.0/repositories/team/empty'],
      ['GET', OPEN],
      ['PUT', '/2.0/repositories/team/open'],
      ['DELETE', '/2.0/repositories/team/empty'],
    ] as const) {
      const { status } = await rest.call(path, bot, { method });
      expect([403, 404], `${method} ${path}`).toContain(status);
    }
    expect(
      (await rest.call('/2.0/repositories/team/empty', await rest.basic('jane', 'repository'))).status,
    ).toBe(200);
  });

  test('a token of a project reaches nothing of the workspace but its own project, and makes nothing in it', async () => {
    const everything = SCOPE_NAMES.filter((scope) => mayHold('project_access_token', scope));
    const { secret } = await rest.host.workspaceToken('team', everything, 'SIDE');
    const bot = `Bearer ${secret}`;
    for (const [method, path] of [
      ['POST', '/2.0/repositories/team/made'],
      ['PUT', '/2.0/repositories/team/made'],
      ['GET', '/2.0/workspaces/team/members'],
      ['GET', '/2.0/workspaces/team/projects/MAIN'],
      ['GET', '/2.0/user'],
      ['GET', R],
      ['GET', OPEN],
      ['DELETE', '/2.0/repositories/team/empty'],
    ] as const) {
      const { status } = await rest.call(path, bot, { method });
      expect([403, 404], `${method} ${path}`).toContain(status);
    }
    const { json } = await rest.call('/2.0/workspaces/team/projects', bot);
    expect(json.values.map(({ key }: { key: string }) => key)).toEqual(['SIDE']);
    expect((await rest.call('/2.0/repositories/team', bot)).json.size).toBe(0);
  });
});

test('T20: scopes that match nothing fall back to nothing', async () => {
  const { services } = rest.host;
  const { id, secret } = await rest.host.appPassword('jane', ['repository', 'repository:admin']);
  const who = basicHeader('jane', secret);
  expect((await rest.call(R, who)).status).toBe(200);
  await services.database.deleteFrom('credential_scope').where('credential_id', '=', id).execute();
  expect((await rest.call(R, who)).status).toBe(403);
  for (const scope of ['*', 'repository:*', 'REPOSITORY', 'repository:admin ', 'all', '']) {
    await services.database.insertInto('credential_scope').values({ credential_id: id, scope }).execute();
  }
  for (const path of [R, '/2.0/repositories/team/app', '/2.0/user', '/2.0/repositories/team']) {
    expect((await rest.call(path, who)).status, path).toBe(403);
  }
});

test('T20: taking a scope away while requests run is seen by every request that starts after', async () => {
  const { services } = rest.host;
  const { id, secret } = await rest.host.appPassword('jane', ['repository:admin']);
  const who = basicHeader('jane', secret);
  let taken = false;
  const early: number[] = [];
  const late: number[] = [];
  const asking = Array.from({ length: 40 }, async (_, index) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (index === 20) {
      await services.database.deleteFrom('credential_scope').where('credential_id', '=', id).execute();
      taken = true;
    }
    const list = taken ? late : early;
    list.push((await rest.call(R, who)).status);
  });
  await Promise.all(asking);
  const after = await Promise.all(Array.from({ length: 10 }, () => rest.call(R, who)));
  expect(new Set([...late, ...after.map(({ status }) => status)])).toEqual(new Set([403]));
  expect(early.every((status) => status === 200 || status === 403)).toBe(true);
});

test('whatever is sent, the answer is no failure of the host', { timeout: 120_000 }, async () => {
  await wipe();
  const odd = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      'main',
      '*',
      'a/*',
      '',
      '\u0000',
      '{}',
      '__proto__',
      'push',
      'force',
      token.id,
      '9'.repeat(30),
    ),
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
    fc.array(fc.anything(), { maxLength: 2 }),
  );
  const body = fc.record(
    {
      kind: fc.oneof(fc.constantFrom('push', 'force', 'restrict_merges', 'require_approvals_to_merge'), odd),
      pattern: odd,
      branch_match_kind: fc.oneof(fc.constantFrom('glob', 'branching_model'), odd),
      users: fc.oneof(
        fc.array(fc.record({ uuid: odd, username: odd }, { requiredKeys: [] }), { maxLength: 3 }),
        odd,
      ),
      groups: fc.oneof(
        fc.array(fc.record({ slug: odd, full_slug: odd }, { requiredKeys: [] }), { maxLength: 3 }),
        odd,
      ),
      access_tokens: fc.oneof(fc.array(odd, { maxLength: 3 }), odd),
      value: odd,
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    body.map((value) => JSON.stringify(value)),
    fc.string({ maxLength: 60 }),
    fc.json(),
  );
  await fc.assert(
    fc.asyncProperty(text, fc.nat(30), async (sent, id) => {
      const made = await post(sent);
      const changed = await rest.call(`${R}/${id}`, jane, json(sent, 'PUT'));
      const listed = await rest.call(
        `${R}?kind=${encodeURIComponent(sent.slice(0, 20).toWellFormed())}`,
        jane,
      );
      for (const { status, body: answer } of [made, changed, listed]) {
        expect(status, answer).toBeLessThan(500);
        expect(answer).not.toMatch(/node_modules|at \w+ \(|SQLITE/);
      }
    }),
    { numRuns: 150 },
  );
});
