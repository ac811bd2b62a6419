import { randomBytes } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Commit } from '../../../src/doors/rest/objects/commit.ts';
import { pageOf } from '../../../src/doors/rest/paging.ts';
import { treeBomb } from '../../git/bombs.ts';
import { LFS_POINTER, openRest, PUBLIC_URL, type Answer, type RestHost } from './rest-host.ts';

let rest: RestHost;
let jane: string;
let token: string;
const R = '/2.0/repositories/team/app';

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'account', 'email', 'repository', 'repository:admin', 'repository:delete');
  token = await rest.bearer('team/app', 'repository');
});

const get = (url: string) => rest.call(url, jane);
const names = (answer: { json: { values: { name: string }[] } }) =>
  answer.json.values.map(({ name }) => name);

describe('the account', () => {
  test('is shown to its own credential, user name and all, and without its e-mail address', async () => {
    const { status, json, body } = await get('/2.0/user');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      type: 'user',
      username: 'jane',
      nickname: 'jane',
      display_name: 'jane',
      uuid: `{${rest.people.jane.id}}`,
      account_id: rest.people.jane.accountId,
      account_status: 'active',
      has_2fa_enabled: null,
      created_on: '2026-11-01T00:00:00.000000+00:00',
    });
    expect(body).not.toContain('example.org');
  });

  test('is shown to everybody who has its id, and found by no user name', async () => {
    const { json } = await get('/2.0/user');
    const self = new URL(json.links.self.href).pathname;
    for (const url of [self, `/2.0/users/${json.account_id}`]) {
      for (const who of [undefined, jane, token, await rest.basic('eve', 'wiki')]) {
        const seen = await rest.call(url, who);
        expect(seen.status).toBe(200);
        expect(seen.json).toEqual({
          type: 'user',
          uuid: json.uuid,
          account_id: json.account_id,
          nickname: 'jane',
          display_name: 'jane',
          links: json.links,
        });
      }
    }
    expect((await get(`${self}?fields=uuid`)).json).toEqual({ uuid: json.uuid });
    for (const name of ['jane', 'JANE', '', '{}', '{00000000-0000-0000-0000-000000000000}', '0'.repeat(24)]) {
      expect((await get(`/2.0/users/${encodeURIComponent(name)}`)).status).toBe(404);
    }
    expect((await rest.call(self, 'Bearer none')).status).toBe(401);
  });

  test('has e-mail addresses, for the scope email', async () => {
    const { json } = await get('/2.0/user/emails');
    expect(json).toMatchObject({ pagelen: 10, page: 1, size: 1 });
    expect(json.values[0]).toMatchObject({ email: 'jane@example.org', is_primary: true, type: 'email' });
    const self = new URL(json.values[0].links.self.href);
    expect((await get(self.pathname)).json.email).toBe('jane@example.org');
    expect((await get('/2.0/user/emails/rob@example.org')).status).toBe(404);
  });

  test('has workspaces, in the new form and in the old', async () => {
    const { json } = await get('/2.0/user/workspaces');
    expect(json).toMatchObject({ pagelen: 25, size: 1 });
    expect(json.values[0]).toMatchObject({
      type: 'workspace_access',
      administrator: true,
      workspace: { type: 'workspace_base', slug: 'team', uuid: `{${rest.ids.team}}` },
    });
    expect((await get('/2.0/workspaces')).json.values[0]).toMatchObject({ type: 'workspace', slug: 'team' });
  });
});

describe('workspaces', () => {
  test('by slug, by id in braces and by encoded braces are one', async () => {
    const bySlug = await get('/2.0/workspaces/team');
    expect(bySlug.json).toMatchObject({ type: 'workspace', slug: 'team', name: 'team', is_private: true });
    for (const name of [`{${rest.ids.team}}`, `%7B${rest.ids.team}%7D`, 'TEAM']) {
      expect((await get(`/2.0/workspaces/${name}`)).body).toBe(bySlug.body);
    }
  });

  test('list members, filtered and one by one', async () => {
    const { json } = await get('/2.0/workspaces/team/members');
    expect(json.values).toHaveLength(1);
    expect(json.values[0]).toMatchObject({ type: 'workspace_membership', user: { nickname: 'jane' } });
    expect((await get('/2.0/workspaces/team/members?q=user.nickname="nobody"')).json.size).toBe(0);
    const self = new URL(json.values[0].links.self.href);
    expect((await get(self.pathname)).json.user.nickname).toBe('jane');
    const refused = await get('/2.0/workspaces/team/members?q=user.email IN ("a@b.c")');
    expect(refused.status).toBe(400);
    expect(refused.json.error.message).toBe('Field ".user.email" does not support filtering');
  });
});

