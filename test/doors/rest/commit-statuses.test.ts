import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { commitOfHash, writeStatus } from '../../../src/acts/statuses/write.ts';
import { chooseBounds, pushLayer, type BoundsInput } from '../../../src/credentials/index.ts';
import { at, basic } from '../../acts/host.ts';
import { openRest, PUBLIC_URL, type Answer, type RestHost } from './rest-host.ts';

let rest: RestHost;
let jane: string;
/** Rob was given to read `team/app`, and is nobody on `team/open`, which is public. */
let rob: string;
let token: string;
let tip: string;
let C: string;

const R = '/2.0/repositories/team/app';
const OPEN = '/2.0/repositories/team/open';
const BUILD = { key: 'ci', state: 'SUCCESSFUL', url: 'https://ci.example.org/1' };

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository');
  rob = await rest.basic('rob', 'repository');
  token = await rest.bearer('team/app', 'repository');
  tip = await rest.git.app.id('main');
  C = `${R}/commit/${tip}`;
});

const json = (method: 'POST' | 'PUT', body: unknown) => ({
  method,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});
const post = (body: unknown, who: string | undefined = token, at = C) =>
  rest.call(`${at}/statuses/build`, who, json('POST', body));
const put = (key: string, body: unknown, who = token, at = C) =>
  rest.call(`${at}/statuses/build/${key}`, who, json('PUT', body));
const get = (path: string, who: string | undefined = token) => rest.call(path, who);
const keys = async (query = '', at = C): Promise<string[]> =>
  (await get(`${at}/statuses?pagelen=100&${query}`, jane)).json.values.map(({ key }: { key: string }) => key);
const database = () => rest.host.services.database;
const wipe = () => database().deleteFrom('commit_status').execute();
const audits = () =>
  database()
    .selectFrom('audit')
    .select('detail')
    .where('operation', '=', 'status.write')
    .where('target_id', '=', rest.ids.app)
    .execute();

/** An app password of jane's, or a token of `team/app`, that carries these bounds. */
async function bounded(bounds: BoundsInput, of: 'app password' | 'token' = 'token'): Promise<string> {
  const made =
    of === 'token'
      ? await rest.host.accessToken('team/app', ['repository'])
      : await rest.host.appPassword('jane', ['repository']);
  await database()
    .transaction()
    .execute((trx) => pushLayer(trx, made.id, chooseBounds(bounds)));
  return of === 'token'
    ? `Bearer ${made.secret}`
    : `Basic ${Buffer.from(`jane:${made.secret}`).toString('base64')}`;
}

