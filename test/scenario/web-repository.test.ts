import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { axe, launchBrowser, screenshot, type TestBrowser } from '../support/browser.ts';
import { seeInEveryLook } from '../support/looks.ts';
import { commitFiles, gitOk, workFolder } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { WebClient } from './web-client.ts';
import { hostileBranch, makeSite, signIn, type Site } from './web-repository-site.ts';

let server: TestServer;
let site: Site;
let browser: TestBrowser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  site = await makeSite(server);
  await writeWiki();
}, 120_000);

/** Switches the wiki of `acme/app` on and pushes its pages, as a person and a script would. */
async function writeWiki(): Promise<void> {
  const page = await adasPage();
  await open(page, '/acme/app/settings');
  await page.check('[name=wiki]');
  await page.click('button:text-is("Save settings")');
  const secret = await site.made.accessToken('acme/app', ['wiki'], { name: 'wiki writer' });
  const clone = workFolder('app-wiki');
  const address = server.url.replace('://', `://x-token-auth:${secret}@`);
  await gitOk(['clone', '--quiet', `${address}/acme/app.git/wiki`, clone]);
  await commitFiles(clone, {
    'Home.md':
      '# Welcome\n\nSee [how to](How-To) or [the table](notes/Table.md), not <script>alert(1)</script>.\n',
    'How-To.md': '# How to\n\n[Home](Home)\n',
    'notes/Table.md': '# Table\n\n[up](../Home.md)\n',
    'zebra.txt': 'no page\n',
  });
  await gitOk(['push', '--quiet', 'origin', 'HEAD'], { cwd: clone });
}

/** Signed in as ada, who owns everything here. */
async function adasPage(options: Parameters<TestBrowser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await signIn(page, server, site.ada);
  return page;
}

const open = (page: Page, path: string) => page.goto(`${server.url}${path}`);
const heading = (page: Page) => page.locator('h1').innerText();

describe.each([true, false])('reading a repository, scripts %s', (scripts) => {
  it('leads from the start of a repository to a file, its history and a commit', async () => {
    const page = await adasPage({ scripts });
    await open(page, '/acme/app');
    expect(await heading(page)).toBe('app');
    expect(await page.locator('.readme').innerText()).toContain('Weaves algebraic patterns');
    await page.click('.files a:text-is("src")');
    await page.click('.files a:text-is("server.ts")');
    expect(await page.locator('.line').count()).toBe(5);
    expect(await page.locator('#L4').innerText()).toContain('8080');
    await page.click('main a:text-is("History")');
    expect(await page.locator('.commit').count()).toBe(2);
    await page.click('.commit-subject:text-is("Listen where everybody looks")');
    expect(await page.locator('.diff-added').last().innerText()).toContain('8080');
    await page.click('a:text-is("Files at this commit")');
    expect(await page.locator('.ref-menu summary').innerText()).toMatch(/^Commit\s[0-9a-f]{10}/);
  });

  it('changes the branch and stays at the path', async () => {
    const page = await adasPage({ scripts });
    await open(page, '/acme/app/src/main/docs/guide.md');
    await page.click('.ref-menu summary');
    await page.click('.ref-menu a:text-is("feature/x")');
    expect(new URL(page.url()).pathname).toBe('/acme/app/src/feature/x/docs/guide.md');
    expect(await page.locator('.readme').innerText()).toContain('Shorter on this branch');
    await page.click('main a:text-is("Source")');
    expect(await page.locator('#L1').innerText()).toContain('# Guide');
  });
});

