import { beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person, type World } from '../support/world.ts';
import { WebClient } from './web-client.ts';

let server: TestServer;
let make: World;
let ada: Person;
let bob: Person;
let owner: WebClient;
let member: WebClient;

beforeAll(async () => {
  server = await startServer();
  make = world(server);
  ada = await make.account('ada', { admin: true });
  bob = await make.account('bob');
  await make.account('dora');
  owner = new WebClient(server.url);
  member = new WebClient(server.url);
  await owner.signIn(ada);
  await member.signIn(bob);
});

/** The sentence of the notice that a page says after a redirect. */
const said = (text: string): string =>
  /<div class="notice [^"]*"[^>]*><strong>[^<]*<\/strong><div>([^<]*)/.exec(text)?.[1] ?? '';

/** Sends a form that has to be taken, and returns the page that it leads to. */
async function taken(client: WebClient, path: string, form: Record<string, string>): Promise<string> {
  const answer = await client.post(path, form);
  expect(answer.status, `${path}: ${answer.text.slice(0, 4000)}`).toBe(303);
  const led = await client.get(answer.headers.location ?? '');
  expect(led.status).toBe(200);
  return led.text;
}

describe('a name without Latin letters', () => {
  it('needs another for addresses, of a repository and of a group', async () => {
    await taken(owner, '/-/new-workspace', { slug: 'moscow', name: 'Москва' });
    const name = 'Проект';
    for (const place of ['/moscow/-/new-repository', '/moscow/-/groups']) {
      const refused = await owner.post(place, { name });
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('aria-describedby="field-slug-help field-slug-error"');
      const bad = await owner.post(place, { name, slug: 'A B' });
      expect([bad.status, bad.text]).toEqual([422, expect.stringContaining('value="A B"')]);
      expect(await taken(owner, place, { name, slug: 'proekt' })).toContain(name);
    }
    expect((await owner.get('/moscow/proekt')).status).toBe(200);
    expect((await owner.get('/moscow/-/groups')).text).toContain('@proekt');
    const again = await owner.post('/moscow/-/new-repository', { name: 'Other', slug: 'proekt' });
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('id="field-slug-error"')]);
  });
});

