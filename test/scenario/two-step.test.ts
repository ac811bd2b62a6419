import { readFile } from 'node:fs/promises';
import { TOTP, Secret as Seed } from 'otpauth';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { seeInEveryLook } from '../support/looks.ts';
import { git, newRepository } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { hasSsh, newSshKey, sshGit } from '../support/ssh.ts';
import { world, type Person, type World } from '../support/world.ts';
import { WebClient } from './web-client.ts';

const SETTINGS = '/account/settings/two-step';
const STEP = 30_000;
const NEEDED = 'To access this repository, enable two-step authentication.';

let server: TestServer;
let browser: TestBrowser;
let make: World;
let ada: Person;
let bob: Person;
let page: Page;
let seed = '';
let codes: string[] = [];
/** The code that ada signed in with: half a minute later it is not the one that her app shows. */
let usedCode = '';

const appCode = (steps: number): string =>
  TOTP.generate({
    secret: Seed.fromBase32(seed),
    digits: 6,
    period: 30,
    timestamp: Date.now() + steps * STEP,
  });

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  make = world(server);
  ada = await make.account('ada', { admin: true, displayName: 'Ada Lovelace' });
  bob = await make.account('bob');
  await make.workspace('acme', 'ada');
  await make.repository('acme/app');
  await make.repository('acme/open', { public: true });
  await make.role('acme/app', 'bob', 'write');
  page = await browser.newPage();
});

