import { beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { makeSite, signIn, type Site } from './web-repository-site.ts';

/** Bytes that people pushed, answered by the same host that holds everybody's session. */

let server: TestServer;
let site: Site;
let browser: TestBrowser;
let cookie: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  site = await makeSite(server);
  const page = await browser.newPage();
  await signIn(page, server, site.ada);
  cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
}, 120_000);

const raw = (path: string) => fetch(`${server.url}/acme/app/raw/main/${path}`, { headers: { cookie } });

describe('a raw file', () => {
  it.each([
    ['README.md', 'text/plain; charset=utf-8', 'inline'],
    ['src/server.ts', 'text/plain; charset=utf-8', 'inline'],
    ['docs/page.html', 'text/plain; charset=utf-8', 'attachment'],
    ['docs/picture.svg', 'image/svg+xml; charset=utf-8', 'attachment'],
    ['docs/logo.png', 'image/png', 'inline'],
    ['data.bin', 'application/octet-stream', 'attachment'],
    ['empty.txt', 'text/plain; charset=utf-8', 'inline'],
  ])('%s is %s, %s, and nothing that runs', async (path, type, shown) => {
    const answer = await raw(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('content-disposition')).toMatch(new RegExp(`^${shown}; `));
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('is the very bytes', async () => {
    expect(await (await raw('data.bin')).text()).toBe('a\0b');
    expect(await (await raw('empty.txt')).text()).toBe('');
    const head = await fetch(`${server.url}/acme/app/raw/main/data.bin`, {
      method: 'HEAD',
      headers: { cookie },
    });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('3');
  });

  it('shows a picture on its page, an SVG too, without running it', async () => {
    const page = await browser.newPage();
    let alarmed = false;
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => (alarmed = true)));
    await signIn(page, server, site.ada, '/acme/app/src/main/docs/picture.svg');
    expect(await page.locator('.picture-file img').getAttribute('src')).toBe(
      '/acme/app/raw/main/docs/picture.svg',
    );
    expect(alarmed).toBe(false);
  });

  it('goes to nobody without a role', async () => {
    const answer = await fetch(`${server.url}/acme/app/raw/main/README.md`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain('Weaves');
  });
});