describe('repositories', () => {
  test('are listed as far as they can be seen, with filters, sorts and pages', async () => {
    expect(names(await get('/2.0/repositories/team'))).toEqual(['app', 'empty', 'open']);
    expect(names(await get('/2.0/repositories/team?sort=-name'))).toEqual(['open', 'empty', 'app']);
    expect(names(await get('/2.0/repositories/team?q=name ~ "P"'))).toEqual(['app', 'empty', 'open']);
    expect(names(await get('/2.0/repositories/team?q=name = "app" OR is_private = false'))).toEqual([
      'app',
      'open',
    ]);
    expect(names(await rest.call('/2.0/repositories/team'))).toEqual(['open']);
    expect(names(await rest.call('/2.0/repositories/team', token))).toEqual(['app']);
    const rob = await rest.basic('rob', 'repository');
    expect(names(await rest.call('/2.0/repositories/team?role=member', rob))).toEqual(['app']);
    expect(names(await rest.call('/2.0/repositories/team?role=admin', rob))).toEqual([]);
    const first = await get('/2.0/repositories/team?pagelen=2&q=name ~ "p"&access_token=secret');
    expect(first.json).toMatchObject({ size: 3, page: 1, pagelen: 2 });
    expect(first.json.next).not.toContain('secret');
    const second = await get(first.json.next.slice(PUBLIC_URL.length));
    expect(names(second)).toEqual(['open']);
    expect(second.json).not.toHaveProperty('next');
  });

  test('show their data, and a clone address with the user name of the credential’s account', async () => {
    const { json } = await get(R);
    expect(json).toMatchObject({
      type: 'repository',
      full_name: 'team/app',
      scm: 'git',
      is_private: true,
      mainbranch: { type: 'branch', name: 'main' },
      project: { type: 'project', key: 'MAIN' },
      workspace: { type: 'workspace', slug: 'team', name: 'team' },
    });
    expect(json.owner).toEqual({
      type: 'team',
      username: 'team',
      display_name: 'team',
      uuid: json.workspace.uuid,
      links: json.workspace.links,
    });
    expect(json.size).toBeGreaterThan(0);
    expect(json.links.clone).toEqual([
      { name: 'https', href: 'http://jane@localhost:7990/team/app.git' },
      { name: 'ssh', href: 'ssh://git@localhost:7999/team/app.git' },
    ]);
    expect((await rest.call(R, token)).json.links.clone[0].href).toBe('http://localhost:7990/team/app.git');
    expect((await get('/2.0/repositories/team/empty')).json.mainbranch).toBeNull();
  });

  test('by ids in braces, with the workspace or without, are one', async () => {
    const bySlug = (await get(R)).body;
    const id = `%7B${rest.ids.app}%7D`;
    for (const name of [`team/${id}`, `%7B%7D/${id}`, `{}/{${rest.ids.app}}`, `%7B${rest.ids.team}%7D/app`]) {
      expect((await get(`/2.0/repositories/${name}`)).body).toBe(bySlug);
    }
    expect((await get('/2.0/repositories/%7B%7D/app')).status).toBe(404);
    expect((await get('/2.0/repositories/team%2Fapp/app')).status).toBe(404);
  });

  test.each(['/2.0', '/!api/2.0'])('are made, changed, renamed and deleted, under %s', async (prefix) => {
    const url = `${prefix}/repositories/team/made`;
    const made = await rest.call(url, jane, {
      method: 'POST',
      body: { scm: 'git', description: 'By script', project: { key: 'MAIN' }, has_wiki: true },
    });
    expect(made.status).toBe(200);
    expect(made.json).toMatchObject({
      full_name: 'team/made',
      is_private: true,
      has_wiki: true,
      mainbranch: null,
    });

    const twice = await rest.call(url, jane, { method: 'POST' });
    expect(twice.status).toBe(400);
    expect(twice.body).toBe(
      '{"type":"error","error":{"fields":{"name":["You already have a repository with this name."]},"message":"Repository with this Slug and Owner already exists."}}',
    );

    const changed = await rest.call(url, jane, { method: 'PUT', body: { is_private: false } });
    expect(changed.status).toBe(200);
    expect(changed.json).toMatchObject({ is_private: false, description: 'By script', slug: 'made' });

    const renamed = await rest.call(url, jane, { method: 'PUT', body: { name: 'Made Anew' } });
    expect(renamed.status).toBe(200);
    expect(renamed.headers['location']).toBe(`${PUBLIC_URL}${prefix}/repositories/team/made-anew`);
    const old = await rest.call(`${url}?fields=name`, jane);
    expect(old.status).toBe(301);
    expect(old.headers['location']).toBe(`${PUBLIC_URL}${prefix}/repositories/team/made-anew?fields=name`);
    const change = await rest.call(`${url}/commits`, jane, { method: 'POST' });
    expect(change.status).toBe(308);

    const written = await rest.call(`${prefix}/repositories/team/made-anew`, jane, {
      method: 'PUT',
      body: renamed.json,
    });
    expect(written.status).toBe(200);
    expect(written.headers['location']).toBeUndefined();

    const removed = await rest.call(`${prefix}/repositories/team/made-anew`, jane, { method: 'DELETE' });
    expect(removed.status).toBe(204);
    expect(removed.body).toBe('');
    expect((await get(`${prefix}/repositories/team/made-anew`)).status).toBe(404);
  });

  test('are made by PUT where there is none, and answered with 201', async () => {
    const url = '/2.0/repositories/team/put';
    const made = await rest.call(url, jane, { method: 'PUT', body: { description: 'New' } });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ slug: 'put', description: 'New' });
    expect((await rest.call(url, jane, { method: 'DELETE' })).status).toBe(204);
    const eve = await rest.basic('eve', 'repository:admin');
    const there = await rest.call(R, eve, { method: 'PUT', body: {} });
    const missing = await rest.call('/2.0/repositories/team/none', eve, { method: 'PUT', body: {} });
    expect(there.status).toBe(404);
    expect(there.body).toBe(missing.body);
  });

  test('are refused with the field that is wrong, and nothing is made', async () => {
    const post = (slug: string, body: object) =>
      rest.call(`/2.0/repositories/team/${slug}`, jane, { method: 'POST', body });
    for (const [slug, body, field] of [
      ['new', { scm: 'hg' }, 'scm'],
      ['new', { project: { key: 'NONE' } }, 'project'],
      ['new', { website: 'javascript:alert(1)' }, 'website'],
      ['new', { is_private: 'perhaps' }, 'is_private'],
      ['new.git', {}, 'name'],
      ['con', {}, 'name'],
    ] as const) {
      const { status, json } = await post(slug, body);
      expect(status, field).toBe(400);
      expect(Object.keys(json.error.fields), field).toEqual([field]);
      expect((await get(`/2.0/repositories/team/${slug}`)).status).toBe(404);
    }
    const bad = await rest.call('/2.0/repositories/team/new?fields=a..b', jane, { method: 'POST', body: {} });
    expect(bad.status).toBe(400);
    expect((await get('/2.0/repositories/team/new')).status).toBe(404);
  });
});