async function fillSignIn(on: Page, person: Person): Promise<void> {
  await on.goto(`${server.url}/login`);
  await on.getByLabel('User name').fill(person.name);
  await on.getByLabel('Password').fill(person.password);
  await on.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signOut(on: Page): Promise<void> {
  await on.context().clearCookies({ name: '__Host-latchkey' });
}

/** What Bob's SSH key opens; nothing is asked where there is no ssh on this machine. */
async function bobsSsh() {
  if (!hasSsh) {
    const nothing = async (_path: string): Promise<void> => {};
    return { opens: nothing, isRefused: nothing, pushes: nothing };
  }
  const key = await newSshKey('bob');
  await make.do(['ssh-key', 'add', 'bob', '--label', 'laptop'], key.line);
  const local = await newRepository('bobs');
  const push = (path: string) =>
    sshGit(key, ['push', `${server.ssh}/${path}.git`, 'HEAD:refs/heads/bobs'], { cwd: local });
  const refs = (path: string) => sshGit(key, ['ls-remote', `${server.ssh}/${path}.git`]);
  return {
    async opens(path: string) {
      expect(await refs(path)).toMatchObject({ code: 0 });
    },
    async isRefused(path: string) {
      for (const { code, stderr } of [await refs(path), await push(path)]) {
        expect(code).not.toBe(0);
        expect(stderr).toContain(NEEDED);
      }
    },
    async pushes(path: string) {
      // Nothing of the push that was refused is there.
      expect((await refs(path)).stdout).not.toContain('refs/heads/bobs');
      expect(await push(path)).toMatchObject({ code: 0 });
      expect((await refs(path)).stdout).toContain('refs/heads/bobs');
    },
  };
}

const see = (on: Page, name: string) => seeInEveryLook(on, `two-step-${name}`);

async function virtualAuthenticator(context: BrowserContext, on: Page): Promise<[CDPSession, string]> {
  const session = await context.newCDPSession(on);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return [session, authenticatorId];
}

describe('two-step verification in a browser', () => {
  it('is turned on by an authenticator app, once a code of it was typed, and ends the other sessions', async () => {
    const elsewhere = new WebClient(server.url);
    await elsewhere.signIn(ada);
    await fillSignIn(page, ada);
    await page.goto(server.url + SETTINGS);
    await see(page, 'off');
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
    await page.getByRole('heading', { name: 'Authenticator app' }).waitFor();
    seed = ((await page.locator('[data-copy-text]').textContent()) ?? '').replaceAll(' ', '');
    expect(seed).toMatch(/^[A-Z2-7]{32}$/);
    await see(page, 'app');
    await page.getByLabel('Six digits').fill('000000');
    await page.getByRole('button', { name: 'Confirm the app' }).click();
    await page.getByText('This is not the code that the app should show now').waitFor();
    expect((await elsewhere.get(SETTINGS)).status).toBe(200);
    await page.getByLabel('Six digits').fill(appCode(-1));
    await page.getByRole('button', { name: 'Confirm the app' }).click();
    await page.getByRole('heading', { name: 'Two-step verification is on' }).waitFor();
    codes = await page.locator('.recovery-codes code').allTextContents();
    expect(codes).toHaveLength(10);
    await see(page, 'codes');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download as a file' }).click();
    const file = await readFile(await (await download).path(), 'utf8');
    for (const code of codes) expect(file).toContain(code);
    await page.getByRole('link', { name: 'I have stored them' }).click();
    expect(await page.content()).not.toContain(codes[0]);
    expect(await page.content()).not.toContain(seed);
    expect((await elsewhere.get(SETTINGS)).headers['location']).toContain('/login');
  });

  it('asks for the second step, which a wrong code is not, and leads on to where one was going', async () => {
    await signOut(page);
    await page.goto(`${server.url}/acme/app`);
    await page.goto(`${server.url}/login?next=%2Facme%2Fapp`);
    await page.getByLabel('User name').fill('ada');
    await page.getByLabel('Password').fill(ada.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Second step' }).waitFor();
    await see(page, 'second-step');
    // The password alone opens nothing.
    const cookies = await page.context().cookies();
    expect(cookies.map(({ name }) => name)).not.toContain('__Host-latchkey');
    await page.getByLabel('Code of your authenticator app').fill('123123');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('This code is not right, or was used already').waitFor();
    usedCode = appCode(0);
    await page.getByLabel('Code of your authenticator app').fill(usedCode);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL(`${server.url}/acme/app`);
  });

  it('keeps a form that was sent without a session through both steps', async () => {
    const client = new WebClient(server.url);
    const asked = await client.post('/-/new-workspace', { slug: 'kept', name: 'Kept' });
    expect([asked.status, asked.text]).toEqual([403, expect.stringContaining('action="/login"')]);
    const carried = { action: '/-/new-workspace', fields: 'slug=kept&name=Kept' };
    const second = await client.post('/login', { ...carried, name: 'ada', password: ada.password });
    for (const page of [second, await client.post('/login/second-step', { ...carried, code: '123' })]) {
      expect(page.text).toContain('name="fields" value="slug=kept&amp;name=Kept"');
      expect(page.text).not.toContain('Send it as');
    }
    const going = await client.post('/login/second-step', { ...carried, code: codes.at(-1) ?? '' });
    expect([going.status, going.text]).toEqual([200, expect.stringContaining('Send it as ada')]);
  });

  it('T55: takes no code twice; a recovery code works once, of two at once for one', async () => {
    const [one, two] = [new WebClient(server.url), new WebClient(server.url)];
    for (const client of [one, two]) {
      const { headers } = await client.signIn(ada);
      expect(headers['location']).toBe('/login/second-step');
    }
    const used = await one.post('/login/second-step', { code: usedCode });
    expect(used.status).toBe(422);
    const code = codes[0] ?? '';
    const tries = await Promise.all([one, two].map((each) => each.post('/login/second-step', { code })));
    expect(tries.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 422]);
    const again = new WebClient(server.url);
    await again.signIn(ada);
    expect((await again.post('/login/second-step', { code })).status).toBe(422);
    // Headers that other hosts took a code from say nothing here.
    const secret = await make.appPassword('ada', ['account']);
    const user = await fetch(`${server.url}/2.0/user`, {
      headers: {
        authorization: `Basic ${btoa(`ada:${ada.password}`)}`,
        'x-gitea-otp': appCode(1),
        'x-remote-user': 'ada',
      },
    });
    expect(user.status).toBe(401);
    const asApp = await fetch(`${server.url}/2.0/user`, {
      headers: { authorization: `Basic ${btoa(`ada:${secret}`)}` },
    });
    expect(asApp.status).toBe(200);
  });

  it('bounds a thousand guesses of somebody who knows the password, without locking the owner out', async () => {
    const thief = new WebClient(server.url);
    await thief.signIn(ada);
    const statuses: number[] = [];
    for (let batch = 0; batch < 50; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          thief.post('/login/second-step', { code: String(batch * 20 + index).padStart(6, '0') }),
        ),
      );
      statuses.push(...answers.map(({ status }) => status));
    }
    expect(statuses.filter((status) => status === 422).length).toBeLessThanOrEqual(5);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(995);
    for (let round = 0; round < 6; round++) {
      const next = new WebClient(server.url);
      await next.signIn(ada);
      for (let tries = 0; tries < 6; tries++) await next.post('/login/second-step', { code: '000001' });
    }
    const late = new WebClient(server.url);
    await late.signIn(ada);
    expect((await late.post('/login/second-step', { code: '000001' })).status).toBe(429);
    // The owner's own browser has a bucket of its own.
    await signOut(page);
    await fillSignIn(page, ada);
    await page.getByLabel('Code of your authenticator app').fill(appCode(1));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Hello, Ada Lovelace' }).waitFor();
  }, 60_000);

  it('is done by a passkey, beside the password or alone', async () => {
    const [authenticator, authenticatorId] = await virtualAuthenticator(page.context(), page);
    await page.goto(`${server.url}${SETTINGS}/passkeys/new`);
    await page.getByLabel('Name').fill('Phone');
    await see(page, 'passkey-new');
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByText('Two-step verification is changed.').waitFor();
    await see(page, 'on');
    await page.getByRole('link', { name: 'Register a passkey' }).click();
    await page.getByLabel('Name').fill('Phone again');
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByText('registered already').waitFor();

    await signOut(page);
    await fillSignIn(page, ada);
    await page.getByRole('button', { name: 'Use a passkey or security key' }).click();
    await page.getByRole('heading', { name: 'Hello, Ada Lovelace' }).waitFor();

    await signOut(page);
    await page.goto(`${server.url}/login`);
    await see(page, 'sign-in');
    await page.getByRole('button', { name: 'Use a passkey instead' }).click();
    await page.getByRole('heading', { name: 'Hello, Ada Lovelace' }).waitFor();

    // A copy of the key, made before its last use.
    const { credentials } = await authenticator.send('WebAuthn.getCredentials', { authenticatorId });
    const [credential] = credentials;
    expect(credential?.signCount).toBeGreaterThan(1);
    await authenticator.send('WebAuthn.clearCredentials', { authenticatorId });
    if (credential !== undefined)
      await authenticator.send('WebAuthn.addCredential', {
        authenticatorId,
        credential: { ...credential, signCount: 0 },
      });
    await signOut(page);
    await page.goto(`${server.url}/login`);
    await page.getByRole('button', { name: 'Use a passkey instead' }).click();
    await page.getByText('answered out of order').waitFor();
  });
});