describe('a build status', () => {
  test('is written, read and listed in the shape of Bitbucket Cloud, by JSON and by form', async () => {
    await wipe();
    const made = await post({ ...BUILD, name: 'Build 7', description: '42 tests passed', refname: 'main' });
    expect(made.status).toBe(201);
    expect(made.json).toEqual({
      type: 'build',
      key: 'ci',
      state: 'SUCCESSFUL',
      name: 'Build 7',
      url: 'https://ci.example.org/1',
      description: '42 tests passed',
      refname: 'main',
      created_on: '2026-11-01T00:00:00.000000+00:00',
      updated_on: '2026-11-01T00:00:00.000000+00:00',
      commit: {
        type: 'commit',
        hash: tip,
        links: {
          self: { href: `${PUBLIC_URL}${C}` },
          html: { href: `${PUBLIC_URL}/team/app/commit/${tip}` },
        },
      },
      repository: expect.objectContaining({ type: 'repository', full_name: 'team/app' }),
      links: {
        self: { href: `${PUBLIC_URL}${C}/statuses/build/ci` },
        commit: { href: `${PUBLIC_URL}${C}` },
      },
    });
    expect(made.headers['location']).toBe(made.json.links.self.href);
    expect((await get(`${C}/statuses/build/ci`)).json).toEqual(made.json);

    const form = await rest.call(`${C}/statuses/build/`, token, {
      method: 'POST',
      body: 'key=form&state=FAILED&url=http%3A%2F%2Fmunprdjenkins1%3A8080%2Fjob%2F1%2F',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([form.status, form.json.refname, form.json.name]).toEqual([201, null, '']);
    const all = await get(`${C}/statuses/`);
    expect(all.json).toMatchObject({ size: 2, page: 1, pagelen: 10 });
    expect(all.json.values).toEqual([made.json, form.json]);
    // Variables are filled in where people see them, so that what was read can be sent back.
    const template = 'https://foo.com/builds/{repository.full_name}';
    expect((await post({ ...BUILD, key: 'form', url: template })).json.url).toBe(template);
    // What clients send back of what they read, and null for what they do not say.
    expect((await post({ ...made.json, description: null })).json.description).toBe('');
  });

  test('is found from the commit, wherever that is shown whole', async () => {
    const expected = { href: `${PUBLIC_URL}${C}/statuses` };
    const one = await get(`${R}/commit/main`);
    expect(one.json.links.statuses).toEqual(expected);
    expect(one.json.parents[0].links).not.toHaveProperty('statuses');
    expect((await get(`${R}/commits/main`)).json.values[0].links.statuses).toEqual(expected);
    expect((await get(`${R}/refs/branches/main`)).json.target.links.statuses).toEqual(expected);
    expect((await get(expected.href.replace(PUBLIC_URL, ''))).status).toBe(200);
  });

  test('of the same key is replaced, and keeps when it was first written', async () => {
    await wipe();
    await post({ ...BUILD, state: 'INPROGRESS', name: 'Build 7', refname: 'main' });
    rest.host.now += 60_000;
    const again = await post({ ...BUILD, state: 'FAILED' });
    rest.host.now -= 60_000;
    expect(again.status).toBe(201);
    // What is not said anew is gone.
    expect(again.json).toMatchObject({
      state: 'FAILED',
      name: '',
      refname: null,
      created_on: '2026-11-01T00:00:00.000000+00:00',
      updated_on: '2026-11-01T00:01:00.000000+00:00',
    });
    expect(await keys()).toEqual(['ci']);
    // Of each build there come several: they leave no trace in the audit.
    expect(await audits()).toEqual([]);
  });

  test('is changed in part by PUT, and its key stays', async () => {
    await wipe();
    await post({ ...BUILD, name: 'Build 7', state: 'INPROGRESS' });
    const changed = await put('ci', { state: 'STOPPED' });
    expect([changed.status, changed.json.state, changed.json.name]).toEqual([200, 'STOPPED', 'Build 7']);
    expect((await put('ci', { ...changed.json, state: 'FAILED' })).json.state).toBe('FAILED');
    const moved = await put('ci', { key: 'other' });
    expect([moved.status, moved.json.error.fields]).toEqual([400, { key: [expect.stringMatching(/stays/)] }]);
    const none = await put('none', { state: 'FAILED' });
    expect([none.status, none.json.error.message]).toEqual([
      404,
      'This commit has no build status of that key.',
    ]);
    expect((await get(`${C}/statuses/build/none`)).status).toBe(404);
    expect(await keys()).toEqual(['ci']);
  });

  test('has a key of any signs that can stand in an address', async () => {
    await wipe();
    for (const key of ['ci/woodpecker/push/test', 'a b+c%2F&?#=', 'ключ 🔑', '%', '{x}', 'a:b;c,d']) {
      const made = await post({ ...BUILD, key });
      expect([made.status, made.json.key], key).toEqual([201, key]);
      const self = made.json.links.self.href.replace(PUBLIC_URL, '');
      expect((await get(self)).json, key).toEqual(made.json);
      const changed = await rest.call(self, token, json('PUT', { state: 'FAILED' }));
      expect([changed.status, changed.json.key, changed.json.state], key).toEqual([200, key, 'FAILED']);
    }
    expect((await get(`${C}/statuses/build/ci/woodpecker/push/test`)).status).toBe(200);
    for (const key of ['a\\b', 'a\nb', 'a\0', '..', 'a/../b', '/a', 'a/', 'a//b', '\ud800']) {
      const made = await post({ ...BUILD, key });
      expect([made.status, Object.keys(made.json.error.fields)], JSON.stringify(key)).toEqual([400, ['key']]);
    }
    expect(await keys()).toHaveLength(6);
  });

  test.each<[object, string, string]>([
    [{}, 'key', 'This field is required.'],
    [{ state: 'FAILED', url: BUILD.url }, 'key', 'This field is required.'],
    [{ ...BUILD, key: '' }, 'key', 'This field is required.'],
    [{ ...BUILD, state: null }, 'state', 'This field is required.'],
    [{ key: 'ci', state: 'FAILED' }, 'url', 'This field is required.'],
    [
      { ...BUILD, state: 'PENDING' },
      'state',
      '"PENDING" is no state: the states are SUCCESSFUL, FAILED, INPROGRESS, STOPPED.',
    ],
    [{ ...BUILD, key: 'x'.repeat(48) }, 'key', 'Ensure this value has at most 40 characters (it has 48).'],
    [
      { ...BUILD, name: 'x'.repeat(256) },
      'name',
      'Ensure this value has at most 255 characters (it has 256).',
    ],
    [
      { ...BUILD, description: 'x'.repeat(2001) },
      'description',
      'Ensure this value has at most 2000 characters (it has 2001).',
    ],
    [{ ...BUILD, name: 'a\0b' }, 'name', 'Leave control characters out.'],
    ...[
      'javascript:alert(1)',
      'java\nscript:alert(1)',
      '//ci.example.org',
      'ftp://x.org',
      'http://',
      'x',
    ].map((url): [object, string, string] => [{ ...BUILD, url }, 'url', 'Enter a valid URL.']),
  ])('%j is refused', async (body, field, message) => {
    await wipe();
    const { status, json: said } = await post(body);
    expect([status, said.error.fields, said.error.message]).toEqual([
      400,
      { [field]: [message] },
      `${field}: ${message}`,
    ]);
    expect(await keys()).toEqual([]);
  });

  test('may be anything that is sent, and is never a fault of the host', async () => {
    const anything = fc.oneof(
      fc.json(),
      fc
        .record(
          {
            key: fc.anything(),
            state: fc.oneof(fc.constant('FAILED'), fc.anything()),
            url: fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.string()),
            name: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
            description: fc.string({ unit: 'binary' }),
            refname: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
          },
          { requiredKeys: ['url'] },
        )
        .map((value) => JSON.stringify(value) ?? 'null'),
    );
    await fc.assert(
      fc.asyncProperty(anything, fc.string({ unit: 'binary', maxLength: 50 }), async (body, key) => {
        for (const said of [body, JSON.stringify({ ...BUILD, key })]) {
          const { status, json: answer } = await post(said);
          expect([201, 400]).toContain(status);
          if (status === 201)
            expect((await get(answer.links.self.href.replace(PUBLIC_URL, ''))).json).toEqual(answer);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a commit', () => {
  test('is named by its hash, whole or cut short, where a status is written', async () => {
    await wipe();
    const short = await post({ ...BUILD, key: 'short' }, token, `${R}/commit/${tip.slice(0, 12)}`);
    expect([short.status, short.json.commit.hash]).toEqual([201, tip]);
    expect((await post(BUILD, token, `${R}/commit/${tip.toUpperCase()}`)).status).toBe(201);
    // A branch may have moved since it was built, and one may be called like a hash that is cut short.
    await rest.git.app.git(['update-ref', `refs/heads/${tip.slice(0, 7)}`, 'main~1']);
    for (const name of ['main', 'HEAD', 'v1.0', 'feature%2Fx', tip.slice(0, 7)]) {
      const { status, json: said } = await post(BUILD, token, `${R}/commit/${name}`);
      expect([status, said.error.message, said.data.shas], name).toEqual([
        404,
        'Commit not found',
        [decodeURIComponent(name)],
      ]);
    }
    await rest.git.app.git(['update-ref', '-d', `refs/heads/${tip.slice(0, 7)}`]);
    // Reading names it as everywhere.
    for (const name of [tip.slice(0, 8), 'main', 'HEAD', 'v1.0', 'light%2Fweight'])
      expect(await keys('', `${R}/commit/${name}`)).toEqual(['ci', 'short']);
    expect(await keys('', `${R}/commit/feature%2Fx`)).toEqual([]);
  });

  test('that is not there has none', async () => {
    const tree = await rest.git.app.id('main^{tree}');
    for (const name of ['0'.repeat(40), tree, 'none', 'abcd1234', '...', 'x'.repeat(300)]) {
      for (const [method, path] of [
        ['GET', 'statuses'],
        ['POST', 'statuses/build'],
        ['GET', 'statuses/build/ci'],
        ['PUT', 'statuses/build/ci'],
      ] as const) {
        const { status, json: said } = await rest.call(
          `${R}/commit/${name}/${path}`,
          token,
          method === 'GET' ? {} : json(method, BUILD),
        );
        expect([status, said.error.message, said.data.shas], `${method} ${name}`).toEqual([
          404,
          'Commit not found',
          [name],
        ]);
      }
    }
  });

  test('has at most 500 statuses, of which each may be replaced', async () => {
    await wipe();
    await post(BUILD);
    const row = await database().selectFrom('commit_status').selectAll().executeTakeFirstOrThrow();
    const rows = Array.from({ length: 499 }, (_, index) => ({ ...row, key: `job/${index}` }));
    for (let at = 0; at < rows.length; at += 100)
      await database()
        .insertInto('commit_status')
        .values(rows.slice(at, at + 100))
        .execute();
    const more = await post({ ...BUILD, key: 'more' });
    expect([more.status, more.json.error.message]).toEqual([
      409,
      'A commit has at most 500 build statuses: use their keys again.',
    ]);
    expect((await post({ ...BUILD, state: 'FAILED' })).status).toBe(201);
    expect((await get(`${C}/statuses`)).json.size).toBe(500);
    await wipe();
  });

  test('keeps one of a key, whoever comes at once', async () => {
    await wipe();
    const all = await Promise.all(
      ['FAILED', 'SUCCESSFUL', 'STOPPED', 'INPROGRESS'].map((state) => post({ ...BUILD, state })),
    );
    expect(all.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(await keys()).toEqual(['ci']);
  });

  test('lists its statuses page by page, filtered and sorted', async () => {
    await wipe();
    await post({ ...BUILD, key: 'b', state: 'FAILED', refname: 'main' });
    await post({ ...BUILD, key: 'a', state: 'SUCCESSFUL', refname: 'feature/x', name: 'Lint' });
    rest.host.now += 1000;
    await post({ ...BUILD, key: 'c', state: 'SUCCESSFUL' });
    rest.host.now -= 1000;
    expect(await keys()).toEqual(['a', 'b', 'c']);
    expect(await keys('refname=main')).toEqual(['b', 'c']);
    expect(await keys('refname=none')).toEqual(['c']);
    expect(await keys(`q=${encodeURIComponent('state = "SUCCESSFUL" AND name ~ "lint"')}`)).toEqual(['a']);
    expect(await keys(`q=${encodeURIComponent('created_on > 2026-11-01T00:00:00.500Z')}`)).toEqual(['c']);
    expect(await keys('sort=-key')).toEqual(['c', 'b', 'a']);
    expect(await keys('sort=state')).toEqual(['b', 'a', 'c']);
    const first = await get(`${C}/statuses?pagelen=1&refname=main&fields=values.key,next`);
    expect(first.json.values).toEqual([{ key: 'b' }]);
    const next = await get(first.json.next.replace(PUBLIC_URL, ''));
    expect(next.json.values).toEqual([{ key: 'c' }]);
  });
});

describe('who may write', () => {
  const sentence = ({ status, json: said }: Answer) => [status, said?.error.message];

  test('nobody who sent nothing, and nobody without the scope', async () => {
    for (const at of [
      `${R}/commit/${tip}`,
      `${OPEN}/commit/${tip}`,
      '/2.0/repositories/team/none/commit/x',
    ]) {
      expect((await rest.call(`${at}/statuses/build`, undefined, json('POST', BUILD))).status).toBe(401);
      expect((await rest.call(`${at}/statuses/build/ci`, undefined, json('PUT', BUILD))).status).toBe(401);
    }
    const narrow = await rest.bearer('team/app', 'repository:admin', 'wiki');
    const refused = await post(BUILD, narrow);
    expect(refused.status).toBe(403);
    expect(refused.json.error.detail).toEqual({
      required: ['repository'],
      granted: ['repository:admin', 'wiki'],
    });
    expect(refused.headers['x-accepted-oauth-scopes']).toBe('repository');
  });

  test('whoever was given to read, and nobody who reads because it is public', async () => {
    await wipe();
    const at = `${OPEN}/commit/${await rest.git.open.id('main')}`;
    expect((await post({ ...BUILD, key: 'rob' }, rob)).status).toBe(201);
    const eve = await rest.basic('eve', 'repository', 'repository:write', 'repository:admin');
    for (const stranger of [rob, eve]) {
      expect(await keys('', at)).toEqual([]);
      for (const refused of [await post(BUILD, stranger, at), await put('ci', BUILD, stranger, at)]) {
        expect(sentence(refused)).toEqual([
          403,
          'Access denied. You must have read access to this repository.',
        ]);
        expect(refused.json.data.hint).toMatch(/takes read; no role is held here/);
      }
    }
    // What they cannot see is not there.
    expect((await post(BUILD, eve)).status).toBe(404);
    expect((await post(BUILD, jane, at)).status).toBe(201);
    expect(await keys('', at)).toEqual(['ci']);
    // Reading is as public as the repository.
    expect((await rest.call(`${at}/statuses`)).json.size).toBe(1);
    expect((await rest.call(`${C}/statuses`)).status).toBe(404);
  });

  test('a token of the repository, and no other', async () => {
    const other = await rest.bearer('team/open', 'repository:write');
    expect((await post(BUILD, other)).status).toBe(404);
    const open = `${OPEN}/commit/${await rest.git.open.id('main')}`;
    expect((await post(BUILD, token, open)).status).toBe(403);
    expect((await post(BUILD, other, open)).status).toBe(201);
  });

  test('over a status its author, and admins of the repository, of which a row is kept', async () => {
    await wipe();
    await post({ ...BUILD, state: 'FAILED' });
    for (const refused of [await post(BUILD, rob), await put('ci', { state: 'SUCCESSFUL' }, rob)])
      expect(sentence(refused)).toEqual([
        400,
        'key: Somebody else wrote the status of this key: they can change it, and admins of the repository.',
      ]);
    expect((await get(`${C}/statuses/build/ci`)).json.state).toBe('FAILED');
    expect((await post({ ...BUILD, key: 'rob' }, rob)).status).toBe(201);
    // With another credential they are the same person.
    expect((await post({ ...BUILD, key: 'rob' }, await rest.basic('rob', 'repository:write'))).status).toBe(
      201,
    );
    expect(await audits()).toEqual([]);

    expect((await put('ci', { state: 'STOPPED' }, jane)).json.state).toBe('STOPPED');
    // A build goes on with the token that its old one was replaced by.
    expect((await post({ ...BUILD, key: 'rob' })).status).toBe(201);
    const written = await audits();
    expect(written.map(({ detail }) => JSON.parse(detail))).toEqual([
      { commit: tip, replaced: 'ci', was: 'FAILED', of: expect.stringMatching(/^app_user /) },
      { commit: tip, replaced: 'rob', was: 'SUCCESSFUL', of: `account ${rest.people.rob.id}` },
    ]);
  });

  test('over that of another nobody who ceases to be admin while they write', async () => {
    await wipe();
    await post({ ...BUILD, state: 'FAILED' });
    const { services } = rest.host;
    const { secret } = await rest.host.appPassword('rob', ['repository']);
    await rest.host.role(rest.ids.app, rest.people.rob, 'admin');
    const grant = await rest.host.enter('status.write', at('team/app'), basic('rob', secret));
    const commit = await commitOfHash(services, grant, tip);
    await rest.host.role(rest.ids.app, rest.people.rob, 'read');
    await expect(writeStatus(services, grant, commit, BUILD)).rejects.toMatchObject({ code: 'taken' });
    expect((await get(`${C}/statuses/build/ci`)).json.state).toBe('FAILED');
    expect((await writeStatus(services, grant, commit, { ...BUILD, key: 'rob' })).state).toBe('SUCCESSFUL');
  });

  test.each<[string, BoundsInput, number]>([
    ['other refs', { refs: ['refs/heads/release/*'] }, 403],
    ['refs that it may not push to', { deniedRefs: ['refs/heads/x'] }, 403],
    ['files', { paths: ['docs/**'] }, 403],
    ['one push', { pushes: 1 }, 403],
    ['the size of pushes', { maximumBytes: 1000 }, 403],
    ['itself as committer', { authorSelf: true }, 403],
    ['a network far away', { networks: ['192.0.2.0/24'] }, 403],
    ['this network', { networks: ['127.0.0.0/8'] }, 201],
  ])('a credential confined to %s', async (_what, bounds, expected) => {
    await wipe();
    const confined = await bounded(bounds);
    const { status, json: said } = await post(BUILD, confined);
    expect(status).toBe(expected);
    if (expected === 403) expect(said.data.reason).toBe('out_of_bounds');
    expect(await keys()).toEqual(expected === 201 ? ['ci'] : []);
  });

  test('a credential confined to repositories, in these; and one that is good for so many uses, so often', async () => {
    await wipe();
    const here = await bounded({ repositories: [rest.ids.app] }, 'app password');
    expect((await post(BUILD, here)).status).toBe(201);
    const elsewhere = await bounded({ repositories: [rest.ids.open] }, 'app password');
    expect((await post(BUILD, elsewhere)).status).toBe(403);
    const twice = await bounded({ uses: 2 }, 'app password');
    const all = [await post(BUILD, twice), await get(`${C}/statuses`, twice), await post(BUILD, twice)];
    expect(all.map(({ status }) => status)).toEqual([201, 200, 403]);
  });

  test('statuses outlive the credential that wrote them, and follow their repository', async () => {
    await wipe();
    const key = await rest.basic('jane', 'repository', 'repository:admin');
    await post(BUILD);
    const renamed = await rest.call(R, key, json('PUT', { name: 'renamed' }));
    expect(renamed.status).toBe(200);
    const moved = `/2.0/repositories/team/renamed/commit/${tip}/statuses`;
    const { json: listed } = await get(moved);
    expect(listed.values[0].links.self.href).toBe(`${PUBLIC_URL}${moved}/build/ci`);
    const old = await get(`${C}/statuses`);
    expect([old.status, old.headers['location']]).toEqual([301, `${PUBLIC_URL}${moved}`]);
    const written = await post(BUILD);
    expect([written.status, written.headers['location']]).toEqual([308, `${PUBLIC_URL}${moved}/build`]);
    await rest.call('/2.0/repositories/team/renamed', key, json('PUT', { name: 'app' }));
    await database()
      .updateTable('credential')
      .set({ revoked_at: 1 })
      .where('owner_id', '=', rest.ids.app)
      .execute();
    expect((await get(`${C}/statuses`, jane)).json.size).toBe(1);
    expect((await get(`${C}/statuses`)).status).toBe(401);
  });
});
