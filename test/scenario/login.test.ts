import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pauseCredential, resumeCredential } from '../../src/acts/credentials/pause.ts';
import { findBySecret, Secret } from '../../src/credentials/index.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { openOauthServer, type OauthServer } from '../oauth/oauth-server.ts';
import { git, gitOk, newRepository, workFolder } from '../support/git.ts';
import { exitCode, projectRoot, searchPath, type Outcome } from '../support/run.ts';
import type { Person } from '../support/world.ts';
import { WebClient } from './web-client.ts';

const main = join(projectRoot, 'dist/main.js');

let host: OauthServer;
beforeAll(async () => {
  host = await openOauthServer();
  const source = await newRepository('seed');
  const secret = await host.world.appPassword('ada', ['repository:write']);
  await gitOk(['push', '--quiet', host.world.cloneUrl('acme/app', 'ada', secret), 'main'], { cwd: source });
});

/** A machine on which somebody works: a home of its own, and stock Git that knows nothing but what is set up there. */
async function machine(name: string) {
  const home = workFolder(name);
  await mkdir(home, { recursive: true });
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C.UTF-8',
    NODE_COMPILE_CACHE: join(projectRoot, '.cache/compile'),
  };
  await writeFile(env.GIT_CONFIG_GLOBAL, '[user]\n\tname = Ada\n\temail = ada@example.org\n');
  return {
    home,
    kept: async () =>
      JSON.parse(await readFile(join(home, '.config/latchkey/credentials.json'), 'utf8')) as {
        credentials: Record<string, unknown>[];
      },
    git: (args: readonly string[], cwd = home) => git(args, { cwd, env }),
    helper: (action: string, input: string) =>
      finish(
        spawn(process.execPath, [main, 'credential-helper', action], {
          env: { PATH: searchPath, ...env },
          stdio: 'pipe',
        }),
        input,
      ),
    /** `latchkey login …`; resolves when it shows its code, while it waits. */
    async login(...args: string[]) {
      const child = spawn(process.execPath, [main, 'login', host.server.url, ...args], {
        cwd: home,
        env: { PATH: searchPath, ...env },
        stdio: 'pipe',
      });
      const ended = finish(child, '');
      const prompt = await new Promise<string>((resolve, reject) => {
        let printed = '';
        child.stderr.on('data', (chunk: Buffer) => {
          printed += chunk.toString();
          if (printed.includes('…')) resolve(printed);
        });
        child.once('close', () => reject(new Error(`It ended at once: ${printed}`)));
      });
      const code = /^ {4}([B-Z]{4}-[B-Z]{4})$/m.exec(prompt)?.[1] ?? '';
      return { prompt, code, ended };
    },
  };
}

function finish(child: ReturnType<typeof spawn>, input: string): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ stdout, stderr, code: exitCode(code, signal) })),
  );
}

async function signedIn(person: Person): Promise<WebClient> {
  const client = new WebClient(host.server.url);
  await client.signIn(person);
  return client;
}

/** Enters a code as a person does, and returns where what it asks for is shown. */
async function enter(client: WebClient, code: string): Promise<string> {
  const entered = await client.post('/site/oauth2/device', { user_code: code });
  expect(entered.status).toBe(303);
  return String(entered.headers.location);
}