describe('a workspace that requires two-step verification', () => {
  it('keeps Git, REST and pages from a member who has it not, until they have', async () => {
    const secret = await make.appPassword('bob', ['repository:write', 'account'], 'bob');
    const token = await make.accessToken('acme/app', ['repository']);
    const bobs = new WebClient(server.url);
    await bobs.signIn(bob);
    const ls = (path: string, user = 'bob', password = secret) =>
      git(['ls-remote', make.cloneUrl(path, user, password)]);
    const overSsh = await bobsSsh();
    const rest = async (path: string) => {
      const answer = await fetch(`${server.url}/2.0/repositories/${path}`, {
        headers: { authorization: `Basic ${btoa(`bob:${secret}`)}` },
      });
      return { status: answer.status, text: await answer.text() };
    };
    const sizeOfList = async () => (JSON.parse((await rest('acme')).text) as { size: number }).size;
    expect((await ls('acme/app')).code).toBe(0);
    await overSsh.opens('acme/app');
    expect((await rest('acme/app')).status).toBe(200);
    expect((await bobs.get('/acme/app')).status).toBe(200);
    expect(await sizeOfList()).toBe(2);

    // Bob cannot ask of others what he has not; Ada can.
    const adas = new WebClient(server.url);
    await adas.signIn(ada);
    await adas.post('/login/second-step', { code: codes[1] ?? '' });
    const strict = { name: 'acme', members_may_create: 'on', requires_two_step: 'on' };
    expect((await adas.post('/acme/-/settings', strict)).status).toBe(303);

    const kept = await ls('acme/app');
    expect(kept.code).not.toBe(0);
    expect(kept.stderr).toContain(`remote: ${NEEDED}`);
    expect(kept.stderr).toContain('403');
    await overSsh.isRefused('acme/app');
    const answer = await rest('acme/app');
    expect(answer.status).toBe(403);
    expect(answer.text).toContain(NEEDED);
    const shown = await bobs.get('/acme/app');
    expect(shown.status).toBe(403);
    expect(shown.text).toContain(SETTINGS);
    // What is public stays so, and so does what the repository owns itself.
    expect((await ls('acme/open')).code).toBe(0);
    await overSsh.opens('acme/open');
    expect((await rest('acme/open')).status).toBe(200);
    expect(await sizeOfList()).toBe(1);
    expect((await ls('acme/app', 'x-token-auth', token)).code).toBe(0);

    // Bob sets it up without scripts, and goes on with the same app password.
    const plain = await browser.newPage({ scripts: false });
    await fillSignIn(plain, bob);
    await plain.goto(server.url + SETTINGS);
    await plain.getByRole('button', { name: 'Set up an authenticator app' }).click();
    const bobsSeed = ((await plain.locator('[data-copy-text]').textContent()) ?? '').replaceAll(' ', '');
    const code = TOTP.generate({ secret: Seed.fromBase32(bobsSeed), digits: 6, period: 30 });
    await plain.getByLabel('Six digits').fill(code);
    await plain.getByRole('button', { name: 'Confirm the app' }).click();
    await plain.getByRole('heading', { name: 'Two-step verification is on' }).waitFor();
    const bobsCodes = await plain.locator('.recovery-codes code').allTextContents();
    await plain.context().close();
    expect((await ls('acme/app')).code).toBe(0);
    await overSsh.opens('acme/app');
    await overSsh.pushes('acme/app');
    expect((await rest('acme/app')).status).toBe(200);
    expect(await sizeOfList()).toBe(2);
    const after = new WebClient(server.url);
    await after.signIn(bob);
    expect((await after.post('/login/second-step', { code: bobsCodes[0] ?? '' })).status).toBe(303);
    expect((await after.get('/acme/app')).status).toBe(200);
  }, 60_000);
});

