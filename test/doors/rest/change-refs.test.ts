import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { basicHeader, openRest, PUBLIC_URL, type Answer, type RestHost } from './rest-host.ts';

let rest: RestHost;
/** An app password of jane's, who owns the workspace, and a token of the repository. */
let jane: string;
let token: string;
let tip: string;

const R = '/2.0/repositories/team/app';

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository:write');
  token = await rest.bearer('team/app', 'repository:write');
  tip = await rest.git.app.id('main');
});

const post = (kind: 'branches' | 'tags', body: unknown, who: string | undefined = token): Promise<Answer> =>
  rest.call(`${R}/refs/${kind}`, who, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const make = (name: string, who?: string, hash = 'main') => post('branches', { name, target: { hash } }, who);
const tag = (name: string, more: object = {}, who?: string) =>
  post('tags', { name, target: { hash: 'main' }, ...more }, who);
const remove = (kind: 'branches' | 'tags', name: string, who: string | undefined = token) =>
  rest.call(`${R}/refs/${kind}/${name}`, who, { method: 'DELETE' });
const refs = async (): Promise<string> =>
  (await rest.git.app.git(['for-each-ref', '--format=%(refname) %(objectname)'])).toString();
const database = () => rest.host.services.database;

/** Calls, and expects that no ref moved. */
async function still(call: () => Promise<Answer>): Promise<Answer> {
  const before = await refs();
  const answer = await call();
  expect(await refs()).toBe(before);
  return answer;
}

describe('a branch', () => {
  test('is made at a commit, a branch or a tag, is shown, and is deleted', async () => {
    for (const [name, hash] of [
      ['by-hash', tip],
      ['by/short', tip.slice(0, 12)],
      ['by-branch', 'main'],
      ['by-tag', 'v1.0'],
    ] as const) {
      const made = await make(name, token, hash);
      expect([made.status, made.json.name, made.json.target.hash]).toEqual([201, name, tip]);
      expect(made.headers['location']).toBe(`${PUBLIC_URL}${R}/refs/branches/${name}`);
      expect((await rest.call(`${R}/refs/branches/${name}`, token)).json).toEqual(made.json);
      expect(await rest.git.app.id(`refs/heads/${name}`)).toBe(tip);
      const gone = await remove('branches', name);
      expect([gone.status, gone.body]).toEqual([204, '']);
      expect(await rest.git.app.has(`refs/heads/${name}`)).toBe(false);
    }
  });

  test('is written down as the push that it is', async () => {
    await make('recorded');
    const recorded = await database()
      .selectFrom('push')
      .innerJoin('push_ref', 'push_ref.push_id', 'push.id')
      .select(['state', 'actor_type', 'old_id', 'new_id', 'moved'])
      .where('ref', '=', 'refs/heads/recorded')
      .execute();
    expect(recorded).toEqual([
      { state: 'completed', actor_type: 'app_user', old_id: '0'.repeat(40), new_id: tip, moved: 1 },
    ]);
    await remove('branches', 'recorded');
  });

  test('of a name that is taken, or that a file could not have beside it, is refused', async () => {
    await make('taken/here');
    for (const [name, message] of [
      ['taken/here', 'Branch "taken/here" already exists.'],
      ['taken', 'Branch "taken/here" already exists, and beside it there can be none called "taken".'],
      [
        'taken/here/too',
        'Branch "taken/here" already exists, and beside it there can be none called "taken/here/too".',
      ],
    ] as const) {
      const { status, json } = await still(() => make(name));
      expect([status, json.error.message]).toEqual([400, message]);
    }
    expect((await make('taken/here')).json.data.key).toBe('BRANCH_ALREADY_EXISTS');
    await remove('branches', 'taken/here');
  });

  test.each([
    ['', 'Give the branch a name.'],
    ['refs/heads/x', 'Give the name of the branch alone, without refs/heads/.'],
    ['a..b', 'The name of this ref holds ".."; choose another name.'],
    ['a b', 'The name of this ref holds a space or one of ~ ^ : ? * [ \\; choose another name.'],
    ['-x', 'A branch or tag cannot begin with "-" or be called HEAD; choose another name.'],
    ['x.lock', 'The name of this ref has a part that ends with ".lock"; choose another name.'],
    ['a\nb', 'The name of this ref holds a control character; choose another name.'],
  ])('cannot be called %j', async (name, message) => {
    const { status, json } = await still(() => make(name));
    expect([status, json.error.message]).toEqual([400, `name: ${message}`]);
  });

  test('needs a commit that is there, and a body that says so', async () => {
    const tree = await rest.git.app.id('main^{tree}');
    for (const hash of ['0'.repeat(40), 'f'.repeat(40), tree, 'nothing', '', 'main~1', '--all']) {
      const { status, json } = await still(() => make('x', token, hash));
      expect([status, json.error.message], hash).toEqual([404, 'Commit not found']);
    }
    for (const body of [
      '',
      'null',
      '{}',
      '[]',
      '{"name":"x"}',
      '{"name":"x","target":"main"}',
      '{"name":1}',
      '{',
    ])
      expect((await still(() => post('branches', body))).status, body).toBe(400);
  });

  test('that is the main one stays, and one that is not there cannot go', async () => {
    const main = await still(() => remove('branches', 'main'));
    expect([main.status, main.json.error.message]).toEqual([
      400,
      expect.stringContaining('main branch, which stays'),
    ]);
    for (const name of ['none', 'refs/heads/main', 'MAIN', 'a..b', 'v1.0', tip]) {
      const { status, json } = await still(() => remove('branches', name));
      expect([status, json.error.message], name).toEqual([404, `Branch "${name}" not found`]);
    }
  });

  test('is made by one of those who want it at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => make('wanted')));
    const statuses = all.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => ![201, 400, 409].includes(status))).toEqual([]);
    await remove('branches', 'wanted');
  });

  test('may be called anything that is sent, and that is never a fault of the host', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.stringMatching(/^[a-z./@{}~-]{1,12}$/)),
        fc.oneof(fc.constant('main'), fc.string({ unit: 'binary', maxLength: 30 })),
        async (name, hash) => {
          const { status, json } = await make(name, token, hash);
          expect([201, 400, 404]).toContain(status);
          if (status === 201) {
            expect((await remove('branches', encodeURIComponent(json.name))).status).toBe(204);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a tag', () => {
  test('is annotated, says what it is of, and by whom it was made', async () => {
    const made = await tag('v2.0', { message: 'Second\n\nBetter.' }, jane);
    expect([made.status, made.json]).toMatchObject([
      201,
      {
        type: 'tag',
        name: 'v2.0',
        message: 'Second\n\nBetter.\n',
        date: '2026-11-01T00:00:00+00:00',
        target: { hash: tip },
        tagger: { raw: 'jane <jane@example.org>', user: { display_name: 'jane' } },
      },
    ]);
    expect((await rest.call(`${R}/refs/tags/v2.0`, token)).json).toEqual(made.json);
    expect((await rest.git.app.git(['cat-file', '-t', 'v2.0'])).toString()).toBe('tag\n');
    const bot = await tag('v2.1');
    expect(bot.json.message).toBe(`Added tag v2.1 for changeset ${tip.slice(0, 12)}\n`);
    expect(bot.json.tagger.raw).toMatch(/^\S.* <[^@ ]+@bots\.localhost>$/);
    expect((await rest.git.app.git(['fsck', '--strict', '--no-dangling'])).toString()).toBe('');
    for (const name of ['v2.0', 'v2.1']) expect((await remove('tags', name)).status).toBe(204);
    expect(await rest.git.app.has('refs/tags/v2.0')).toBe(false);
  });

  test('of a name that is taken, with a zero byte, or of nothing is refused', async () => {
    const taken = await still(() => tag('v1.0'));
    expect([taken.status, taken.json.error.message]).toEqual([400, 'Tag "v1.0" already exists.']);
    expect((await still(() => tag('v3', { message: 'a\0b' }))).status).toBe(400);
    expect((await still(() => post('tags', { name: 'v3', target: { hash: 'none' } }))).status).toBe(404);
    expect((await still(() => remove('tags', 'none'))).json.error.message).toBe('Tag "none" not found');
  });
});