describe('a workspace', () => {
  it('is made by whoever wants one, under a name that is free and fit', async () => {
    expect(said(await taken(owner, '/-/new-workspace', { slug: 'acme', name: 'Acme & Sons' }))).toContain(
      'made',
    );
    expect((await owner.get('/acme')).text).toContain('Acme &amp; Sons');
    const again = await owner.post('/-/new-workspace', { slug: 'acme', name: 'Another' });
    expect(again.status).toBe(409);
    expect(again.text).toContain('taken');
    expect(again.text).toContain('value="Another"');
    for (const slug of ['login', 'Acme', 'a..b', '', '../x', 'con']) {
      expect((await owner.post('/-/new-workspace', { slug, name: 'x' })).status, slug).toBe(422);
    }
  });

  it('is missing to who does not belong to it, until they do', async () => {
    expect((await member.get('/acme')).status).toBe(404);
    const page = await taken(owner, '/acme/-/members', { user: 'bob', membership: 'member' });
    expect(page).toContain('<code>bob</code>');
    expect((await member.get('/acme')).status).toBe(200);
    expect((await owner.post('/acme/-/members', { user: 'nobody', membership: 'member' })).status).toBe(422);
  });

  it('makes no owner a member without asking, and says what was changed', async () => {
    const as = (membership: string, more = {}) => ({ user: 'bob', membership, ...more });
    expect(said(await taken(owner, '/acme/-/members', as('owner')))).toBe('The member’s place is changed.');
    const asked = await owner.post('/acme/-/members', as('member'));
    expect([asked.status, asked.text]).toEqual([200, expect.stringContaining('Make bob a member of')]);
    expect((await member.get('/acme/-/settings')).status).toBe(200);
    const changed = await taken(owner, '/acme/-/members', as('member', { confirmed: 'yes' }));
    expect(said(changed)).toBe('The member’s place is changed.');
    expect((await member.get('/acme/-/settings')).status).toBe(403);
    expect(said(await taken(owner, '/acme/-/members', { user: 'dora', membership: 'member' }))).toBe(
      'The member is added.',
    );
  });

  it('lets members create repositories as far as it says so', async () => {
    const form = {
      name: 'Payment Service',
      description: 'Takes <money>.\r\nSecond line.',
      visibility: 'private',
    };
    const made = await member.post('/acme/-/new-repository', form);
    expect(made.headers.location).toBe('/acme/payment-service');
    await taken(owner, '/acme/-/settings', { name: 'Acme' });
    expect((await member.get('/acme')).text).not.toContain('New repository');
    expect((await member.get('/acme/-/new-repository')).status).toBe(403);
    expect((await member.post('/acme/-/new-repository', { ...form, name: 'other' })).status).toBe(403);
    await taken(owner, '/acme/-/settings', {
      name: 'Acme',
      members_may_create: 'on',
      tokens_may_live_forever: 'on',
    });
    const list = (await owner.get('/acme')).text;
    expect(list).toContain('Takes &lt;money&gt;.');
    expect(list).not.toContain('Second line');
    expect(list).not.toContain('other');
  });

  it('refuses a repository of a bad or taken name, keeps what was typed, and makes nothing public by mistake', async () => {
    const taken409 = await owner.post('/acme/-/new-repository', {
      name: 'payment-service',
      description: 'keep me',
    });
    expect(taken409.status).toBe(409);
    expect(taken409.text).toContain('keep me');
    expect((await owner.post('/acme/-/new-repository', { name: '..' })).status).toBe(422);
    expect((await owner.post('/acme/-/new-repository', { name: 'x', project: 'NONE' })).status).toBe(422);
    const odd = await owner.post('/acme/-/new-repository', { name: 'odd', visibility: 'PUBLIC' });
    expect(odd.status).toBe(303);
    expect((await new WebClient(server.url).get('/acme/odd')).status).toBe(404);
  });

  it('holds groups and projects', async () => {
    expect(await taken(owner, '/acme/-/groups', { name: 'Core Developers' })).toContain('@core-developers');
    expect(await taken(owner, '/acme/-/groups/core-developers/add', { user: 'bob' })).toContain(
      'Take out bob',
    );
    const unknown = await owner.post('/acme/-/groups/core-developers/add', { user: 'nobody' });
    expect(unknown.status).toBe(422);
    expect(unknown.text).toMatch(/autofocus aria-invalid="true"[^>]*value="nobody"/);
    const refusedAt = '/acme/-/groups/core-developers/add';
    expect(unknown.text).toContain(`name="return_to" value="${refusedAt}"`);
    expect((await owner.get(refusedAt)).text).toContain('@core-developers');
    const group = '/acme/-/groups/core-developers';
    expect((await owner.get(group)).text).toContain('Delete group');
    expect((await member.get(group)).text).not.toContain('Delete group');
    expect((await owner.get('/acme/-/groups')).text).toContain(`href="${group}"`);
    const taking = '/acme/-/groups/core-developers/remove';
    expect((await owner.get(`${taking}?user=bob`)).text).toContain('What the group holds on repositories');
    expect((await owner.get(group)).text).toContain(`href="${taking}?user=bob"`);
    for (const nothing of [
      '/acme/-/groups/nothing',
      `${taking}?user=nobody`,
      taking,
      '/acme/-/groups/nothing/delete',
    ])
      expect((await owner.get(nothing)).status, nothing).toBe(404);
    expect(await taken(owner, '/acme/-/groups/core-developers/remove', { user: 'bob' })).not.toContain(
      'Take out bob',
    );
    expect(await taken(owner, '/acme/-/groups/core-developers/delete', {})).not.toContain('@core-developers');
    expect((await owner.post('/acme/-/groups/core-developers/delete')).status).toBe(404);
    expect(await taken(owner, '/acme/-/projects', { key: 'pay', name: 'Payments' })).toContain(
      '<code>PAY</code>',
    );
    expect((await owner.post('/acme/-/projects', { key: 'PAY', name: 'Again' })).status).toBe(409);
  });

  it('gives a deleted repository back to its owner', async () => {
    await make.do(['repository', 'delete', 'acme/odd']);
    expect((await owner.get('/acme/odd')).status).toBe(404);
    const deleted = (await owner.get('/acme/-/deleted')).text;
    const id = /name="repository" value="(\{[0-9a-f-]{36}\})"/.exec(deleted)?.[1] ?? '';
    expect((await member.get('/acme/-/deleted')).status).toBe(403);
    expect((await member.post('/acme/-/deleted', { repository: id })).status).toBe(403);
    expect(await taken(owner, '/acme/-/deleted', { repository: id })).toContain('odd');
    expect((await owner.get('/acme/odd')).status).toBe(200);
    expect((await owner.post('/acme/-/deleted', { repository: id })).status).toBe(404);
  });

  it('is left by who is removed, with everything it gave them', async () => {
    await make.role('acme/odd', 'bob', 'read');
    expect((await member.get('/acme/odd')).status).toBe(200);
    expect(await taken(owner, '/acme/-/members/bob/remove', {})).not.toContain('<code>bob</code>');
    for (const nobody of ['bob', 'nobody-here'])
      expect((await owner.get(`/acme/-/members/${nobody}/remove`)).status).toBe(404);
    expect((await member.get('/acme/odd')).status).toBe(404);
    expect((await member.get('/acme')).status).toBe(404);
  });
});

