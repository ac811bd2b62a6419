import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person, type World } from '../support/world.ts';
import { WebClient } from './web-client.ts';

let server: TestServer;
let make: World;
let ada: Person;
let bob: Person;
let secret: string;

beforeAll(async () => {
  server = await startServer({ environment: { LATCHKEY_LOG: 'trace' } });
  make = world(server);
  ada = await make.account('ada');
  bob = await make.account('bob');
  await make.workspace('acme', 'ada');
  await make.workspace('hidden', 'ada');
  await make.repository('acme/app');
  await make.repository('acme/open', { public: true });
  await make.repository('hidden/app');
  secret = await make.appPassword('ada', ['repository:write', 'account']);
});

const client = () => new WebClient(server.url);
async function signedIn(person: Person): Promise<WebClient> {
  const visitor = client();
  expect((await visitor.signIn(person)).status).toBe(303);
  return visitor;
}
const basic = (name: string, password: string) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const formToken = (text: string) => /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? '';

describe('the session cookie', () => {
  it('is bound to this host, kept from scripts and sent by https alone, as the browser counts localhost', async () => {
    const { cookies, headers } = await client().signIn(ada);
    expect(cookies).toHaveLength(2);
    expect(cookies[1]).toMatch(
      /^__Host-latchkey-browser=[A-Za-z0-9_-]{43}; Max-Age=34560000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(cookies[0]).toMatch(
      /^__Host-latchkey=[A-Za-z0-9_-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(headers['cache-control']).toBe('no-store');
  });

  it('has a plain name where the browser would not keep the other, and neither stands in for the other', async () => {
    const { port } = new URL(server.url);
    const host = `git.example.org:${port}`;
    const visitor = client();
    const { cookies } = await visitor.send('/login', {
      method: 'POST',
      headers: { host, origin: `http://${host}` },
      form: { name: 'ada', password: ada.password },
    });
    expect(cookies[0]).toMatch(/^latchkey=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/);
    expect((await visitor.get('/account/settings', { host })).status).toBe(200);
    expect((await visitor.get('/account/settings')).status).toBe(303);
  });

  it('ends with signing out, on the server as well', async () => {
    const visitor = await signedIn(ada);
    const kept = visitor.cookie;
    const { status, cookies } = await visitor.post('/-/sign-out');
    expect(status).toBe(303);
    expect(cookies.some((each) => each.startsWith('__Host-latchkey=; '))).toBe(true);
    expect((await client().get('/account/settings', { cookie: kept })).status).toBe(303);
  });

  it('of another browser ends when the password is changed', async () => {
    const carol = await make.account('carol');
    const [here, there] = [await signedIn(carol), await signedIn(carol)];
    const next = 'a new password of many words';
    const form = { current: carol.password, next, again: next };
    expect((await here.post('/account/password', form)).status).toBe(303);
    expect((await here.get('/account/settings')).status).toBe(200);
    expect((await there.get('/account/settings')).status).toBe(303);
    expect((await client().signIn(carol)).status).toBe(422);
  });
});

/** Sends the head of a request, does something while the server waits for the body, and then sends that. */
async function sendInTwo(
  head: readonly string[],
  body: string,
  between: () => Promise<void>,
): Promise<string> {
  const { port } = new URL(server.url);
  const socket = connect(Number(port), 'localhost');
  await once(socket, 'connect');
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  // The interim answer says that the head was read and the request admitted.
  const expectation = 'Expect: 100-continue';
  const lines = [...head, `Host: localhost:${port}`, length, expectation, 'Connection: close'];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  // Any other answer comes behind that of the head that is still waiting.
  await client().get('/');
  await between();
  socket.write(body);
  return text(socket);
}

describe('a request whose right ends while its body is awaited', () => {
  it('makes no app password for a session that was ended', async () => {
    const [stolen, own] = [await signedIn(ada), await signedIn(ada)];
    const token = formToken((await stolen.get('/account/settings/app-passwords/new')).text);
    const head = [
      'POST /account/settings/app-passwords/new HTTP/1.1',
      `Cookie: ${stolen.cookie}`,
      'Sec-Fetch-Site: same-origin',
      'Content-Type: application/x-www-form-urlencoded',
    ];
    const body = new URLSearchParams({ label: 'too late', scopes: 'repository', form_token: token });
    const answer = await sendInTwo(head, body.toString(), async () => {
      expect((await own.post('/account/settings/sessions/end-others')).status).toBe(303);
    });
    expect(answer).toContain('403 Forbidden');
    expect(answer).toContain('action="/login"');
    expect(answer).not.toContain('lkap_');
    expect((await own.get('/account/settings/app-passwords')).text).not.toContain('too late');
  });

  it.each(['PUT', 'POST'])('changes nothing by %s for an app password that was revoked', async (method) => {
    const visitor = await signedIn(ada);
    const created = await make.appPassword('ada', ['repository:admin', 'repository']);
    const slug = `late-${method.toLowerCase()}`;
    const id = /\/app-passwords\/(cred_\w+)\/revoke/.exec(
      (await visitor.get('/account/settings/app-passwords')).text,
    )?.[1];
    const head = [
      `${method} /2.0/repositories/acme/${slug} HTTP/1.1`,
      `Authorization: ${basic('ada', created)}`,
      'Content-Type: application/json',
    ];
    const answer = await sendInTwo(head, '{"scm":"git"}', async () => {
      expect((await visitor.post(`/account/settings/app-passwords/${id}/revoke`)).status).toBe(303);
    });
    expect(answer).toContain('401 Unauthorized');
    expect((await visitor.get(`/acme/${slug}`)).status).toBe(404);
  });
});

describe('a form from elsewhere', () => {
  const attempts: readonly (readonly [what: string, headers: Readonly<Record<string, string>>])[] = [
    ['no word of where it comes from', {}],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a sister of this host', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that is hidden', { origin: 'null' }],
    ['a word that does not exist', { 'sec-fetch-site': 'friendly' }],
    ['another site that claims our origin', { 'sec-fetch-site': 'cross-site', origin: 'http://localhost' }],
  ];

  it.each(attempts)('with %s changes nothing', async (_what, headers) => {
    const visitor = await signedIn(bob);
    const made = await visitor.send('/-/new-workspace', { method: 'POST', headers, form: { slug: 'evil' } });
    expect(made.status).toBe(403);
    expect(made.text).toContain('Nothing was changed');
    expect((await visitor.get('/evil')).status).toBe(404);
    const out = await visitor.send('/-/sign-out', { method: 'POST', headers, form: {} });
    expect(out.status).toBe(403);
    expect((await visitor.get('/account/settings')).status).toBe(200);
    const signIn = await client().send('/login', {
      method: 'POST',
      headers,
      form: { name: 'bob', password: bob.password },
    });
    expect(signIn.status).toBe(403);
    expect(signIn.cookies).toEqual([]);
  });

  it.each([{ 'sec-fetch-site': 'none' }, { origin: 'OWN' }])('of our own passes: %o', async (headers) => {
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'OWN' ? server.url : value]),
    );
    const { status } = await client().send('/login', {
      method: 'POST',
      headers: own,
      form: { name: 'bob', password: bob.password },
    });
    expect(status).toBe(303);
  });

  it('is read as a form or not at all', async () => {
    const visitor = await signedIn(bob);
    const same = { 'sec-fetch-site': 'same-origin' };
    const json = { ...same, 'content-type': 'application/json' };
    expect(
      (await visitor.send('/-/new-workspace', { method: 'POST', headers: json, body: '{"slug":"evil"}' }))
        .status,
    ).toBe(415);
    const large = await visitor.post('/-/new-workspace', { slug: 'evil', name: 'x'.repeat(300_000) });
    expect(large.status).toBe(413);
    expect((await visitor.get('/evil')).status).toBe(404);
  });
});

