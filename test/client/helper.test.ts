import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eraseCredential, getCredential, storeCredential } from '../../src/client/helper.ts';
import { changeKept } from '../../src/client/keeper.ts';
import { atEndOfFile } from '../support/cleanup.ts';
import { fakeHost, metadataOf } from './fake-host.ts';

async function keeper(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-keeper-'));
  atEndOfFile(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'latchkey', 'credentials.json');
}

const asked = (attributes: Readonly<Record<string, string>>) => new Map(Object.entries(attributes));
const atHost = { protocol: 'https', host: 'git.example.com' };
const now = Date.now();
const seconds = (milliseconds: number) => String(Math.floor(milliseconds / 1000));

describe('what the credential helper keeps', () => {
  it('is told back for its host and user name alone', async () => {
    const path = await keeper();
    await storeCredential(path, asked({ ...atHost, username: 'jane', password: 'one' }));
    expect((await getCredential(path, asked(atHost), now)).attributes).toMatchObject({
      username: 'jane',
      password: 'one',
    });
    expect((await getCredential(path, asked({ ...atHost, username: 'jane' }), now)).attributes).toMatchObject(
      { password: 'one' },
    );
    for (const other of [
      { ...atHost, username: 'ada' },
      { ...atHost, protocol: 'http' },
      { ...atHost, host: 'git.example.com:8443' },
      { ...atHost, host: 'example.com' },
      { ...atHost, host: 'git.example.com.evil.example' },
      { ...atHost, host: 'jane@git.example.com' },
      { ...atHost, host: 'git.example.com/path' },
      { protocol: 'imap', host: 'git.example.com' },
      { protocol: 'https' },
      {},
    ]) {
      expect([other, (await getCredential(path, asked(other), now)).attributes]).toEqual([other, {}]);
    }
  });

  it('is for the eyes of its owner, and written in one piece', async () => {
    const path = await keeper();
    await storeCredential(path, asked({ ...atHost, username: 'jane', password: 'one' }));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(path, '..'))).toEqual(['credentials.json']);
    await writeFile(path, '{"credentials": [', { mode: 0o600 });
    await expect(getCredential(path, asked(atHost), now)).rejects.toThrow(/not as latchkey wrote it/);
    await rm(path);
    await writeFile(path, '{"credentials": []}', { mode: 0o644 });
    await expect(getCredential(path, asked(atHost), now)).rejects.toThrow(/chmod 600/);
  });

  it('loses nothing when many store at once, nor by a lock whose holder died', async () => {
    const path = await keeper();
    await storeCredential(path, asked({ ...atHost, username: 'first', password: 'x' }));
    await writeFile(`${path}.lock`, '999999999');
    const names = Array.from({ length: 12 }, (_, index) => `user${index}`);
    await Promise.all(
      names.map((username) => storeCredential(path, asked({ ...atHost, username, password: username }))),
    );
    for (const username of names) {
      expect((await getCredential(path, asked({ ...atHost, username }), now)).attributes).toMatchObject({
        password: username,
      });
    }
  });

  it.each([
    ['of a holder who died', '999999999'],
    ['that names nobody', ''],
  ])('lets one only take over a lock %s, however many come at once', async (_whose, content) => {
    for (let round = 0; round < 6; round++) {
      const path = await keeper();
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.lock`, content);
      await utimes(`${path}.lock`, 1, 1);
      let inside = 0;
      let most = 0;
      const change = () =>
        changeKept(path, async (kept) => {
          most = Math.max(most, (inside += 1));
          await setTimeout(1);
          inside -= 1;
          return { kept, result: undefined };
        });
      await Promise.all([change(), change(), change(), change()]);
      expect(most).toBe(1);
      expect(await readdir(dirname(path))).toEqual([]);
    }
  });

  it('keeps expiry and refresh token when an older Git stores the password without them', async () => {
    const path = await keeper();
    const full = {
      ...atHost,
      username: 'jane',
      password: 'one',
      password_expiry_utc: seconds(now + 3600_000),
      oauth_refresh_token: 'r1',
    };
    await storeCredential(path, asked(full));
    const before = await readFile(path, 'utf8');
    await storeCredential(path, asked({ ...atHost, username: 'jane', password: 'one' }));
    expect(await readFile(path, 'utf8')).toBe(before);
    expect((await getCredential(path, asked(atHost), now)).attributes).toMatchObject({
      password_expiry_utc: full.password_expiry_utc,
      oauth_refresh_token: 'r1',
    });
    // Another password has another end.
    await storeCredential(path, asked({ ...atHost, username: 'jane', password: 'two' }));
    expect((await getCredential(path, asked(atHost), now)).attributes).toEqual({
      username: 'jane',
      password: 'two',
      password_expiry_utc: undefined,
      oauth_refresh_token: undefined,
    });
  });

  it('a token in the address of a clone does not push out the one that can be renewed', async () => {
    const path = await keeper();
    const renewable = { ...atHost, username: 'x-token-auth', password: 'kept', oauth_refresh_token: 'r1' };
    await storeCredential(path, asked(renewable));
    const other = asked({ ...atHost, username: 'x-token-auth', password: 'of a bot' });
    await storeCredential(path, other);
    await eraseCredential(path, other);
    expect((await getCredential(path, asked(atHost), now)).attributes).toMatchObject({
      password: 'kept',
      oauth_refresh_token: 'r1',
    });
  });

  it('is forgotten when the host refuses that password, and not when it refuses another', async () => {
    const path = await keeper();
    await storeCredential(path, asked({ ...atHost, username: 'jane', password: 'two' }));
    await eraseCredential(path, asked({ ...atHost, username: 'jane', password: 'one' }));
    expect((await getCredential(path, asked(atHost), now)).attributes).toMatchObject({ password: 'two' });
    await eraseCredential(path, asked({ ...atHost, username: 'jane', password: 'two' }));
    expect((await getCredential(path, asked(atHost), now)).attributes).toEqual({});
  });

  it('is not told once it has expired; the person hears what to do', async () => {
    const path = await keeper();
    await storeCredential(
      path,
      asked({ ...atHost, username: 'jane', password: 'one', password_expiry_utc: seconds(now - 1000) }),
    );
    const { attributes, says } = await getCredential(path, asked(atHost), now);
    expect(attributes).toEqual({});
    expect(says).toMatch(/expired.*latchkey login https:\/\/git\.example\.com/);
  });
});

describe('renewing', () => {
  const expired = { username: 'x-token-auth', password: 'old', password_expiry_utc: seconds(now - 1000) };

  it('an expired token is renewed once, however many ask at the same time', async () => {
    let issued = 0;
    const host = await fakeHost(async (path) => {
      if (path.startsWith('/.well-known')) return { body: metadataOf(host.origin) };
      issued += 1;
      await setTimeout(50);
      return {
        body: {
          access_token: `new${issued}`,
          refresh_token: `r${issued + 1}`,
          expires_in: 7200,
          scope: 'repository',
        },
      };
    });
    const url = new URL(host.origin);
    const at = { protocol: 'http', host: url.host };
    const path = await keeper();
    await storeCredential(path, asked({ ...at, ...expired, oauth_refresh_token: 'r1' }));
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => getCredential(path, asked({ ...at, username: 'jane' }), Date.now())),
    );
    for (const { attributes } of answers)
      expect(attributes).toMatchObject({
        username: 'x-token-auth',
        password: 'new1',
        oauth_refresh_token: 'r2',
      });
    const refreshes = host.asked.filter((each) => each.path === '/token');
    expect(refreshes.map((each) => Object.fromEntries(each.form))).toEqual([
      { grant_type: 'refresh_token', client_id: 'latchkey', refresh_token: 'r1' },
    ]);
  });

  it('a refresh token that another helper keeps is used, and what comes of it told to Git', async () => {
    const host = await fakeHost((path) => ({
      body: path.startsWith('/.well-known')
        ? metadataOf(host.origin)
        : { access_token: 'new', refresh_token: 'r2', expires_in: 60 },
    }));
    const { attributes } = await getCredential(
      await keeper(),
      asked({ protocol: 'http', host: new URL(host.origin).host, oauth_refresh_token: 'r1' }),
      now,
    );
    expect(attributes).toMatchObject({ password: 'new', oauth_refresh_token: 'r2' });
  });

  it('what is still good is told where the host cannot renew it now', async () => {
    const host = await fakeHost(() => ({ status: 503, body: 'no' }));
    const at = { protocol: 'http', host: new URL(host.origin).host };
    const path = await keeper();
    const soon = { ...expired, password: 'good', password_expiry_utc: seconds(now + 90_000) };
    await storeCredential(path, asked({ ...at, ...soon, oauth_refresh_token: 'r1' }));
    const before = await readFile(path, 'utf8');
    expect((await getCredential(path, asked(at), now)).attributes).toMatchObject({ password: 'good' });
    expect(host.asked).not.toEqual([]);
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it('a token that lives for a minute is renewed in the second half of it, and not at each use', async () => {
    const host = await fakeHost((path) => ({
      body: path.startsWith('/.well-known')
        ? metadataOf(host.origin)
        : { access_token: 'new', refresh_token: 'r2', expires_in: 60 },
    }));
    const at = { protocol: 'http', host: new URL(host.origin).host };
    const path = await keeper();
    await storeCredential(path, asked({ ...at, ...expired, oauth_refresh_token: 'r1' }));
    const renewals = async (when: number) => {
      const { attributes } = await getCredential(path, asked(at), when);
      expect(attributes).toMatchObject({ password: 'new' });
      // As Git says after each use, an older one without the end.
      await storeCredential(path, asked({ ...at, username: 'x-token-auth', password: 'new' }));
      return host.asked.filter((each) => each.path === '/token').length;
    };
    expect(await renewals(Date.now())).toBe(1);
    expect(await renewals(Date.now() + 20_000)).toBe(1);
    expect(await renewals(Date.now() + 40_000)).toBe(2);
  });

  it('what is paused stays kept; the person hears why it is not renewed', async () => {
    const host = await fakeHost((path) =>
      path.startsWith('/.well-known')
        ? { body: metadataOf(host.origin) }
        : {
            status: 400,
            body: { error: 'unauthorized_client', error_description: 'It is paused.\u001B[2J Wait.' },
          },
    );
    const at = { protocol: 'http', host: new URL(host.origin).host };
    const path = await keeper();
    await storeCredential(path, asked({ ...at, ...expired, oauth_refresh_token: 'r1' }));
    const before = await readFile(path, 'utf8');
    await expect(getCredential(path, asked(at), now)).rejects.toThrow(
      `What is kept for ${host.origin} stays kept, and is not renewed now: It is paused.�[2J Wait.`,
    );
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it('what cannot be renewed any more is forgotten; a host that is away changes nothing', async () => {
    let away = true;
    const host = await fakeHost((path) => {
      if (path.startsWith('/.well-known')) return { body: metadataOf(host.origin) };
      return away ? { status: 503, body: 'no' } : { status: 400, body: { error: 'invalid_grant' } };
    });
    const at = { protocol: 'http', host: new URL(host.origin).host };
    const path = await keeper();
    await storeCredential(path, asked({ ...at, ...expired, oauth_refresh_token: 'r1' }));
    const before = await readFile(path, 'utf8');
    await expect(getCredential(path, asked(at), now)).rejects.toThrow(/no answer that can be read/);
    expect(await readFile(path, 'utf8')).toBe(before);
    away = false;
    const { attributes, says } = await getCredential(path, asked(at), now);
    expect(attributes).toEqual({});
    expect(says).toMatch(/cannot be renewed/);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ credentials: [] });
  });
});