describe('whoever may not push', () => {
  test('neither makes nor deletes', async () => {
    const bodies = [
      [401, undefined, /Authentication/],
      [403, await rest.basic('jane', 'repository', 'repository:admin'), /privilege scopes/],
      [403, await rest.basic('rob', 'repository:write'), /write access/],
      [404, await rest.basic('eve', 'repository:write'), /may not have access/],
    ] as const;
    for (const [status, who, message] of bodies) {
      const open = who === undefined ? '/2.0/repositories/team/open' : R;
      for (const [method, path] of [
        ['POST', 'branches'],
        ['POST', 'tags'],
        ['DELETE', 'branches/feature%2Fx'],
        ['DELETE', 'tags/v1.0'],
      ] as const) {
        const answer = await still(() =>
          rest.call(`${open}/refs/${path}`, who, {
            method,
            ...(method === 'POST' && {
              body: JSON.stringify({ name: 'x', target: { hash: 'main' } }),
              headers: { 'content-type': 'application/json' },
            }),
          }),
        );
        expect([method, path, answer.status]).toEqual([method, path, status]);
        expect(answer.json.error.message).toMatch(message);
      }
    }
  });

  test('with an API token needs to read as well where the answer shows what was made', async () => {
    const as = async (...scopes: string[]) =>
      basicHeader(
        'jane',
        (
          await rest.host.apiToken(
            'jane',
            scopes.map((scope) => `${scope}:bitbucket`),
          )
        ).secret,
      );
    const both = await as('read:repository', 'write:repository');
    const writing = await as('write:repository');
    expect((await make('api', both)).status).toBe(201);
    const refused = await still(() => make('api2', writing));
    expect([refused.status, refused.json.data.missing]).toEqual([403, ['read:repository:bitbucket']]);
    expect((await still(async () => remove('branches', 'api', await as('read:repository')))).status).toBe(
      403,
    );
    expect((await remove('branches', 'api', writing)).status).toBe(204);
  });
});

