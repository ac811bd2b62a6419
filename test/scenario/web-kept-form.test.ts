import { beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person } from '../support/world.ts';
import { WebClient, type WebAnswer } from './web-client.ts';

/** A form that is sent when its session has ended meanwhile: what was typed goes through the sign-in, and is asked about. */

const PLACE = '/-/new-workspace';

let server: TestServer;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  server = await startServer();
  const made = world(server);
  ada = await made.account('ada');
  ben = await made.account('ben');
  await made.workspace('acme', 'ada');
  await made.repository('acme/app');
});

const unescaped = (text: string): string =>
  text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<');

/** The hidden fields of the form with this action, as a browser would send them. */
function hiddenIn({ text }: WebAnswer, action: string): Record<string, string> {
  const form = text.split('<form').find((each) => each.includes(`action="${action}"`)) ?? '';
  const found = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, unescaped(value)]));
}

const typed = { slug: 'kept', name: 'Kept & "quoted"', password: 'not to be kept' };

async function sentWithoutSession(): Promise<[WebClient, WebAnswer]> {
  const client = new WebClient(server.url);
  return [client, await client.post(PLACE, typed)];
}

describe('a form of somebody whose session has ended', () => {
  it('goes through the sign-in, without what is secret, and is sent when its person says so', async () => {
    const [client, asked] = await sentWithoutSession();
    expect(asked.status).toBe(403);
    expect(asked.text).toContain('What you filled in is kept');
    expect(asked.text).not.toContain(typed.password);
    // A wrong password loses nothing either.
    const kept = hiddenIn(asked, '/login');
    const wrong = await client.post('/login', { ...kept, name: 'ada', password: 'wrong' });
    expect([wrong.status, hiddenIn(wrong, '/login')]).toEqual([422, kept]);
    const going = await client.post('/login', { ...kept, name: 'ada', password: ada.password });
    expect(going.status).toBe(200);
    expect(going.text).toContain('You are signed in as <code>ada</code>');
    expect(going.text).toContain('Send it as ada');
    const { slug, name } = typed;
    expect(hiddenIn(going, PLACE)).toEqual({ slug, name });
    // Nothing is made before that.
    expect((await client.get(`/${slug}`)).status).toBe(404);
    expect((await client.post(PLACE, hiddenIn(going, PLACE))).headers.location).toBe(`/${slug}`);
  });

  it('leaves the secret of a webhook behind, and asks for it again instead of going without', async () => {
    const place = '/acme/app/settings/webhooks/new';
    const webhook = { url: 'https://ci.example.com/', events: 'repo:push', active: 'on', secret: 'unspoken' };
    const client = new WebClient(server.url);
    const asked = await client.post(place, webhook);
    expect(asked.text).toContain('What you filled in is kept');
    expect(asked.text).not.toContain('unspoken');
    const login = { ...hiddenIn(asked, '/login'), name: 'ada', password: ada.password };
    const going = await client.post('/login', login);
    const again = await client.post(place, hiddenIn(going, place));
    expect([again.status, again.text]).toEqual([422, expect.stringContaining('Type the secret again')]);
    expect((await client.get('/acme/app/settings/webhooks')).text).toContain('No webhooks yet');
    expect((await client.post(place, webhook)).status).toBe(303);
  });

  it('is sent as nobody else without their being told', async () => {
    const [client, asked] = await sentWithoutSession();
    const going = await client.post('/login', {
      ...hiddenIn(asked, '/login'),
      name: 'ben',
      password: ben.password,
    });
    expect(going.text).toContain('You are signed in as <code>ben</code>');
    expect(going.text).toContain('<dt>slug</dt><dd>kept</dd>');
    expect(going.text).not.toContain('autofocus');
  });

  it('cannot be put there by another site', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    const foreign = await new WebClient(server.url).post(PLACE, typed, headers);
    expect(foreign.text).not.toContain('kept');
    const carrying = { name: 'ada', password: ada.password, action: PLACE, fields: 'slug=x' };
    const signIn = await new WebClient(server.url).post('/login', carrying, headers);
    expect([signIn.status, signIn.cookies]).toEqual([403, []]);
    const elsewhere = { ...carrying, action: 'https://evil.example/' };
    expect((await new WebClient(server.url).post('/login', elsewhere)).headers.location).toBe('/');
  });

  it('leads to the sign-in alone where nothing was typed', async () => {
    const { status, headers } = await new WebClient(server.url).post('/-/sign-out');
    expect([status, headers.location]).toEqual([303, '/login']);
  });
});