describe('credentials and pages (T7, T18)', () => {
  const PAGES = [
    '/',
    '/login',
    '/search',
    '/acme',
    '/acme/open',
    '/account/settings/app-passwords',
    '/account/settings',
  ];

  it.each(PAGES)('a credential opens nothing at %s, not even beside a cookie', async (path) => {
    const visitor = await signedIn(ada);
    const before = visitor.cookie;
    for (const authorization of [
      basic('ada', secret),
      basic('ada', ada.password),
      `Bearer ${secret}`,
      `Bearer ${await make.accessToken('acme/app', ['repository'])}`,
    ]) {
      for (const headers of [{ authorization }, { authorization, cookie: before }]) {
        const answer = await client().get(path, headers);
        expect(answer.status).toBe(401);
        expect(answer.text).toContain('Pages take no credential');
        expect(answer.text).not.toContain('Personal settings');
        expect(answer.cookies).toEqual([]);
        expect(answer.headers['www-authenticate']).not.toMatch(/basic/i);
      }
    }
  });

  it('makes no credential through a credential', async () => {
    const before = await make.credentials({ user: 'ada' });
    const form = { label: 'evil', scopes: 'repository:admin', form_token: 'A'.repeat(22) };
    const answer = await client().post('/account/settings/app-passwords/new', form, {
      authorization: basic('ada', secret),
    });
    expect(answer.status).toBe(401);
    expect(await make.credentials({ user: 'ada' })).toHaveLength(before.length);
  });

  it('reads no token from the address, and writes none to the log (T59)', async () => {
    const answer = await client().get(`/account/settings?access_token=${secret}&token=${secret}`);
    expect(answer.status).toBe(303);
    expect((await client().get(`/?access_token=${secret}`)).text).toContain('Sign in');
    expect(server.output()).not.toContain(secret);
    expect(server.output()).not.toContain(ada.password);
  });

  it('takes no cookie for the API or for Git', async () => {
    const { cookie } = await signedIn(ada);
    const api = await client().get('/2.0/user', { cookie });
    expect(api.status).toBe(401);
    expect(api.text).not.toContain('ada');
    expect((await client().get('/acme/app.git/info/refs?service=git-upload-pack', { cookie })).status).toBe(
      401,
    );
  });
});

