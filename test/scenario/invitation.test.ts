import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person, type World } from '../support/world.ts';
import { WebClient } from './web-client.ts';

const NEW = '/login/new-password';
const CHOSEN = 'nine boats under a low moon';

let server: TestServer;
let make: World;
let root: Person;

beforeAll(async () => {
  server = await startServer();
  make = world(server);
  root = await make.account('root', { admin: true });
});

/** What came by mail to an address, decoded as far as the lines of a link need it. */
async function letterTo(address: string): Promise<string> {
  const folder = join(server.data, 'mail');
  for (let tries = 0; tries < 200; tries += 1) {
    const letters = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : [];
    const found = letters
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .find((text) => text.includes(`To: ${address}`));
    if (found !== undefined) return found.replaceAll('=\n', '').replaceAll('=3D', '=');
    await delay(50);
  }
  throw new Error(`No mail came to ${address}.`);
}

async function takes(link: string, person: Person): Promise<void> {
  const { origin, pathname, searchParams } = new URL(link);
  expect([origin, pathname]).toEqual([server.url.replace('127.0.0.1', 'localhost'), NEW]);
  const code = searchParams.get('code') ?? '';
  expect(await letterTo(person.email)).toContain(link);
  const client = new WebClient(server.url);
  for (let look = 0; look < 2; look += 1) {
    const page = await client.get(`${NEW}?code=${code}`);
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('Choose your password')]);
    expect(page.text).toContain(`Your user name is ${person.name}.`);
  }
  // Nobody can guess what the account has in place of a password.
  expect((await client.signIn({ ...person, password: '' })).status).toBe(422);
  expect((await client.post(`${NEW}?code=${code}`, { next: 'short', again: 'short' })).status).toBe(422);

  const chosen = await client.post(`${NEW}?code=${code}`, { next: CHOSEN, again: CHOSEN });
  expect([chosen.status, chosen.headers.location]).toEqual([303, '/login']);
  expect((await client.get('/login')).text).toContain('Your password is set. Sign in with it.');
  expect((await client.get('/account/settings')).status).not.toBe(200);
  expect((await client.signIn({ ...person, password: CHOSEN })).headers.location).toBe('/');
  expect((await client.get('/account/settings')).status).toBe(200);
  const again = await client.post(`${NEW}?code=${code}`, { next: `${CHOSEN} 2`, again: `${CHOSEN} 2` });
  expect([again.status, again.text]).toEqual([422, expect.stringContaining('used already')]);
  expect(server.output()).not.toContain(code);
}

const people = async (client: WebClient) => (await client.get('/-/admin/users')).text;
const withoutPassword = async (client: WebClient) => (await people(client)).match(/Not chosen yet/g)?.length;

describe('a person who is invited', () => {
  it('from the command line gets a link by mail, which is printed alone as well', async () => {
    const jane = { name: 'jane', email: 'jane@example.org', password: '' };
    const { stdout, stderr, code } = await server.cli(['user', 'invite', 'jane', '--email', jane.email]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^http:\/\/\S+\n$/);
    expect(stderr).toBe(
      'Invited jane: give the link to its person. A server that has a mail server sends it to jane@example.org as well.\n',
    );
    await takes(stdout.trim(), jane);
    const taken = await server.cli(['user', 'invite', 'JANE', '--email', 'other@example.org']);
    expect([taken.code, taken.stdout]).toEqual([1, '']);
    expect(taken.stderr).toContain('taken');
  });

  it('on the page of people gets the same, and the link is shown once', async () => {
    const admin = new WebClient(server.url);
    await admin.signIn(root);
    expect((await admin.get('/-/admin/users/new')).text).toMatch(/name="invite"[^>]*checked/);
    const kim = { name: 'kim', email: 'kim@example.org', password: '' };
    const form = { username: 'kim', email: kim.email, invite: 'on' };
    const made = await admin.post('/-/admin/users/new', form);
    expect(made.status).toBe(200);
    expect(made.text).toContain(`on its way to ${kim.email}`);
    const link = /data-copy-text>(http[^<]+)</.exec(made.text)?.[1] ?? '';
    // The administrator of the first start is the other one.
    expect(await withoutPassword(admin)).toBe(2);
    expect(await people(admin)).not.toContain(link);
    expect((await admin.post('/-/admin/users/new', form)).status).toBe(409);
    await takes(link, kim);
    expect(await withoutPassword(admin)).toBe(1);
  });

  it('by nobody but an administrator', async () => {
    const person = await make.account('lee');
    const client = new WebClient(server.url);
    await client.signIn(person);
    const form = { username: 'mia', email: 'mia@example.org', invite: 'on' };
    expect((await client.post('/-/admin/users/new', form)).status).toBe(403);
    expect((await new WebClient(server.url).post('/-/admin/users/new', form)).status).not.toBe(200);
    const admin = new WebClient(server.url);
    await admin.signIn(root);
    expect(await people(admin)).not.toContain('mia@example.org');
  });
});
