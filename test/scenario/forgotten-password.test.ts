import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person, type World } from '../support/world.ts';
import { WebClient } from './web-client.ts';

const ASK = '/login/forgotten';
const NEW = '/login/new-password';
const NEXT = 'seven lamps over a wet quay';

let server: TestServer;
let make: World;
let ada: Person;
let secret: string;

beforeAll(async () => {
  server = await startServer();
  make = world(server);
  ({ ada, secret } = await make.usual());
});

const client = () => new WebClient(server.url);
const letters = (): string[] => {
  const folder = join(server.data, 'mail');
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.eml'))
        .toSorted()
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .filter((letter) => letter.includes('Subject: Choose a new password'))
    : [];
};
/** The letter with a link that has come beside what was there, decoded as far as the lines of a link need it. */
async function nextLetter(before: number): Promise<string> {
  for (let tries = 0; tries < 200 && letters().length <= before; tries += 1) await delay(50);
  expect(letters()).toHaveLength(before + 1);
  return (letters().at(-1) ?? '').replaceAll('=\n', '').replaceAll('=3D', '=');
}
/** Asks for a link, and answers with its code. */
async function codeFor(name: string): Promise<string> {
  const before = letters().length;
  expect((await client().post(ASK, { name })).status).toBe(200);
  const letter = await nextLetter(before);
  const [, origin, code = ''] = /(http:\S+?)\/login\/new-password\?code=([\w-]{43})/.exec(letter) ?? [];
  expect(origin).toBe(server.url.replace('127.0.0.1', 'localhost'));
  return code;
}
const at = (code: string) => `${NEW}?code=${encodeURIComponent(code)}`;
const choose = (code: string, next = NEXT, again = next) => client().post(at(code), { next, again });

describe('a forgotten password', () => {
  it('is answered alike whoever asks, and sends a letter to the address of an account alone', async () => {
    const before = letters().length;
    const known = await client().post(ASK, { name: 'ada' });
    await nextLetter(before);
    const unknown = await client().post(ASK, { name: 'nobody-here' });
    const address = await client().post(ASK, { name: 'nobody@example.org' });
    for (const each of [unknown, address])
      expect([each.status, each.text]).toEqual([known.status, known.text]);
    expect(letters()).toHaveLength(before + 1);
    expect(letters().at(-1)).toContain(`To: ${ada.email}`);
    expect((await client().get('/login')).text).toContain(`href="${ASK}"`);
    expect((await client().post(ASK, { name: ' ' })).status).toBe(422);
  });

  it('is replaced once by the link, which ends all sessions and signs nobody in', async () => {
    const code = await codeFor(ada.email);
    const session = client();
    await session.signIn(ada);
    expect((await session.get('/account/settings')).status).toBe(200);
    // Looking uses nothing up, as programs that look at links in mail do, and a bad password uses nothing up either.
    for (let look = 0; look < 2; look += 1) {
      const page = await client().get(`${NEW}?code=${code}`);
      expect(page.status).toBe(200);
      expect(page.headers['referrer-policy']).toMatch(/no-referrer|same-origin/);
    }
    expect((await choose(code, 'short')).status).toBe(422);
    const refused = await choose(code, NEXT, 'another one altogether');
    expect(refused.status).toBe(422);
    // Whoever switches the colours there comes back to the same page.
    expect(refused.text).toContain(`name="return_to" value="${at(code)}"`);
    expect(refused.text).toContain(`action="${at(code)}"`);
    expect((await client().get(at(code))).text).toContain('New password');

    const outcomes = await Promise.all([choose(code), choose(code), choose(code)]);
    expect(outcomes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 422, 422]);
    const chosen = outcomes.find(({ status }) => status === 303);
    expect(chosen?.headers.location).toBe('/login');
    expect(chosen?.cookies.some((cookie) => /session=[^;]/.test(String(cookie)))).toBe(false);

    expect((await session.get('/account/settings')).status).not.toBe(200);
    expect((await client().signIn(ada)).status).not.toBe(303);
    expect((await client().signIn({ ...ada, password: NEXT })).status).toBe(303);
    const again = await client().get(`${NEW}?code=${code}`);
    expect([again.status, again.text]).toEqual([422, expect.stringContaining('used already')]);
    // Keys go on working: that is what they are for.
    const authorization = `Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`;
    const rest = await fetch(`${server.url}/2.0/repositories/acme/app`, { headers: { authorization } });
    expect(rest.status).toBe(200);
    expect(server.output()).not.toContain(code);
    ada = { ...ada, password: NEXT };
  });

  it('has one link of each account: a password that was set since ends those that wait', async () => {
    const [first, second] = [await codeFor('ada'), await codeFor('ada')];
    expect((await choose(second, 'nine lamps over a wet quay')).status).toBe(303);
    expect((await choose(first)).status).toBe(422);
    const third = await codeFor('ada');
    await make.do(['user', 'password', 'ada', '--password-stdin'], 'chosen by the operator\n');
    expect((await choose(third)).status).toBe(422);
    const fourth = await codeFor('ada');
    await make.do(['user', 'disable', 'ada']);
    expect((await choose(fourth)).status).toBe(422);
    const before = letters().length;
    expect((await client().post(ASK, { name: ada.email })).status).toBe(200);
    await delay(1500);
    expect(letters()).toHaveLength(before);
  });

  it('takes no code that is none', async () => {
    for (const code of [
      '',
      'x',
      'A'.repeat(43),
      '../../x',
      `${'A'.repeat(42)}\n`,
      '\0'.repeat(43),
      'é'.repeat(43),
    ]) {
      const { status, text } = await client().get(`${NEW}?code=${encodeURIComponent(code)}`);
      expect([code, status]).toEqual([code, 422]);
      expect(text).toContain('Ask for another one');
      expect((await choose(code)).status).toBe(422);
    }
  });

  it('T54: cannot be asked for without end', async () => {
    const statuses: number[] = [];
    for (let times = 0; times < 6; times += 1) {
      const { status, headers } = await client().post(ASK, { name: 'somebody-else' });
      statuses.push(status);
      if (status === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });
});
