import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAccount } from '../../../src/acts/accounts/create.ts';
import { readSettings } from '../../../src/config.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { composeServer } from '../../../src/server.ts';
import { openServices, type Services } from '../../../src/services.ts';

const PUBLIC_URL = 'https://git.example.org';
const PASSWORD = 'one of many long words';

type App = Awaited<ReturnType<typeof composeServer>>['app'];

let folder: string;
let services: Services;
let app: App;
let routes: Awaited<ReturnType<typeof composeServer>>['routes'];

/** Behind a proxy that speaks https for it, as most hosts run. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-door-'));
  const settings = readSettings({ data: folder, url: PUBLIC_URL }, {});
  services = await openServices(settings, PUBLIC_URL);
  ({ app, routes } = await composeServer(settings, services));
  const grant = await enterAsOperator(services, 'account.create', [{ type: 'host' }]);
  await createAccount(services, grant, {
    username: 'ada',
    email: 'ada@example.org',
    displayName: 'Ada',
    password: PASSWORD,
    isAdministrator: false,
    mustChangePassword: false,
  });
});
afterAll(async () => {
  await app.close();
  await services.close();
  rmSync(folder, { recursive: true, force: true });
});

const signIn = (headers: Record<string, string>) =>
  app.inject({
    method: 'POST',
    url: '/login',
    headers: { host: 'git.example.org', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams({ name: 'ada', password: PASSWORD }).toString(),
  });

describe('the style sheet', () => {
  it('is compressed for whoever takes that, and the pages are not', async () => {
    const page = await app.inject({ url: '/login', headers: { 'accept-encoding': 'gzip, br' } });
    expect(page.headers['content-encoding']).toBeUndefined();
    const url = /href="(\/-\/assets\/\w+\/style\.css)"/.exec(page.body)?.[1] ?? '';
    const plain = await app.inject({ url });
    const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip, deflate, br' } });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3);
    expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(plain.headers['content-encoding']).toBeUndefined();
    const refused = await app.inject({ url, headers: { 'accept-encoding': 'gzip;q=0, br' } });
    expect(refused.headers['content-encoding']).toBeUndefined();
  });
});

describe('a host that is reached by https', () => {
  it('says so for a year, and sends its cookie by https alone', async () => {
    const { headers } = await app.inject({ url: '/login', headers: { host: 'git.example.org' } });
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    const answer = await signIn({ origin: PUBLIC_URL });
    expect(answer.statusCode).toBe(303);
    expect([answer.headers['set-cookie']].flat()[0]).toMatch(
      /^__Host-latchkey=[^;]+;.*; Secure; SameSite=Lax$/,
    );
  });

  it('takes forms from its own address and from no other, however that is called', async () => {
    for (const origin of [
      'http://git.example.org.evil.example',
      'https://evil.example',
      'https://git.example.org:8443',
      'null',
    ]) {
      const answer = await signIn({ origin });
      expect(answer.statusCode, origin).toBe(403);
      expect(answer.headers['set-cookie'], origin).toBeUndefined();
    }
  });
});

describe('a form from another address', () => {
  it('is told the address of this host and the setting that names it, and the log is told once', async () => {
    const warn = vi.spyOn(services.log, 'warn').mockReturnValue();
    // Otherwise what was refused before counts as told.
    const { app: fresh } = await composeServer(readSettings({ data: folder, url: PUBLIC_URL }, {}), services);
    const send = (headers: Record<string, string>) =>
      fresh.inject({
        method: 'POST',
        url: '/login',
        headers: { host: '127.0.0.1:7990', 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: '',
      });
    for (const headers of [
      {},
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    ]) {
      expect((await send(headers)).statusCode).toBe(403);
    }
    expect(warn).not.toHaveBeenCalled();
    for (let times = 0; times < 2; times++) {
      const { statusCode, body } = await send({ origin: 'http://git.example.net' });
      expect(statusCode).toBe(403);
      expect(body).toContain(`<code>${PUBLIC_URL}</code>`);
      expect(body).toContain('<code>url</code>');
      expect(body).not.toContain('did not come from a page of this host');
    }
    expect(warn).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledWith(
      { url: PUBLIC_URL, origin: 'http://git.example.net' },
      expect.stringContaining('set "url"'),
    );
    warn.mockRestore();
    await fresh.close();
  });
});

describe('the routes of the web door', () => {
  const web = () => routes.filter(({ answers }) => answers === 'page');

  it('change nothing when they are only looked at', () => {
    // GET may show the question before a change under the change's own operation; nothing else may.
    const changing = web().filter(
      ({ method, operation }) =>
        method === 'GET' &&
        /\.(create|update|delete|revoke|restore|transfer|grant|add|remove|change)$/.test(operation),
    );
    for (const { url } of changing) {
      expect(url).toMatch(
        /\/(login|new|new-[a-z]+|settings|deleted|remove|delete|revoke|rename|transfer|password|keys|change|decline)(\/|$)/,
      );
    }
  });

  it('refuse a credential wherever they lead', async () => {
    // Entry refuses every credential on the surface of the web before it looks at the operation; see T7.
    for (const { url, method } of web()) {
      if (method !== 'GET' || url.includes(':') || url.includes('*')) continue;
      const answer = await app.inject({ url, headers: { authorization: 'Bearer lkap_x' } });
      expect(answer.statusCode, url).toBe(401);
    }
  });

  it('show the pieces to nobody but developers', () => {
    expect(routes.some(({ url }) => url === '/-/pieces')).toBe(false);
  });
});
