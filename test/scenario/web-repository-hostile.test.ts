import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { writingHandle } from '../../src/git/handle.ts';
import { deepTree, treeBomb } from '../git/bombs.ts';
import { BuiltRepository } from '../git/build-repository.ts';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';
import {
  hostileBranch,
  hostileSubject,
  makeSite,
  scriptName,
  turnedBranch,
  turnedName,
} from './web-repository-site.ts';

/** What anybody may push and anybody may look at: nothing of it may run, and nothing of it may break a page. */

let server: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  await makeSite(server);
}, 120_000);

const encode = (path: string) => path.split('/').map(encodeURIComponent).join('/');
const at = (path: string) => `${server.url}/acme/open${path}`;
const branch = encode(hostileBranch);

/** Opens a page and answers what ran on it that should not have. */
async function alarms(page: Page, url: string): Promise<string[]> {
  const heard: string[] = [];
  page.on('dialog', (dialog) => {
    heard.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error') heard.push(message.text());
  });
  page.on('pageerror', (error) => heard.push(error.message));
  const answer = await page.goto(url);
  if (answer?.status() !== 200) heard.push(`status ${answer?.status()}`);
  const strange = await page
    .locator('main script, main [onerror], main [onload], main svg[onload], .place script, .place img')
    .count();
  if (strange > 0) heard.push(`${strange} elements that nobody but an attacker wrote`);
  return heard;
}

describe('names and messages that are markup', () => {
  it.each([
    '',
    `/src/${branch}`,
    `/src/main/${encode(scriptName)}`,
    `/src/main/${encode('"><img src=x onerror=alert(1)>.md')}`,
    `/src/main/${encode('"><img src=x onerror=alert(1)>.md')}?view=source`,
    `/src/main/${encode("quote'and`tick`.js")}`,
    '/commits',
    `/commits/${branch}`,
    `/commits/main?path=${encodeURIComponent('"><script>alert(1)</script>')}`,
    '/commit/main',
    `/commit/${encodeURIComponent(hostileBranch)}`,
    '/branches',
    '/tags',
    `/src/${encode("<b>tag'</b>")}`,
  ])('%s runs nothing', async (path) => {
    const page = await browser.newPage();
    expect(await alarms(page, at(path))).toEqual([]);
    await page.context().close();
  });

  it('shows them as they were written', async () => {
    const page = await browser.newPage();
    await page.goto(at('/commit/main'));
    expect(await page.locator('h1').innerText()).toBe(hostileSubject);
    await page.goto(at('/branches'));
    expect(await page.locator('tbody th').allInnerTexts()).toContain(hostileBranch);
  });
});

describe('names that no address or text holds', () => {
  it('every linked entry of the folder opens, and the others stand there without a link', async () => {
    const page = await browser.newPage();
    await page.goto(at(''));
    const entries = await page.locator('.files tbody th').evaluateAll((cells) =>
      cells.map((cell) => ({
        text: cell.textContent ?? '',
        href: cell.querySelector('a')?.href ?? null,
      })),
    );
    expect(entries).toHaveLength(14);
    const linked = entries.filter(({ href }) => href !== null);
    for (const { href } of linked) expect.soft((await fetch(String(href))).status, String(href)).toBe(200);
    const rest = entries.filter(({ href }) => href === null).map(({ text }) => text);
    expect(rest).toHaveLength(2);
    expect(rest.join(' ')).toMatch(/back\\slash\.txt.*escape\.txt/);
    expect(entries.map(({ text }) => text).join(' ')).not.toMatch(/[\u202e\n\u001b]/);
  });

  it('lists a name that is not UTF-8', async () => {
    const answer = await fetch(at('/src/latin'));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('caf\ufffd.txt');
  });

  it('a branch with a percent sign, a plus and an ampersand keeps its name through links', async () => {
    const page = await browser.newPage();
    await page.goto(at('/branches'));
    await page.click('a:text-is("50%25/a+b&c")');
    expect(await page.locator('.ref-name').innerText()).toBe('50%25/a+b&c');
    await page.click('.files a:text-is("per%20cent%2F?query#hash.txt")');
    expect(await page.locator('h1').innerText()).toContain('per%20cent%2F?query#hash.txt');
    await page.click('a:text-is("Raw")');
    expect(await page.locator('body').innerText()).toContain('hello <script>');
  });
});

describe('marks that turn the text round', () => {
  const turned = encode(turnedBranch);

  it.each([
    '/src/main',
    `/src/${turned}`,
    `/src/${turned}/${encode(`${turnedName}.js`)}`,
    `/commits/${turned}?path=${encode(`${turnedName}.js`)}`,
    `/commit/${turned}`,
    '/branches',
    '/tags',
    `/src/${encode('no\u202esuch')}`,
  ])('reach nothing of %s', async (path) => {
    const text = await (await fetch(at(path))).text();
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(text).toMatch(/\ufffd/);
  });

  it('are written out in code and its changes', async () => {
    for (const path of [`/src/${turned}/${encode(`${turnedName}.js`)}`, `/commit/${turned}`]) {
      const text = await (await fetch(at(path))).text();
      expect(text, path).toContain('<span class="bidi" title="U+202E">⟨U+202E⟩</span> } <span class="bidi"');
    }
  });
});