test('of its own repository a token is told whatever role is asked for, and of no other', async () => {
  const listed = async (query: string, who: string) =>
    (await rest.call(`/2.0/repositories/team?${query}`, who)).json.values.map(
      ({ slug }: { slug: string }) => slug,
    );
  for (const role of ['member', 'contributor', 'admin', 'owner'])
    expect(await listed(`role=${role}`, token), role).toEqual(['app']);
  const rob = await rest.basic('rob', 'repository');
  expect(await listed('role=member', rob)).toEqual(['app']);
  expect(await listed('role=contributor', rob)).toEqual([]);
  const anonymous = await rest.call('/2.0/repositories/team?role=member');
  expect(anonymous.json.values).toEqual([]);
});

describe('commits', () => {
  test('are listed newest first, of all branches, in pages of 30 that carry no numbers', async () => {
    const { json } = await get(`${R}/commits`);
    expect(json.values.map(({ message }: { message: string }) => message)).toEqual([
      'On a branch\n',
      'Second\n',
      'First & <foremost>\n\nWith a body.\n',
    ]);
    expect(json.pagelen).toBe(30);
    expect(json).not.toHaveProperty('size');
    expect(json).not.toHaveProperty('page');
    expect(json.values[2]).toMatchObject({
      type: 'commit',
      author: { type: 'author', raw: 'Jane <JANE@example.org>', user: { type: 'user', nickname: 'jane' } },
      summary: { html: '<p>First &amp; &lt;foremost&gt;</p>\n<p>With a body.</p>' },
      repository: { full_name: 'team/app' },
      parents: [],
    });
    expect(json.values[0].author).toEqual({ type: 'author', raw: 'Ada Example <ada@example.org>' });
    expect((await get('/2.0/repositories/team/empty/commits')).json).toEqual({ pagelen: 30, values: [] });
  });

  test('of a revision, without others, and of a path', async () => {
    const messages = async (tail: string) =>
      (await get(`${R}/commits${tail}`)).json.values.map(
        ({ message }: { message: string }) => message.split('\n')[0],
      );
    expect(await messages('/main')).toEqual(['Second', 'First & <foremost>']);
    expect(await messages('/feature%2Fx?exclude=main')).toEqual(['On a branch']);
    expect(await messages('/feature/x?exclude=main')).toEqual(['On a branch']);
    expect(await messages('/v1.0?path=docs/guide/intro.md')).toEqual(['Second', 'First & <foremost>']);
    expect(await messages('?include=feature/x&include=main&exclude=main')).toEqual(['On a branch']);
    expect(await messages('?path=../x')).toEqual([]);
    expect(await messages('?path=%00')).toEqual([]);
  });

  test('POST is the same listing, with a form, with JSON and with nothing', async () => {
    const whole = (await get(`${R}/commits`)).body;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const json = { 'content-type': 'application/json' };
    const post = (tail: string, headers: Record<string, string>, body?: string) =>
      rest.call(`${R}/commits${tail}`, jane, {
        method: 'POST',
        headers,
        ...(body !== undefined && { body }),
      });
    for (const headers of [{}, form, json]) expect((await post('', headers)).body).toBe(whole);
    const some = (await get(`${R}/commits/feature/x?exclude=main`)).body;
    expect((await post('/feature/x', form, 'exclude=main')).body).toBe(some);
    expect((await post('', form, 'include=feature%2Fx&include=feature%2Fx&exclude=main')).body).toBe(some);
    expect((await post('', json, '{"include":["feature/x"],"exclude":"main"}')).body).toBe(some);
    const paged = await post('', form, 'include=main&pagelen=1');
    const next = await get(paged.json.next.slice(PUBLIC_URL.length));
    expect(next.json.values[0].message).toContain('First');
  });

  test('are put into words once, and anew when somebody behind them or the repository is called otherwise', async () => {
    const first = await get(`${R}/commits/main`);
    const again = await get(`${R}/commits/main`);
    expect(again.body).toBe(first.body);
    const etag = first.headers['etag'] ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(again.headers['etag']).toBe(etag);
    const known = await rest.call(`${R}/commits/main`, jane, { headers: { 'if-none-match': etag } });
    expect([known.status, known.body]).toEqual([304, '']);
    const head = await rest.call(`${R}/commits/main`, jane, { method: 'HEAD' });
    expect(head.headers).toMatchObject({ etag, 'content-length': String(Buffer.byteLength(first.body)) });
    expect((await rest.call(`${R}/commits/main`, jane, { method: 'POST' })).headers).not.toHaveProperty(
      'etag',
    );
    expect((await get(`${R}/commits/main?fields=values.hash`)).json).toEqual({
      values: first.json.values.map(({ hash }: { hash: string }) => ({ hash })),
    });

    const { database } = rest.host.services;
    const call = (display_name: string) =>
      database.updateTable('account').set({ display_name }).where('username', '=', 'jane').execute();
    await call('Jane the Second');
    const renamed = await rest.call(`${R}/commits/main`, jane, { headers: { 'if-none-match': etag } });
    expect(renamed.status).toBe(200);
    expect(renamed.body).toContain('Jane the Second');
    await call(first.json.values[1].author.user.display_name);
    expect((await get(`${R}/commits/main`)).body).toBe(first.body);
  });

  test('are, byte for byte, what their schema lets through', async () => {
    const page = pageOf(Commit);
    for (const tail of [
      '',
      '/main?pagelen=1',
      '/feature/x?exclude=main',
      '/main?exclude=main',
      '?path=%00',
    ]) {
      const { body } = await get(`${R}/commits${tail}`);
      expect(body).toBe(JSON.stringify(page.encode(JSON.parse(body))));
    }
  });

  test('are put together anew for another page, of what is in it as it is now', async () => {
    const { values } = (await get(`${R}/commits/main`)).json;
    const part = async (prefix: string, tail: string) =>
      (await get(`${prefix}/repositories/team/app/commits/${tail}`)).json;
    expect(await part('/2.0', 'main?pagelen=1')).toMatchObject({ pagelen: 1, values: values.slice(0, 1) });
    expect((await part('/2.0', values[1].hash)).values).toEqual(values.slice(1));
    expect(JSON.parse(JSON.stringify(values).replaceAll('/2.0/', '/!api/2.0/'))).toEqual(
      (await part('/!api/2.0', 'main?pagelen=4')).values,
    );

    const { database } = rest.host.services;
    const call = (display_name: string) =>
      database.updateTable('account').set({ display_name }).where('username', '=', 'jane').execute();
    const nameOf = ({ author }: { author: { user?: { display_name: string } } }) => author.user?.display_name;
    const before = values.map(nameOf);
    expect(before).toContain('jane');
    await call('Jane the Third');
    const after = (await part('/2.0', 'main?pagelen=3')).values.map(nameOf);
    expect(after).toEqual(before.map((name?: string) => (name === 'jane' ? 'Jane the Third' : name)));
    await call('jane');

    const rename = (name: string, slug: string) =>
      rest.call(`/2.0/repositories/team/${slug}`, jane, { method: 'PUT', body: { name } });
    expect((await rename('renamed', 'app')).status).toBe(200);
    const moved = (await get('/2.0/repositories/team/renamed/commits/main?pagelen=5')).json.values;
    expect(JSON.stringify(moved)).not.toContain('team/app');
    expect(moved.map(({ hash }: { hash: string }) => hash)).toEqual(
      values.map(({ hash }: { hash: string }) => hash),
    );
    expect((await rename('app', 'renamed')).status).toBe(200);
  });

  test('pages hold on to the history that they began with', async () => {
    const first = await rest.call('/2.0/repositories/team/open/commits/main?pagelen=1');
    await rest.git.open.commit({ branch: 'main', message: 'Third\n', files: [{ path: 'y', content: 'y' }] });
    const second = await rest.call(first.json.next.slice(PUBLIC_URL.length));
    expect(second.json.values[0].message).toContain('First');
  });

  test('are had by number of the page as well', async () => {
    const messages = async (tail: string) =>
      (await get(`${R}/commits${tail}`)).json.values.map(({ message }: { message: string }) => message);
    const all = await messages('');
    expect(await messages('?page=1')).toEqual(all);
    expect(await messages('?page=1&pagelen=2')).toEqual(all.slice(0, 2));
    expect(await messages('?page=2&pagelen=2')).toEqual(all.slice(2));
    expect(await messages('/main?page=2&pagelen=1')).toEqual(all.slice(2));
    expect(await messages('?page=4')).toEqual([]);
    for (const page of ['0', '-1', '999999999', '1.5', 'one']) {
      expect((await get(`${R}/commits?page=${page}`)).json.error.message, page).toBe('Invalid page');
    }
  });

  test('of more revisions than fit into an address go on by POST, and only with them', async () => {
    const known: string[] = (await rest.call('/2.0/repositories/team/open/commits')).json.values.map(
      ({ hash }: { hash: string }) => hash,
    );
    const hashes = Array.from({ length: 120 }, (_, index) => known[index % known.length] ?? '');
    const url = '/2.0/repositories/team/open/commits';
    const post = (to: string, include: readonly string[]) =>
      rest.call(to, undefined, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ include, pagelen: 1 }),
      });
    const seen: string[] = [];
    let next: string | undefined = url;
    for (let pages = 0; next !== undefined && pages < 9; pages++) {
      const { status, json }: Answer = await post(next, hashes);
      expect(status).toBe(200);
      seen.push(...json.values.map(({ hash }: { hash: string }) => hash));
      next = json.next?.slice(PUBLIC_URL.length);
      expect(next?.length ?? 0).toBeLessThan(500);
    }
    expect(seen).toEqual(known);

    const second: string = (await post(url, hashes)).json.next.slice(PUBLIC_URL.length);
    for (const wrong of [await rest.call(second), await post(second, hashes.slice(1))]) {
      expect(wrong.status).toBe(400);
      expect(wrong.json.error.message).toMatch(/send the same body by POST/);
    }
    const names = (count: number) => Array.from({ length: count }, () => 'main');
    expect((await post(url, names(200))).status).toBe(200);
    expect((await post(url, names(201))).status).toBe(400);
    const short = (count: number) => Array.from({ length: count }, () => known[0]?.slice(0, 9) ?? '');
    expect((await post(url, short(50))).status).toBe(200);
    expect((await post(url, short(51))).json.error.message).toMatch(/50 hashes cut short/);
  });

  test('alone, by hash, short hash, branch and tag', async () => {
    const id = await rest.git.app.id('main');
    const { json, body } = await get(`${R}/commit/${id}`);
    expect(json).toMatchObject({ hash: id, participants: [], rendered: { message: { raw: 'Second\n' } } });
    for (const name of [id.slice(0, 8), 'main', 'v1.0', 'light/weight', 'HEAD']) {
      expect((await get(`${R}/commit/${name}`)).body).toBe(body);
    }
  });

  test('have nothing below them here, and are not missing for that', async () => {
    const id = await rest.git.app.id('main');
    const tails = ['comments', 'comments/1', 'approve', 'approve/', 'statuses/build'];
    for (const below of [...tails, 'properties/a/b', 'reports', 'reports/x/annotations']) {
      for (const name of [id, id.slice(0, 8), 'main', 'feature/x', 'light%2Fweight', 'HEAD']) {
        const { status, json } = await get(`${R}/commit/${name}/${below}`);
        expect([status, json.error.message], `${name}/${below}`).toEqual([404, 'Resource not found']);
      }
    }
  });

  test('are missing where what is below them is asked for, and branches may be called like it', async () => {
    for (const [asked, missing] of [
      ['none/statuses', 'none'],
      [`${'0'.repeat(40)}/statuses/build/x`, '0'.repeat(40)],
      ['main/nothing', 'main/nothing'],
      ['statuses', 'statuses'],
    ]) {
      const { status, json } = await get(`${R}/commit/${asked}`);
      expect([status, json.error.message, json.data.shas]).toEqual([404, 'Commit not found', [missing]]);
    }
    await rest.git.app.git(['update-ref', 'refs/heads/odd/comments', 'main']);
    expect((await get(`${R}/commit/odd/comments`)).json.hash).toBe(await rest.git.app.id('main'));
    expect((await get(`${R}/commit/odd/comments/approve`)).json.error.message).toBe('Resource not found');
    await rest.git.app.git(['update-ref', '-d', 'refs/heads/odd/comments']);
    // Where there is something below a commit, a branch of that name is asked for in the other form.
    await rest.git.app.git(['update-ref', 'refs/heads/odd/statuses', 'main']);
    expect((await get(`${R}/commit/odd/statuses`)).json.data.shas).toEqual(['odd']);
    expect((await get(`${R}/commit/odd%2Fstatuses`)).json.hash).toBe(await rest.git.app.id('main'));
    await rest.git.app.git(['update-ref', '-d', 'refs/heads/odd/statuses']);
  });

  test('that are not there are named', async () => {
    for (const url of [
      `${R}/commit/none`,
      `${R}/commits/none`,
      `${R}/commits?include=none`,
      `${R}/src/none/x`,
    ]) {
      const { status, body } = await get(url);
      expect(status).toBe(404);
      expect(body).toBe(
        '{"type":"error","error":{"message":"Commit not found","data":{"shas":["none"]}},"data":{"shas":["none"]}}',
      );
    }
    for (const name of ['main~1', 'main^{tree}', '@{-1}', 'main:README.md', '-n', '--all']) {
      expect((await get(`${R}/commit/${encodeURIComponent(name)}`)).status, name).toBe(404);
    }
  });
});