describe('strangers', () => {
  const BELOW = ['', '/', '?page=2'];

  it('cannot tell a private thing from a missing one', async () => {
    const seen = async (visitor: WebClient, path: string) => {
      const { status, text, headers } = await visitor.get(path);
      // Their own input comes back in two addresses, encoded and not.
      const neutral = (words: string) =>
        words.replaceAll(encodeURIComponent(path), '…').replaceAll(path, '…');
      const said = { ...headers, date: '', 'content-length': '', location: neutral(headers.location ?? '') };
      return { status, text: neutral(text), headers: said };
    };
    for (const visitor of [client(), await signedIn(bob)]) {
      for (const below of BELOW) {
        const missing = await seen(visitor, `/acme/nothing${below}`);
        expect(missing.status).toBe(404);
        expect(await seen(visitor, `/acme/app${below}`)).toEqual(missing);
        expect(await seen(visitor, `/hidden${below}`)).toEqual(await seen(visitor, `/nobody${below}`));
      }
      for (const place of ['members', 'groups', 'settings', 'deleted', 'new-repository']) {
        expect(await seen(visitor, `/hidden/-/${place}`)).toEqual(await seen(visitor, `/nobody/-/${place}`));
      }
    }
  });

  it('are led to sign in, and back to where they were going', async () => {
    const { status, headers } = await client().get('/account/settings/app-passwords?x=1');
    expect(status).toBe(303);
    expect(headers.location).toBe('/login?next=%2Faccount%2Fsettings%2Fapp-passwords%3Fx%3D1');
    const next = '/account/settings/app-passwords?x=1';
    const signedIn = await client().post('/login', { name: 'ada', password: ada.password, next });
    expect(signedIn.headers.location).toBe(next);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '/.//evil.example',
    '/x/..//evil.example',
    'evil.example',
    ' /evil',
    `/${'x'.repeat(5000)}`,
  ])('are not led away by next=%s', async (next) => {
    const answer = await client().post('/login', { name: 'ada', password: ada.password, next });
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toBe('/');
    const visitor = await signedIn(ada);
    const already = await visitor.get(`/login?next=${encodeURIComponent(next)}`);
    expect(already.headers.location).toBe('/');
    const theme = await client().post('/-/theme', { theme: 'dark', return_to: next });
    expect(theme.headers.location).toBe('/');
  });
});