describe('an administrator', () => {
  it('requires it of everybody, who may then set it up and nothing else; and resets it', async () => {
    const carol = await make.account('carol');
    const secret = await make.appPassword('carol', ['account']);
    const carols = new WebClient(server.url);
    await carols.signIn(carol);
    expect((await carols.get('/account/settings')).status).toBe(200);
    const adas = new WebClient(server.url);
    await adas.signIn(ada);
    await adas.post('/login/second-step', { code: codes[2] ?? '' });
    expect((await adas.post('/-/admin/policy', { requires_two_step: 'on' })).status).toBe(303);
    const away = await carols.get('/account/settings');
    expect(away.headers['location']).toBe(SETTINGS);
    expect((await carols.get(SETTINGS)).status).toBe(200);
    const user = await fetch(`${server.url}/2.0/user`, {
      headers: { authorization: `Basic ${btoa(`carol:${secret}`)}` },
    });
    expect(user.status).toBe(403);
    expect((await carols.post(`${SETTINGS}/app/new`)).headers['location']).toBe(`${SETTINGS}/app`);
    expect((await adas.post('/-/admin/policy', {})).status).toBe(303);

    const reset = await adas.post('/-/admin/users/bob/reset-two-step');
    expect(reset.status).toBe(303);
    const bobs = new WebClient(server.url);
    expect((await bobs.signIn(bob)).headers['location']).toBe('/');
    expect((await adas.post('/-/admin/users/bob/reset-two-step')).status).toBe(409);
    expect(await make.do(['user', 'reset-two-step', 'ada'])).toContain(
      'Removed two-step verification from ada',
    );
    expect((await adas.get('/account/settings')).headers['location']).toContain('/login');
    const again = await server.cli(['user', 'reset-two-step', 'ada']);
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain('has no two-step verification');
  });
});