// Most of each is waiting for the next poll, five seconds long.
describe.concurrent('latchkey login', () => {
  it('asks in words, and after one yes in a browser stock Git clones and pushes without a question', async () => {
    const laptop = await machine('laptop');
    const { prompt, code, ended } = await laptop.login('--label', 'laptop of ada');
    expect(prompt).toContain(`${host.server.url}/site/oauth2/device\n`);
    expect(prompt).toContain(
      'an app password “laptop of ada”: repository:write; wherever you may go; until you revoke it.',
    );
    expect(prompt).not.toContain('lkdc_');

    const ada = await signedIn(host.ada);
    const place = await enter(ada, code.toLowerCase().replace('-', ' '));
    const page = await ada.get(place);
    expect(page.text).toContain('Latchkey command line');
    expect(page.text).toContain('laptop of ada');
    expect(page.text).toMatch(/Asked from the address<\/dt><dd><code>127\.0\.0\.1/);
    // The person sees and confirms; the secret goes to the program alone.
    const answered = await ada.post(place, { label: 'laptop of ada', scopes: 'repository:write' });
    expect(answered.status).toBe(200);
    expect(answered.text).not.toMatch(/lkap_/);

    const { stdout, stderr, code: exit } = await ended;
    expect({ stdout, exit }).toEqual({ stdout: '', exit: 0 });
    expect(stderr).toContain('Approved: repository:write.');
    expect(stderr + prompt).not.toMatch(/lkap_/);
    // Answered once: neither page nor code do anything again.
    expect((await ada.get(place)).status).toBe(404);
    expect((await ada.post('/site/oauth2/device', { user_code: code })).status).toBe(404);

    const cloned = await laptop.git(['clone', `${host.server.url}/acme/app.git`]);
    expect(cloned).toMatchObject({ code: 0 });
    const work = join(laptop.home, 'app');
    expect((await laptop.git(['commit', '--allow-empty', '-m', 'From the laptop'], work)).code).toBe(0);
    expect((await laptop.git(['push', 'origin', 'HEAD:refs/heads/laptop'], work)).code).toBe(0);
    expect(
      (await laptop.git(['ls-remote', `${host.server.url.replace('//', '//ada@')}/acme/app.git`, 'laptop']))
        .stdout,
    ).toContain('refs/heads/laptop');
    // It is a credential like all others.
    const listed = await host.world.credentials({ user: 'ada' });
    expect(listed.find((each) => each['label'] === 'laptop of ada')).toMatchObject({
      kind: 'app_password',
      scopes: ['repository:write'],
      state: 'active',
    });
    const [kept] = (await laptop.kept()).credentials;
    expect(kept).toMatchObject({ host: host.server.url, username: 'ada' });
  }, 60_000);

  it('what the person left of it is what it may do, over Git and REST', async () => {
    const ci = await machine('ci');
    const { prompt, code, ended } = await ci.login(
      '--scope',
      'repository:write',
      '--scope',
      'account',
      '--repository',
      'acme/app',
      '--expires-in-days',
      '30',
      '--print',
    );
    expect(prompt).toContain('repository:write, account; acme/app; for 30 days.');
    const ada = await signedIn(host.ada);
    const place = await enter(ada, code);
    // More than was asked for is not given, whatever a form says.
    for (const more of [
      { scopes: ['repository:write', 'repository:admin'], repository: 'acme/app', expires: '2020-01-01' },
      { scopes: 'repository:write', repository: '' },
      { scopes: 'repository:write', repository: 'acme/other' },
      { scopes: 'repository:write', repository: 'acme/app', expires: '' },
      { scopes: 'repository:write', repository: 'acme/app', expires: '2099-01-01' },
    ]) {
      const refused = await ada.post(place, { label: 'ci', ...more });
      expect([more, refused.status]).toEqual([more, 422]);
    }
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    expect(
      (await ada.post(place, { label: 'narrow', scopes: 'repository', repository: 'acme/app', expires: day }))
        .status,
    ).toBe(200);
    const { stdout, code: exit } = await ended;
    expect(exit).toBe(0);
    const secret = stdout.trim();
    expect(secret).toMatch(/^lkap_[0-9A-Za-z]{38}$/);

    const basic = (path: string) =>
      fetch(`${host.server.url}/2.0${path}`, {
        headers: { authorization: `Basic ${btoa(`ada:${secret}`)}` },
      });
    expect((await basic('/repositories/acme/app')).status).toBe(200);
    expect((await basic('/user')).status).toBe(403);
    const url = host.world.cloneUrl('acme/app', 'ada', secret);
    const clone = join(ci.home, 'clone');
    await gitOk(['clone', '--quiet', url, clone]);
    const pushed = await git(['push', 'origin', 'HEAD:refs/heads/refused'], { cwd: clone });
    expect(pushed.code).not.toBe(0);
    await host.world.repository('acme/beside');
    expect((await git(['ls-remote', host.world.cloneUrl('acme/beside', 'ada', secret)])).code).not.toBe(0);
    const [listed] = (await host.world.credentials({ user: 'ada' })).filter(
      (each) => each['label'] === 'narrow',
    );
    expect(String(listed?.['expires_at'])).toContain(day);
  }, 60_000);

  it('a device belongs to whoever entered its code: another session neither sees nor answers it', async () => {
    const desk = await machine('desk');
    const { code, ended } = await desk.login('--print');
    const ada = await signedIn(host.ada);
    const bob = await signedIn(host.bob);
    const place = await enter(ada, code);
    const yes = { label: 'x', scopes: 'repository:write' };
    expect((await bob.get(place)).status).toBe(404);
    expect((await bob.post(place, yes)).status).toBe(404);
    expect((await bob.post(`${place}/deny`)).status).toBe(404);
    expect((await bob.post('/site/oauth2/device', { user_code: code })).status).toBe(404);
    const stranger = new WebClient(host.server.url);
    const asked = await stranger.post(place, yes);
    expect([asked.status, asked.text]).toEqual([403, expect.stringContaining('action="/login"')]);
    // Nor may another site send the form in ada's name.
    expect((await ada.post(place, yes, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await ada.post(place, yes)).status).toBe(200);
    const { stdout } = await ended;
    const { username } = await host.services.database
      .selectFrom('credential')
      .innerJoin('account', 'account.id', 'credential.owner_id')
      .select('account.username')
      .where('credential.label', '=', 'x')
      .executeTakeFirstOrThrow();
    expect(username).toBe('ada');
    expect(stdout).toMatch(/^lkap_/);
  }, 60_000);

  it('hands an app password to the store that Git has already, and leaves the settings alone', async () => {
    const office = await machine('office');
    // A store as an operating system brings one: anything that speaks the protocol.
    const log = join(office.home, 'stored');
    const script = join(office.home, 'keychain');
    await writeFile(script, `#!/bin/sh\n[ "$1" = store ] && cat > '${log}'\nexit 0\n`);
    await chmod(script, 0o755);
    await office.git(['config', '--global', 'credential.helper', script]);
    const settings = await readFile(join(office.home, '.gitconfig'), 'utf8');
    const { code, ended } = await office.login();
    const ada = await signedIn(host.ada);
    expect(
      (await ada.post(await enter(ada, code), { label: 'office', scopes: 'repository:write' })).status,
    ).toBe(200);
    expect((await ended).stderr).toContain("Git's own credential helper keeps it");
    const url = new URL(host.server.url);
    expect(await readFile(log, 'utf8')).toMatch(
      new RegExp(`^protocol=http\\nhost=${url.host}\\nusername=ada\\npassword=lkap_`),
    );
    expect(await readFile(join(office.home, '.gitconfig'), 'utf8')).toBe(settings);
    await expect(office.kept()).rejects.toThrow(/ENOENT/);
  }, 60_000);
});

// Each ends what others would wait for.
describe('what latchkey login obtained, or did not', () => {
  it('a no, and a code that nobody answers, leave nothing behind', async () => {
    const tablet = await machine('tablet');
    const before = (await host.world.credentials({ user: 'ada' })).length;
    const denied = await tablet.login();
    const late = await tablet.login();
    const ada = await signedIn(host.ada);
    const place = await enter(ada, denied.code);
    expect((await ada.post(`${place}/deny`)).status).toBe(200);
    await host.services.database
      .updateTable('oauth_device')
      .set({ expires_at: Date.now() - 1 })
      .where('denied_at', 'is', null)
      .where('consent_id', 'is', null)
      .execute();
    expect((await ada.post('/site/oauth2/device', { user_code: late.code })).status).toBe(404);
    for (const [{ ended }, says] of [
      [denied, /latchkey: The person said no/],
      [late, /latchkey: Nobody answered in time/],
    ] as const) {
      const { stdout, stderr, code } = await ended;
      expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
      expect(stderr).toMatch(says);
    }
    expect((await host.world.credentials({ user: 'ada' })).length).toBe(before);
    await expect(tablet.kept()).rejects.toThrow(/ENOENT/);
    expect((await tablet.git(['config', '--global', '--get-regexp', 'credential'])).stdout).toBe('');
  }, 60_000);

  it('a short-lived token is renewed behind Git, and stops when what was allowed is withdrawn', async () => {
    const train = await machine('train');
    const { prompt, code, ended } = await train.login('--short-lived');
    expect(prompt).toContain('a token that is renewed every two hours');
    const ada = await signedIn(host.ada);
    expect((await ada.post(await enter(ada, code), { scopes: 'repository:write' })).status).toBe(200);
    expect((await ended).code).toBe(0);
    const [first] = (await train.kept()).credentials;
    expect(first).toMatchObject({
      username: 'x-token-auth',
      password: expect.stringMatching(/^lkoa_/),
      oauth_refresh_token: expect.stringMatching(/^lkor_/),
    });

    // Two hours later.
    const path = join(train.home, '.config/latchkey/credentials.json');
    await writeFile(
      path,
      JSON.stringify({ credentials: [{ ...first, password_expiry_utc: 1_000_000_000 }] }),
    );
    const url = `${host.server.url}/acme/app.git`;
    const answers = await Promise.all([
      train.git(['ls-remote', url]),
      train.git(['ls-remote', url.replace('//', '//ada@')]),
      train.git(['clone', '--quiet', url]),
    ]);
    expect(answers.map((each) => [each.code, each.stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    const [second] = (await train.kept()).credentials;
    expect(second?.['password']).not.toBe(first?.['password']);
    expect(second?.['oauth_refresh_token']).not.toBe(first?.['oauth_refresh_token']);

    // Paused, it is neither renewed nor lost.
    const overdue = JSON.stringify({ credentials: [{ ...second, password_expiry_utc: 1_000_000_000 }] });
    await writeFile(path, overdue);
    const kept = new Secret(String(second?.['oauth_refresh_token']));
    const { id } = (await findBySecret(host.services.database, host.services.keys, kept))!.row;
    const enterPausing = <Op extends 'credential.pause' | 'credential.resume'>(operation: Op) =>
      enterAsOperator(host.services, operation, [{ type: 'host' }]);
    await pauseCredential(host.services, await enterPausing('credential.pause'), id);
    const refused = await train.git(['ls-remote', url]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/stays kept, and is not renewed now: This authorization is paused\./);
    expect(await readFile(path, 'utf8')).toBe(overdue);
    await resumeCredential(host.services, await enterPausing('credential.resume'), id);
    expect((await train.git(['ls-remote', url])).code).toBe(0);
    const [third] = (await train.kept()).credentials;

    const applications = await ada.get('/account/settings/applications');
    expect(applications.text).toContain('Latchkey command line');
    const revoke = /\/account\/settings\/applications\/[^"]+\/revoke/.exec(applications.text)?.[0] ?? '';
    expect((await ada.post(revoke)).status).toBe(303);
    expect((await train.git(['ls-remote', url])).code).not.toBe(0);
    await writeFile(
      path,
      JSON.stringify({ credentials: [{ ...third, password_expiry_utc: 1_000_000_000 }] }),
    );
    const asked = await train.helper('get', `protocol=http\nhost=${new URL(url).host}\n\n`);
    expect(asked).toMatchObject({ stdout: '', code: 0 });
    expect(asked.stderr).toMatch(/cannot be renewed. Sign in again: latchkey login/);
    expect((await train.kept()).credentials).toEqual([]);
  }, 60_000);
});