describe('lists', () => {
  it('show and count what the visitor may see, page by page', async () => {
    await make.workspace('many', 'ada');
    for (let number = 10; number < 37; number++) {
      await owner.post('/many/-/new-repository', {
        name: `repo-${number}`,
        visibility: number % 2 === 0 ? 'public' : 'private',
      });
    }
    const first = (await owner.get('/many')).text;
    expect(first).toContain('1–25 of 27');
    expect(first).toContain('href="/many?page=2"');
    const second = (await owner.get('/many?page=2')).text;
    expect(second).toContain('repo-36');
    expect(second).not.toContain('repo-10<');
    const stranger = new WebClient(server.url);
    const seen = (await stranger.get('/many')).text;
    expect(seen.match(/href="\/many\/repo-\d\d"/g)).toHaveLength(14);
    expect(seen).not.toContain('repo-11');
    const found = (await stranger.get('/search?q=REPO-1')).text;
    expect(found).toContain('5 repositories.');
    expect((await stranger.get('/search?q=repo-11')).text).toContain('Nothing was found');
    expect((await stranger.get('/search?q=%25')).text).toContain('Nothing was found');
    expect((await stranger.get('/search?q=%3Cscript%3E&page=0')).text).not.toContain('<script>');
    expect((await stranger.get('/search?page=999999')).status).toBe(200);
    expect((await owner.get('/many?name=repo-2')).text.match(/href="\/many\/repo-\d\d"/g)).toHaveLength(10);
  });
});

describe('an administrator', () => {
  it('makes accounts whose first password is good for one thing', async () => {
    const form = { username: 'carol', display_name: 'Carol', email: 'carol@example.org' };
    const answer = await owner.post('/-/admin/users/new', form);
    expect(answer.status).toBe(200);
    const password = /data-copy-text>([A-Za-z0-9_-]{20})</.exec(answer.text)?.[1] ?? '';
    expect(password).not.toBe('');
    expect((await owner.post('/-/admin/users/new', form)).status).toBe(409);
    expect((await owner.get('/-/admin/users')).text).not.toContain(password);
    const carol = new WebClient(server.url);
    expect((await carol.post('/login', { name: 'carol@example.org', password })).headers.location).toBe(
      '/account/password',
    );
    expect((await carol.get('/')).headers.location).toBe('/account/password');
    expect((await carol.post('/-/new-workspace', { slug: 'carols' })).headers.location).toBe(
      '/account/password',
    );
    const next = 'carol chose this herself';
    const same = await carol.post('/account/password', {
      current: password,
      next: password,
      again: password,
    });
    expect(same.status).toBe(422);
    const short = await carol.post('/account/password', { current: password, next: 'short', again: 'short' });
    expect(short.status).toBe(422);
    expect(short.text).not.toContain(password);
    await taken(carol, '/account/password', { current: password, next, again: next });
    expect((await carol.get('/carols')).status).toBe(404);
    expect((await carol.get('/-/admin/users')).status).toBe(403);
    expect(server.output()).not.toContain(password);
  });
});

describe('the personal settings', () => {
  it('change the profile and what is told, list sessions and end them', async () => {
    const isTold = async () =>
      /<input[^>]*name="pull_request_mail"[^>]*>/
        .exec((await member.get('/account/settings')).text)?.[0]
        .includes(' checked');
    expect(await isTold()).toBe(true);
    expect(
      said(await taken(member, '/account/settings', { display_name: 'Bób', email: 'bob@new.example' })),
    ).toContain('changed');
    expect(await isTold()).toBe(false);
    const profile = { display_name: 'Bób', email: 'bob@new.example' };
    await taken(member, '/account/settings', { ...profile, pull_request_mail: 'on' });
    expect(await isTold()).toBe(true);
    const taken409 = await member.post('/account/settings', { display_name: 'Bob', email: ada.email });
    expect(taken409.status).toBe(409);
    expect(taken409.text).toContain(`value="${ada.email}"`);
    const other = new WebClient(server.url);
    await other.signIn(bob);
    const list = (await member.get('/account/settings/sessions')).text;
    expect(list.match(/\/account\/settings\/sessions\/[0-9a-f-]{36}\/end"/g)).toHaveLength(2);
    // Another person's session is not theirs to end.
    const foreign = /sessions\/([0-9a-f-]{36})\/end/.exec(
      (await owner.get('/account/settings/sessions')).text,
    )?.[1];
    await member.post(`/account/settings/sessions/${foreign}/end`);
    expect((await owner.get('/account/settings')).status).toBe(200);
    await taken(member, '/account/settings/sessions/end-others', {});
    expect((await other.get('/account/settings')).status).toBe(303);
    expect((await member.get('/account/settings')).status).toBe(200);
  });

  it('keep the colours of one browser, and say a notice once', async () => {
    const visitor = new WebClient(server.url);
    await visitor.post('/-/theme', { theme: 'dark', return_to: '/search' });
    expect((await visitor.get('/')).text).toContain('data-theme="dark"');
    expect((await visitor.post('/-/theme', { theme: '"><script>' })).status).toBe(422);
    await visitor.get('/account/settings');
    expect(said((await visitor.get('/login')).text)).toBe('Sign in to go on.');
    expect(said((await visitor.get('/login')).text)).toBe('');
    expect(said((await visitor.get('/login', { cookie: 'latchkey-notice=%3Cb%3Eowned' })).text)).toBe('');
  });

  it('follow a repository to its new name', async () => {
    await make.repository('many/before');
    await make.do(['repository', 'rename', 'many/before', 'after']);
    const answer = await owner.get('/many/before?x=1');
    expect(answer.status).toBe(301);
    expect(answer.headers.location).toBe('/many/after?x=1');
    expect((await new WebClient(server.url).get('/many/before')).status).toBe(404);
  });
});