describe('guessing passwords (T54)', () => {
  it('T54: sounds the same for a name that exists and one that does not, and slows down alike', async () => {
    await make.account('dora');
    const guess = async (name: string) => {
      const { status, text } = await client().post('/login', { name, password: 'wrong wrong wrong' });
      // The challenge to passkeys is another one on every page.
      const same = text.replaceAll(name, '…').replace(/challenge&quot;:&quot;[\w-]+/, 'challenge');
      return { status, text: same };
    };
    for (let attempt = 1; attempt <= 12; attempt++) {
      const [real, invented] = [await guess('dora'), await guess('nora')];
      expect(real).toEqual(invented);
      expect(real.status).toBe(attempt <= 10 ? 422 : 429);
    }
    // Somebody else at the same address is not kept out.
    expect((await client().signIn(bob)).status).toBe(303);
  });

  it('keeps the name that was typed and never the password', async () => {
    const { text } = await client().post('/login', { name: 'ada', password: 'do-not-echo-this' });
    expect(text).toContain('value="ada"');
    expect(text).not.toContain('do-not-echo-this');
    expect(server.output()).not.toContain('do-not-echo-this');
  });
});

describe('making an app password', () => {
  const address = '/account/settings/app-passwords/new';

  it('happens once for each form, whatever is sent again', async () => {
    const visitor = await signedIn(bob);
    const form = {
      label: 'once',
      tasks: ['push', 'clone'],
      form_token: formToken((await visitor.get(address)).text),
    };
    const first = await visitor.post(address, form);
    expect(first.status).toBe(200);
    expect(first.headers['cache-control']).toBe('no-store');
    expect(first.text.match(/lkap_[A-Za-z0-9]{38}/)).not.toBeNull();
    const again = await visitor.post(address, form);
    expect(again.status).toBe(409);
    expect(again.text).not.toMatch(/lkap_[A-Za-z0-9]{38}/);
    expect((await visitor.post(address, { ...form, form_token: '' })).status).toBe(409);
    const made = await make.credentials({ user: 'bob' });
    expect(made).toHaveLength(1);
    // Pushing brings fetching along: the narrower of the two is not written down beside it.
    expect(made[0]?.['scopes']).toEqual(['repository:write']);
  });

  it('refuses what makes no sense, keeps what was typed, and makes nothing', async () => {
    const visitor = await signedIn(ada);
    const before = await make.credentials({ user: 'ada' });
    const token = async () => formToken((await visitor.get(address)).text);
    const noScope = await visitor.post(address, { label: 'keep <this> label', form_token: await token() });
    expect(noScope.status).toBe(422);
    expect(noScope.text).toContain('value="keep &lt;this&gt; label"');
    expect(noScope.text).toContain('Choose at least one scope');
    const noLabel = await visitor.post(address, { label: ' ', tasks: 'push', form_token: await token() });
    expect(noLabel.status).toBe(422);
    expect(noLabel.text).toMatch(/value="push" checked/);
    expect(noLabel.text).toMatch(/id="field-label" name="label"[^>]*autofocus[^>]*aria-invalid="true"/);
    const unknown = await visitor.post(address, {
      label: 'x',
      scopes: 'repository:read',
      form_token: await token(),
    });
    expect(unknown.status).toBe(422);
    expect(await make.credentials({ user: 'ada' })).toHaveLength(before.length);
  });

  it('reads a key back without making one', async () => {
    const visitor = await signedIn(ada);
    for (const [path, of, opens] of [
      [address, { user: 'ada' }, 'push to a repository'],
      ['/acme/app/settings/access-tokens/new', { repository: 'acme/app' }, 'push to a repository'],
    ] as const) {
      const before = await make.credentials(of);
      const form = {
        label: 'only asking',
        tasks: 'push',
        read_back: '1',
        form_token: formToken((await visitor.get(path)).text),
      };
      for (const _again of [1, 2]) {
        const { status, text } = await visitor.post(path, form);
        expect(status).toBe(200);
        expect(text).toContain('“only asking”');
        expect(text).toContain(opens);
        expect(text).not.toMatch(/lk[ar][pt]_[A-Za-z0-9]{38}/);
      }
      expect(await make.credentials(of)).toHaveLength(before.length);
    }
  });

  it('leaves the secret on no other page and in no log (T60)', async () => {
    const visitor = await signedIn(ada);
    const form = {
      label: 'seen once',
      tasks: 'clone',
      form_token: formToken((await visitor.get(address)).text),
    };
    const made = /lkap_[A-Za-z0-9]{38}/.exec((await visitor.post(address, form)).text)?.[0] ?? 'none';
    expect(made).toMatch(/^lkap_/);
    const [listed] = await make.credentials({ user: 'ada' });
    const id = String(listed?.['id']);
    for (const path of [
      '/',
      '/account/settings',
      address,
      '/account/settings/app-passwords',
      `/account/settings/app-passwords/${id}/revoke`,
    ]) {
      const { status, text } = await visitor.get(path);
      expect(status).toBe(200);
      expect(text).not.toContain(made);
      expect(text).not.toContain(made.slice(5, 20));
    }
    expect(server.output()).not.toContain(made);
    expect(JSON.stringify(await make.credentials({ user: 'ada' }))).not.toContain(made.slice(5, 20));
  });

  it('is for its owner alone to see and to revoke', async () => {
    const [listed] = await make.credentials({ user: 'ada' });
    const id = String(listed?.['id']);
    const visitor = await signedIn(bob);
    const path = `/account/settings/app-passwords/${id}/revoke`;
    expect((await visitor.get(path)).status).toBe(404);
    expect((await visitor.post(path)).status).toBe(404);
    const [still] = (await make.credentials({ user: 'ada' })).filter((each) => each['id'] === id);
    expect(still?.['state']).toBe('active');
  });
});