describe('what is too much', () => {
  it('shows a folder of ten thousand files in pages', async () => {
    const page = await browser.newPage();
    await page.goto(at('/src/main/thousands'));
    expect(await page.locator('.files tbody tr').count()).toBe(101);
    expect(await page.locator('.pagination').innerText()).toContain('1–100 of 10,000');
    await page.goto(at('/src/main/thousands?page=100'));
    expect(await page.locator('.files tbody').innerText()).toContain('file-09999');
    expect(await page.locator('a[rel=next]').count()).toBe(0);
  });

  it('keeps such a page below 60 KB', async () => {
    const page = await (await fetch(at('/src/main/thousands'))).arrayBuffer();
    expect(page.byteLength).toBeLessThan(60_000);
  });

  it('opens the bottom of a deep folder', async () => {
    const levels = Array.from({ length: 60 }, (_, index) => `level-${index + 1}`).join('/');
    const answer = await fetch(at(`/src/main/deep/${levels}/bottom.txt`));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('hello &lt;script&gt;');
  });

  it('leaves a large file to the raw address, which streams it whole', async () => {
    const page = await (await fetch(at('/src/main/large.txt'))).text();
    expect(page).toContain('Too large to show on a page');
    expect(page.length).toBeLessThan(60_000);
    const raw = await fetch(at('/raw/main/large.txt'));
    expect((await raw.arrayBuffer()).byteLength).toBe(1_280_000);
  });

  it('shows a very long line without colouring it', async () => {
    const answer = await fetch(at('/src/main/wide.js'));
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain('hljs');
  });

  it('cuts a diff that is too large, and gives the whole as text', async () => {
    const page = await (await fetch(at('/commit/main'))).text();
    expect(page).toContain('Too large to show whole');
    expect(page.length).toBeLessThan(3_000_000);
    const diff = await fetch(at('/commit/main/diff'));
    expect(diff.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect((await diff.arrayBuffer()).byteLength).toBeGreaterThan(1_000_000);
  });
});

describe('a commit that nobody could compare', () => {
  it.each([
    ['of trees that name each other many times over', (built: BuiltRepository) => treeBomb(built, 9)],
    ['of folders without end', (built: BuiltRepository) => deepTree(built, 20_000)],
  ])('%s is shown without what it changed, at once', async (_what, make) => {
    const open = (await (await fetch(`${server.url}/2.0/repositories/acme/open`)).json()) as { uuid: string };
    const id = open.uuid.slice(1, -1);
    const path = join(server.data, 'repositories', id.slice(0, 2), `${id}.git`);
    const built = new BuiltRepository(path, writingHandle(id, 'repository', path));
    const commit = await make(built);
    const began = performance.now();
    const page = await fetch(at(`/commit/${commit}`));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('This commit changes more files than are compared here');
    const diff = await fetch(at(`/commit/${commit}/diff`));
    expect(diff.status).toBe(422);
    expect(await diff.text()).toContain('more files than are compared here');
    expect(performance.now() - began).toBeLessThan(15_000);
    await built.git(['update-ref', '-d', 'refs/heads/deep']);
  });
});

describe('links and submodules', () => {
  it('follows a symbolic link only within the repository', async () => {
    const inside = await (await fetch(at('/src/main/link-inside'))).text();
    expect(inside).toContain('href="/acme/open/src/main/plain.txt"');
    const outside = await (await fetch(at('/src/main/link-outside'))).text();
    expect(outside).toContain('<code>../../../../etc/passwd</code>');
    expect(outside).not.toContain('href="/etc');
    expect(await (await fetch(at('/raw/main/link-outside'))).text()).toBe('../../../../etc/passwd');
  });

  it('says what a submodule is', async () => {
    expect(await (await fetch(at('/src/main/submodule'))).text()).toContain(
      '1234567890123456789012345678901234567890',
    );
    expect((await fetch(at('/raw/main/submodule'))).status).toBe(404);
  });
});

describe('addresses that lead nowhere', () => {
  it.each([
    '/src/nope',
    '/src/main/nope.txt',
    '/src/main/plain.txt/below',
    '/raw/main',
    '/raw/main/thousands',
    '/commit/ffffffffffffffffffffffffffffffffffffffff',
    '/commit/HEAD~1',
    '/commits/main..latin',
    '/commits/--all',
    '/src/main:plain.txt',
    '/wiki',
    '/wiki-raw/Home.md',
  ])('%s is not found', async (path) => {
    expect((await fetch(at(path))).status).toBe(404);
  });

  it('are told within the repository to those who may see it', async () => {
    const page = await browser.newPage();
    await page.goto(at(`/src/${encode('<b>nope')}`));
    expect(await page.locator('main').innerText()).toContain('No branch, tag or commit is called “<b>nope”.');
    await page.click('a:text-is("Go to the source")');
    expect(new URL(page.url()).pathname).toBe('/acme/open');
  });

  it.each(['/src/main/%2e%2e/x', '/src/main/a%5cb', '/src/main/%00', '/src/main/%ff'])(
    '%s is refused',
    async (path) => {
      const answer = await fetch(at(path).replace('%2e%2e', '%2e%2e%2f'));
      expect([400, 404]).toContain(answer.status);
    },
  );
});