describe('branches and tags', () => {
  test('are listed, sorted and filtered', async () => {
    expect(names(await get(`${R}/refs/branches`))).toEqual(['feature/x', 'main']);
    expect(names(await get(`${R}/refs/branches?sort=-target.date`))).toEqual(['feature/x', 'main']);
    expect(names(await get(`${R}/refs/branches?sort=-name`))).toEqual(['main', 'feature/x']);
    expect(names(await get(`${R}/refs/branches?q=name ~ "FEAT"`))).toEqual(['feature/x']);
    expect(names(await get(`${R}/refs/tags`))).toEqual(['light/weight', 'v1.0']);
    const all = await get(`${R}/refs?pagelen=3`);
    expect(names(all)).toEqual(['feature/x', 'main', 'light/weight']);
    expect(all.json.size).toBe(4);
    expect(names(await get(all.json.next.slice(PUBLIC_URL.length)))).toEqual(['v1.0']);
    expect((await get(`${R}/refs/branches?sort=color`)).status).toBe(400);
    expect((await get(`${R}/refs/branches?q=target.hash="x"`)).json.error.message).toBe(
      'Field ".target.hash" does not support filtering',
    );
  });

  test('alone, with slashes written either way', async () => {
    const { json, body } = await get(`${R}/refs/branches/feature/x`);
    expect(json).toMatchObject({
      type: 'branch',
      name: 'feature/x',
      default_merge_strategy: 'merge_commit',
      target: { type: 'commit', hash: await rest.git.app.id('feature/x') },
      links: { self: { href: `${PUBLIC_URL}${R}/refs/branches/feature/x` } },
    });
    expect((await get(`${R}/refs/branches/feature%2Fx`)).body).toBe(body);
    expect((await get(`${R}/refs/tags/v1.0`)).json).toMatchObject({
      type: 'tag',
      message: 'Version 1\n',
      tagger: { raw: 'Tina Example <tina@example.org>' },
    });
    expect((await get(`${R}/refs/tags/light%2Fweight`)).json).toMatchObject({ message: null, tagger: null });
    expect((await get(`${R}/refs/branches/feature`)).status).toBe(404);
    expect((await get(`${R}/refs/branches/v1.0`)).status).toBe(404);
  });
});