describe('source pages', () => {
  it('rewrites the addresses of a README and runs nothing of it', async () => {
    const page = await adasPage();
    let asked = 0;
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => (asked += 1)));
    await open(page, '/acme/app');
    const href = (text: string) => page.locator(`.readme a:text-is("${text}")`).getAttribute('href');
    expect(await href('the guide')).toBe('/acme/app/src/main/docs/guide.md#doc-first-steps');
    expect(await href('source')).toBe('/acme/app/src/main/src/server.ts');
    expect(await href('what lies outside')).toBeNull();
    expect(await page.locator('.readme img').getAttribute('src')).toBe('/acme/app/raw/main/docs/logo.png');
    const width = () =>
      page.locator('.readme img').evaluate((image) => (image as HTMLImageElement).naturalWidth);
    await expect.poll(width).toBe(10);
    expect(await page.locator('.readme script').count()).toBe(0);
    expect(await page.locator('.readme a[href^="javascript:"]').count()).toBe(0);
    expect(asked).toBe(0);
  });

  it('pages history, and filters it by path', async () => {
    const page = await adasPage();
    await open(page, '/acme/app/commits');
    expect(await page.locator('.commit').count()).toBe(30);
    await page.click('a:text-is("Next")');
    expect(await page.locator('.commit-subject').allInnerTexts()).toContain('First commit');
    expect(await page.locator('a:text-is("Next")').count()).toBe(0);
  });

  it('says how the builds of a commit went, and by whose word, in every look', async () => {
    const secret = await site.made.accessToken('acme/app', ['repository'], { name: 'nightly builds' });
    const page = await adasPage();
    await open(page, '/acme/app/commits');
    expect(await page.locator('.commit .state').count()).toBe(0);
    const [hash] =
      (await page.locator('.commit-subject').first().getAttribute('href'))?.match(/[0-9a-f]{40}/) ?? [];
    await open(page, `/acme/app/commit/${hash}`);
    expect(await page.locator('#builds').count()).toBe(0);
    const hostile = '<script>alert(1)</script>';
    for (const said of [
      { key: 'ci/test', state: 'SUCCESSFUL', description: '42 tests passed' },
      {
        key: 'ci/lint',
        state: 'FAILED',
        url: 'https://ci.example.org/{repository.full_name}/{commit.hash}',
        name: `Lint ${hostile}`,
        description: hostile,
        refname: 'main',
      },
    ]) {
      const address = `${server.url}/2.0/repositories/acme/app/commit/${hash}/statuses/build`;
      const { status } = await fetch(address, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({ url: 'https://ci.example.org/7', ...said }),
      });
      expect(status).toBe(201);
    }
    await page.reload();
    const rows = page.locator('section[aria-labelledby=builds] tbody tr');
    // What failed comes first.
    const [failed = '', passed = ''] = await rows.allInnerTexts();
    expect(failed).toMatch(/Lint <script>alert\(1\)<\/script>[\s\S]*Failed[\s\S]*nightly builds/);
    expect(passed).toMatch(/ci\/test[\s\S]*42 tests passed[\s\S]*Passed[\s\S]*nightly builds/);
    const link = rows.first().locator('a');
    expect(await link.getAttribute('href')).toBe(`https://ci.example.org/acme/app/${hash}`);
    expect(await link.getAttribute('rel')).toContain('noreferrer');
    await seeInEveryLook(page, 'repository-builds');
    await open(page, '/acme/app/commits');
    expect(await page.locator('.commit').first().locator('.state').innerText()).toBe('1 of 2 builds failed');
    expect(await page.locator('.commit .state').count()).toBe(1);
    await seeInEveryLook(page, 'repository-builds-list');
  });

  it('shows how to begin in an empty repository, and how to begin its wiki', async () => {
    const page = await adasPage();
    await open(page, '/acme/empty');
    const text = await page.locator('main').innerText();
    expect(text).toContain(`git remote add origin ${server.url.replace('://', '://ada@')}/acme/empty.git`);
    expect(text).toContain('create an access token');
    await open(page, '/acme/empty/wiki');
    expect(await heading(page)).toBe('There is no wiki here.');
    await open(page, '/acme/empty/settings');
    await page.check('[name=wiki]');
    await page.click('button:text-is("Save settings")');
    await page.click('nav.tabs a:text-is("Wiki")');
    expect(await page.locator('main').innerText()).toContain('/acme/empty.git/wiki empty-wiki');
  });
});

describe('the wiki', () => {
  it('shows Home first, lists pages, and leads between them', async () => {
    const page = await adasPage();
    await open(page, '/acme/app/wiki');
    expect(await page.locator('.wiki-pages li').allInnerTexts()).toEqual(['Home', 'How To', 'notes/Table']);
    await page.click('article a:text-is("the table")');
    expect(new URL(page.url()).pathname).toBe('/acme/app/wiki/notes/Table');
    await page.click('article a:text-is("up")');
    expect(new URL(page.url()).pathname).toBe('/acme/app/wiki/Home');
    await page.click('article a:text-is("how to")');
    expect(await heading(page)).toBe('How to');
    expect(await page.locator('article script').count()).toBe(0);
    const missing = await open(page, '/acme/app/wiki/Nowhere');
    expect(missing?.status()).toBe(404);
    expect(await heading(page)).toBe('This is not in the wiki.');
    expect(await page.locator('main a').allInnerTexts()).toEqual(['Go to the wiki']);
  });
});