describe('what confines a push', () => {
  test('are the branches that a key may push to, and what it may do to them', async () => {
    const ci = await rest.bounded('team/app', { refs: ['refs/heads/ci/**:create'] }, 'repository:write');
    expect((await make('ci/one', ci)).status).toBe(201);
    for (const call of [
      () => make('other', ci),
      () => tag('v9', {}, ci),
      () => remove('branches', 'ci/one', ci),
      () => remove('tags', 'v1.0', ci),
    ]) {
      const { status, json } = await still(call);
      expect(status).toBe(403);
      expect(json.error.message).toMatch(/^cred_\w+: /);
    }
    await remove('branches', 'ci/one');
  });

  test('are the rules of the repository', async () => {
    const admin = await rest.basic('jane', 'repository:admin');
    const rule = await rest.call(`${R}/branch-restrictions`, admin, {
      method: 'POST',
      body: JSON.stringify({ kind: 'push', pattern: 'release/*', users: [], groups: [] }),
      headers: { 'content-type': 'application/json' },
    });
    expect(rule.status).toBe(201);
    const { status, json } = await still(() => make('release/1', jane));
    expect([status, json.error.message]).toEqual([
      403,
      expect.stringContaining('Permission denied to update branch release/1'),
    ]);
    expect((await make('released', jane)).status).toBe(201);
    await remove('branches', 'released');
  });

  test('is how often it may be used: each of these is one use, and what was refused is none', async () => {
    const twice = await rest.bounded('team/app', { uses: 2 }, 'repository:write');
    expect((await make('uses/one', twice)).status).toBe(201);
    expect((await still(() => make('uses/one', twice))).status).toBe(400);
    expect((await remove('branches', 'uses/one', twice)).status).toBe(204);
    const { status, json } = await still(() => make('uses/two', twice));
    expect(status).toBe(403);
    expect(json.data).toMatchObject({ reason: 'out_of_bounds', bound: 'uses' });
  });
});