describe('roles on pages', () => {
  it('keep members from what owners do, and people from what administrators do', async () => {
    const owner = await signedIn(ada);
    expect((await owner.post('/acme/-/members', { user: 'bob', membership: 'member' })).status).toBe(303);
    const member = await signedIn(bob);
    expect((await member.get('/acme/-/members')).text).not.toContain('Add a member');
    for (const [path, form] of [
      ['/acme/-/members', { user: 'bob', membership: 'owner' }],
      ['/acme/-/members/ada/remove', {}],
      ['/acme/-/groups', { name: 'Mine' }],
      ['/acme/-/projects', { key: 'MINE', name: 'Mine' }],
      ['/acme/-/settings', { name: 'Mine' }],
      ['/acme/-/deleted', { repository: 'x' }],
      ['/-/admin/users/new', { username: 'eve', email: 'eve@example.org' }],
    ] as const) {
      expect((await member.post(path, form)).status, path).toBe(403);
    }
    expect((await member.get('/-/admin/users')).status).toBe(403);
    const members = (await owner.get('/acme/-/members')).text;
    expect(members).toContain('Owner');
    expect(members.match(/<td class="" data-label="Place">Owner/g)).toHaveLength(1);
  });

  it('never leave a workspace without an owner', async () => {
    const owner = await signedIn(ada);
    expect((await owner.post('/hidden/-/members/ada/remove')).status).toBeGreaterThanOrEqual(400);
    const demote = { user: 'ada', membership: 'member' };
    // Asked about first; whoever goes on is refused.
    const asked = await owner.post('/hidden/-/members', demote);
    expect([asked.status, asked.text]).toEqual([200, expect.stringContaining('Make ada a member of')]);
    const confirmed = await owner.post('/hidden/-/members', { ...demote, confirmed: 'yes' });
    expect(confirmed.status).toBeGreaterThanOrEqual(400);
    expect((await owner.get('/hidden/-/settings')).status).toBe(200);
  });
});

describe('every answer', () => {
  it('carries the headers that keep it to itself', async () => {
    for (const path of [
      '/',
      '/login',
      '/nothing',
      '/account/settings',
      '/-/health',
      '/robots.txt',
      '/favicon.ico',
    ]) {
      const { headers } = await client().get(path);
      expect(headers['content-security-policy'], path).toBe(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers['x-content-type-options'], path).toBe('nosniff');
      expect(headers['referrer-policy'], path).toBe('same-origin');
      expect(headers['cross-origin-opener-policy'], path).toBe('same-origin');
      expect(headers['strict-transport-security'], path).toBeUndefined();
    }
  });

  it('caches nothing but files, and those for good', async () => {
    const page = await client().get('/login');
    expect(page.headers['cache-control']).toBe('no-store');
    const style = /href="(\/-\/assets\/[0-9a-f]{12}\/style\.css)"/.exec(page.text)?.[1] ?? '';
    const served = await client().get(style);
    expect(served.status).toBe(200);
    expect(served.headers['cache-control']).toContain('immutable');
    expect((await client().get('/-/assets/000000000000/style.css')).status).toBe(404);
    expect((await client().get('/-/pieces')).status).toBe(404);
  });
});