describe('downloads', () => {
  const chosen = (name: string, text: string) => ({
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(text),
  });
  const listed = (page: Page) => page.locator('main tbody th').allInnerTexts();

  it.each([true, false])('are uploaded, saved and deleted on their page, scripts %s', async (scripts) => {
    const page = await adasPage({ scripts });
    await open(page, '/acme/app');
    await page.click('.tabs a:text-is("Downloads")');
    expect(await heading(page)).toBe('Downloads');
    expect(await page.locator('main').innerText()).toContain('No downloads yet');
    await page.click('button:text-is("Upload")');
    expect(await page.locator('.error').innerText()).toBe('Choose a file.');
    await page.setInputFiles('[name=files]', [
      chosen('app 1.0.zip', 'PK'),
      chosen('<b>notes.txt', 'Notes\n'),
    ]);
    await page.click('button:text-is("Upload")');
    expect(await page.locator('.notice').innerText()).toContain('It is uploaded');
    expect((await listed(page)).toSorted()).toEqual(['<b>notes.txt', 'app 1.0.zip']);
    expect(await page.locator('main tbody tr').first().innerText()).toContain('Ada Lovelace');
    if (scripts) await seeInEveryLook(page, 'downloads');
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.click('main a:text-is("app 1.0.zip")'),
    ]);
    expect([saved.suggestedFilename(), readFileSync(await saved.path(), 'utf8')]).toEqual([
      'app 1.0.zip',
      'PK',
    ]);
    for (const name of ['app 1.0.zip', '<b>notes.txt']) {
      await page.click(`a[aria-label="Delete ${name}"]`);
      await page.locator(':is(dialog[open], main) form button:text-is("Delete")').first().click();
      await page.waitForSelector('.notice');
      expect(await listed(page)).not.toContain(name);
    }
    const missing = await open(page, '/acme/app/downloads/gone.zip');
    expect(missing?.status()).toBe(404);
    expect(await heading(page)).toBe('This is not among the downloads.');
  });

  it('are changed by who may write, from pages of this host alone', async () => {
    const form =
      '--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nbytes\r\n--b--\r\n';
    const post = (web: WebClient, headers: Record<string, string> = {}, body = form) =>
      web.send('/acme/app/downloads', {
        method: 'POST',
        body,
        headers: {
          'content-type': 'multipart/form-data; boundary=b',
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
      });
    const ada = new WebClient(server.url);
    const ben = new WebClient(server.url);
    await ada.signIn(site.ada);
    await ben.signIn(site.ben);
    const own = await ada.get('/acme/app/downloads');
    expect(own.text).toContain(
      `curl -u ada -F files=@FILE ${server.url}/2.0/repositories/acme/app/downloads`,
    );
    for (const refused of [
      await post(ada, { 'sec-fetch-site': 'cross-site' }),
      await post(ada, { 'sec-fetch-site': 'same-site' }),
      await post(ben),
    ])
      expect(refused.status).toBe(403);
    expect((await post(new WebClient(server.url))).status).toBe(303);
    expect((await post(ada, {}, form.replace('a.txt', '../a'))).status).toBe(422);
    expect((await post(ada, {}, form.slice(0, -4))).status).toBe(422);
    expect((await ada.get('/acme/app/downloads')).text).toContain('No downloads yet');

    expect((await post(ada)).status).toBe(303);
    const shown = await ben.get('/acme/app/downloads');
    expect(shown.text).toContain('a.txt');
    expect(shown.text).toMatch(/Fetched.*>never</s);
    expect(shown.text).not.toMatch(/type="file"|\/delete"/);
    const got = await ben.get('/acme/app/downloads/a.txt');
    expect([got.status, got.text, got.headers['content-disposition']]).toEqual([
      200,
      'bytes',
      `attachment; filename="a.txt"; filename*=UTF-8''a.txt`,
    ]);
    expect(got.headers['content-security-policy']).toBe("default-src 'none'; sandbox");
    expect((await ben.post('/acme/app/downloads/a.txt/delete')).status).toBe(403);
    const from = { 'sec-fetch-site': 'cross-site' };
    expect((await ada.post('/acme/app/downloads/a.txt/delete', {}, from)).status).toBe(403);
    expect((await ben.get('/acme/app/downloads/a.txt')).text).toBe('bytes');
    expect((await ada.post('/acme/app/downloads/a.txt/delete')).status).toBe(303);
  });
});