describe('source', () => {
  test('redirects to the root of the main branch', async () => {
    const { status, headers } = await get(`${R}/src?pagelen=3`);
    expect(status).toBe(302);
    expect(headers['location']).toBe(`${PUBLIC_URL}${R}/src/${await rest.git.app.id('main')}/?pagelen=3`);
    expect((await get('/2.0/repositories/team/empty/src')).status).toBe(404);
  });

  test('sends the bytes of a file, to be saved and not to be run', async () => {
    const { status, body, headers } = await get(`${R}/src/HEAD/docs/index.html`);
    expect(status).toBe(200);
    expect(body).toBe('<script>alert(1)</script>\n');
    expect(headers).toMatchObject({
      'content-type': 'text/html',
      'content-disposition': `attachment; filename="index.html"; filename*=UTF-8''index.html`,
      'cache-control': 'private, max-age=900',
      'x-content-type-options': 'nosniff',
      'content-length': '26',
    });
    const again = await rest.call(`${R}/src/main/docs/index.html`, jane, {
      headers: { 'if-none-match': headers['etag'] ?? '' },
    });
    expect(again.status).toBe(304);
    expect(again.body).toBe('');
    const head = await rest.call(`${R}/src/main/docs/index.html`, jane, { method: 'HEAD' });
    expect(head.headers['content-length']).toBe('26');
    expect((await get(`${R}/src/main/big.bin`)).body).toBe(LFS_POINTER);
    expect((await get(`${R}/src/feature%2Fx/x.txt`)).body).toBe('x');
    expect((await get(`${R}/src/main/docs%2Fguide%2Fintro.md`)).body).toBe('Better\n');
    expect((await get(`${R}/src/main/link`)).body).toBe('README.md');
  });

  test('answers what has no bytes, or cannot be read, as an error with nothing of a file about it', async () => {
    const git = rest.git.open;
    const files = [{ path: 'module', content: '1'.repeat(40), mode: '160000' }] as const;
    await git.commit({ branch: 'submodule', files });
    // Its first bytes, which say what it is, are sound.
    await git.commit({ branch: 'damaged', files: [{ path: 'noise', content: randomBytes(50_000) }] });
    const noise = await git.id('damaged:noise');
    await truncate(join(git.folder, 'objects', noise.slice(0, 2), noise.slice(2)), 20_000);
    const at = '/2.0/repositories/team/open/src';
    const known = { headers: { 'if-none-match': '*' } };
    for (const [url, status, call] of [
      [`${at}/submodule/module`, 404, {}],
      [`${at}/submodule/module`, 404, { method: 'HEAD' }],
      [`${at}/submodule/module`, 404, known],
      [`${at}/damaged/noise`, 503, {}],
    ] as const) {
      const answer = await rest.call(url, undefined, call);
      expect([url, answer.status]).toEqual([url, status]);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'private',
      });
      for (const name of ['etag', 'content-disposition', 'content-security-policy']) {
        expect(answer.headers).not.toHaveProperty(name);
      }
    }
  });

  test('lists directories, level by level, in opaque pages', async () => {
    const paths = async (tail: string) =>
      (await get(`${R}/src/main${tail}`)).json.values.map(({ path }: { path: string }) => path);
    expect(await paths('/')).toContain('docs');
    expect(await paths('/docs')).toEqual(['docs/guide', 'docs/index.html']);
    expect(await paths('/docs/?max_depth=2')).toEqual([
      'docs/guide',
      'docs/index.html',
      'docs/guide/intro.md',
    ]);
    const first = await get(`${R}/src/main/docs?pagelen=2&max_depth=9`);
    const second = await get(first.json.next.slice(PUBLIC_URL.length));
    expect(second.json.values).toMatchObject([{ path: 'docs/guide/intro.md', size: 7 }]);
    expect(second.json).not.toHaveProperty('next');
    expect((await get(`${R}/src/main?max_depth=0`)).status).toBe(400);
  });

  test('filters and sorts directories', async () => {
    const ask = (query: string) => get(`${R}/src/main/?max_depth=9&pagelen=100&${query}`);
    const paths = async (query: string) =>
      (await ask(query)).json.values.map(({ path }: { path: string }) => path);
    const all = await paths('');
    expect(await paths('q=path ~ "intro"')).toEqual(['docs/guide/intro.md']);
    expect((await paths('q=type = "commit_directory"')).toSorted()).toEqual(['bin', 'docs', 'docs/guide']);
    expect(await paths('q=size > 100')).toEqual(['big.bin']);
    expect(await paths('q=path = "bin" OR size > 100')).toEqual(['big.bin', 'bin']);
    expect(await paths('q=path = "zzz"')).toEqual([]);
    expect(await paths('sort=path')).toEqual(all.toSorted());
    expect(await paths('sort=-path')).toEqual(all.toSorted().toReversed());
    expect((await paths('sort=-size'))[0]).toBe('big.bin');
    const [first] = (await ask('sort=-size')).json.values;
    expect(first).toMatchObject({ attributes: expect.arrayContaining(['lfs']), size: LFS_POINTER.length });
    const paged = await get(`${R}/src/main/?max_depth=9&pagelen=2&sort=-path`);
    const next = await get(paged.json.next.slice(PUBLIC_URL.length));
    expect([...paged.json.values, ...next.json.values].map(({ path }: { path: string }) => path)).toEqual(
      all.toSorted().toReversed().slice(0, 4),
    );
    expect((await get(`${R}/src/main/?page=1&max_depth=9&pagelen=100`)).json.values).toHaveLength(all.length);
    for (const [query, message] of [
      ['q=%%%', /could not be understood/],
      ['q=commit.hash = "x"', /Field "\.commit\.hash" does not support filtering/],
      ['sort=type', /Field "\.type" does not support sorting/],
    ] as const) {
      const answer = await ask(query.replace('%%%', '%25%25%25'));
      expect([answer.status, answer.json.error.message]).toEqual([400, expect.stringMatching(message)]);
    }
  });

  test('tells what is there, rather than sending it', async () => {
    const meta = async (path: string) => (await get(`${R}/src/main/${path}?format=meta`)).json;
    expect(await meta('bin/run.sh')).toMatchObject({
      type: 'commit_file',
      path: 'bin/run.sh',
      escaped_path: 'bin/run.sh',
      size: 10,
      attributes: ['executable'],
      commit: { type: 'commit', hash: await rest.git.app.id('main') },
    });
    expect(await meta('link')).toMatchObject({ attributes: ['link'] });
    expect(await meta('big.bin')).toMatchObject({ attributes: ['lfs'] });
    expect(await meta('docs')).toMatchObject({ type: 'commit_directory', path: 'docs' });
    const odd = await meta(encodeURIComponent('sp ace & "quote".txt'));
    expect(odd).toMatchObject({ escaped_path: 'sp ace & \\"quote\\".txt' });
    expect((await get(new URL(odd.links.self.href).pathname)).body).toBe('odd\n');
    const percent = await meta(encodeURIComponent('h%2Fash#.txt'));
    expect((await get(new URL(percent.links.self.href).pathname)).body).toBe('percent\n');
    expect((await get(`${R}/src/main/README.md?format=rendered`)).status).toBe(400);
  });

  test('of trees that name each other many times over are walked so far and no further', async () => {
    const bomb = await treeBomb(rest.git.open, 5);
    await rest.git.open.git(['update-ref', 'refs/heads/bomb', bomb]);
    const url = `/2.0/repositories/team/open/src/${bomb}/?max_depth=50`;
    expect((await rest.call(url)).json.values).toHaveLength(10);
    for (const page of [Buffer.from(`100000000:${bomb}:`).toString('base64url'), '9000000']) {
      const began = performance.now();
      const { status, json } = await rest.call(`${url}&page=${page}`);
      expect([status, json.error.message]).toEqual([400, expect.stringMatching(/at most 100000 entries/)]);
      expect(performance.now() - began).toBeLessThan(15_000);
    }
    const sorted = await rest.call(`${url}&sort=-size`);
    expect([sorted.status, sorted.json.error.message]).toEqual([400, expect.stringMatching(/5000/)]);
    await rest.git.open.git(['update-ref', '-d', 'refs/heads/bomb']);
  });

  test('says which file is missing', async () => {
    const { status, body } = await get(`${R}/src/main/shard.yml`);
    expect(status).toBe(404);
    expect(body).toBe('{"type":"error","error":{"message":"No such file or directory: shard.yml"}}');
  });
});