describe('who sees what', () => {
  const withoutOwnInput = (text: string, ...own: readonly string[]) =>
    own.reduce((rest, each) => rest.replaceAll(each, '…'), text);

  it.each([
    '',
    '/src/main/README.md',
    '/raw/main/README.md',
    '/commits',
    '/branches',
    '/downloads',
    '/wiki',
    '/settings',
    '/settings/access-tokens',
  ])('a stranger hears the same of a private and of a missing repository%s', async (below) => {
    const [hidden, missing] = await Promise.all([
      fetch(`${server.url}/acme/app${below}`, { redirect: 'manual' }),
      fetch(`${server.url}/acme/nil${below}`, { redirect: 'manual' }),
    ]);
    // Where everybody must sign in first, a stranger is sent to do so before anything is looked up.
    expect(hidden.status).toBe(below.startsWith('/settings') ? 303 : 404);
    expect(missing.status).toBe(hidden.status);
    expect(withoutOwnInput(String(hidden.headers.get('location')), 'acme%2Fapp')).toBe(
      withoutOwnInput(String(missing.headers.get('location')), 'acme%2Fnil'),
    );
    expect(withoutOwnInput(await hidden.text(), 'acme/app', 'acme%2Fapp')).toBe(
      withoutOwnInput(await missing.text(), 'acme/nil', 'acme%2Fnil'),
    );
  });

  it('anonymous readers see what is public, and no settings', async () => {
    const page = await browser.newPage();
    expect((await open(page, '/acme/open'))?.status()).toBe(200);
    expect(await page.locator('nav.tabs').innerText()).not.toContain('Settings');
    expect((await open(page, '/acme/open/settings'))?.url()).toContain('/login?next=');
  });

  it('a reader may not open settings, and somebody without a role sees nothing', async () => {
    const page = await browser.newPage();
    await signIn(page, server, site.ben);
    expect((await open(page, '/acme/app'))?.status()).toBe(200);
    expect(await page.locator('nav.tabs').innerText()).not.toContain('Settings');
    expect((await open(page, '/acme/app/settings'))?.status()).toBe(403);
    expect((await open(page, '/acme/app/settings/access-tokens/new'))?.status()).toBe(403);
    const other = await browser.newPage();
    await signIn(other, server, site.eve);
    expect((await open(other, '/acme/app'))?.status()).toBe(404);
  });

  it.each(['app', 'nil'])(
    'a clone address in a browser leads to the page, whether %s is there or not',
    async (name) => {
      for (const [address, page] of [
        [`/acme/${name}.git`, `/acme/${name}`],
        [`/acme/${name}.git/wiki`, `/acme/${name}/wiki`],
      ] as const) {
        const answer = await fetch(`${server.url}${address}`, { redirect: 'manual' });
        expect(answer.status).toBe(301);
        expect(answer.headers.get('location')).toBe(page);
      }
    },
  );

  it('a credential opens no page', async () => {
    const secret = await site.made.appPassword('ada', ['repository']);
    const authorization = `Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`;
    for (const path of ['/acme/app', '/acme/open', '/acme/app/raw/main/README.md']) {
      const answer = await fetch(`${server.url}${path}`, { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toContain('Weaves');
    }
  });
});

describe('menus', () => {
  it.each([1280, 390])('open within the page and are accessible, at %i', async (width) => {
    const page = await adasPage({ width });
    for (const [name, path, opener] of [
      ['clone', '/acme/app', '.clone > summary'],
      ['refs', '/acme/open/src/main/wide.js', '.ref-menu > summary'],
      ['wiki-edit', '/acme/app/wiki', '.wiki-edit > summary'],
      ['files', '/acme/open/commit/main', '.diffs .part > summary'],
    ] as const) {
      await open(page, path);
      await page.click(opener);
      await screenshot(page, `repository-menu-${name}-${width}`);
      expect.soft(await axe(page), path).toEqual([]);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect.soft(sideways, `${path} scrolls sideways`).toBeLessThanOrEqual(0);
    }
  });
});

describe('every page', () => {
  const shots: readonly (readonly [name: string, path: string])[] = [
    ['source', '/acme/app'],
    ['folder', '/acme/app/src/main/docs'],
    ['code', '/acme/app/src/main/src/server.ts'],
    ['document', '/acme/app/src/main/docs/guide.md'],
    ['picture', '/acme/app/src/main/docs/logo.png'],
    ['binary', '/acme/app/src/main/data.bin'],
    ['commits', '/acme/app/commits/main'],
    ['path-history', '/acme/app/commits/main?path=src%2Fserver.ts'],
    ['commit', '/acme/app/commit/main'],
    ['branches', '/acme/app/branches'],
    ['tags', '/acme/app/tags'],
    ['wiki', '/acme/app/wiki'],
    ['empty', '/acme/empty'],
    ['empty-wiki', '/acme/empty/wiki'],
    ['hostile', '/acme/open'],
    ['hostile-branches', '/acme/open/branches'],
    ['hostile-commit', `/acme/open/commit/${encodeURIComponent(hostileBranch)}`],
    ['settings', '/acme/app/settings'],
    ['access', '/acme/app/settings/access'],
    ['revoke-access', '/acme/app/settings/access/revoke?holder=ben'],
    ['tokens', '/acme/app/settings/access-tokens'],
    ['new-token', '/acme/app/settings/access-tokens/new'],
    ['transfer', '/acme/app/settings/transfer'],
    ['transfer-to', '/acme/app/settings/transfer/lab'],
    ['delete', '/acme/app/settings/delete'],
  ];

  it('is accessible and fits, in every look', async () => {
    const page = await adasPage();
    for (const [name, path] of shots) {
      const answer = await open(page, path);
      expect.soft(answer?.status(), path).toBe(200);
      await seeInEveryLook(page, `repository-${name}`);
    }
  }, 240_000);
});