describe('partial answers', () => {
  test('keep, leave out and add, behind the schema', async () => {
    expect((await get(`${R}?fields=name,links.clone.href`)).json).toEqual({
      name: 'app',
      links: {
        clone: [
          { href: 'http://jane@localhost:7990/team/app.git' },
          { href: 'ssh://git@localhost:7999/team/app.git' },
        ],
      },
    });
    expect((await get(`${R}?fields=-links,-workspace,-owner,-project`)).json).not.toHaveProperty('links');
    expect((await get(`${R}/refs/branches?fields=values.name,next`)).json).toEqual({
      values: [{ name: 'feature/x' }, { name: 'main' }],
    });
    expect((await get(`${R}?fields=-*,%2Bname`)).json).toEqual({ name: 'app' });
    expect((await get(`${R}?fields=deleted_at,workspace_id`)).json).toEqual({});
  });
});

test('the same API answers under /!api/2.0, with links under that prefix', async () => {
  const { json } = await get('/!api/2.0/repositories/team?pagelen=1');
  expect(json.next).toMatch(/^http:\/\/localhost:7990\/!api\/2\.0\/repositories\/team\?/);
  expect(json.values[0].links.self.href).toBe('http://localhost:7990/!api/2.0/repositories/team/app');
  expect((await get('/!api/2.0/user')).status).toBe(200);
});
