import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { gitOk, newRepository } from '../support/git.ts';
import { world } from '../support/world.ts';
import { signIn } from './web-repository-site.ts';

/** What stands around every page: how one gets through it with the keyboard, and that no word is too long for it. */

const WORD = 'x'.repeat(240);
const SENTENCE = 'Where the server answers, as people reach it from outside, with its port. '.repeat(4);
const TABLE = `| Option | Description |\n|---|---|\n| \`LATCHKEY_URL\` | ${SENTENCE} |\n| Required | Yes |\n`;
const LONG_NAME = 'Donaudampfschifffahrtsgesellschaft und Kapitänsvereinigung';

let server: TestServer;
let page: Page;

beforeAll(async () => {
  const [started, browser] = await Promise.all([startServer(), launchBrowser()]);
  server = started;
  const made = world(server);
  const ada = await made.account('ada');
  await made.do(['workspace', 'create', 'acme', '--owner', 'ada', '--name', LONG_NAME]);
  const readme = `# ${WORD}\n\n## ${WORD}\n\n${WORD}\n\n- ${WORD}\n\n| a | b |\n|---|---|\n| ${WORD} | c |\n\n${TABLE}`;
  const folder = await newRepository('long', { 'README.md': readme, [WORD]: `${WORD}\n` });
  await gitOk(['commit', '--quiet', '--allow-empty', '-m', `${WORD}\n\n${WORD}`], { cwd: folder });
  await gitOk(['branch', WORD.slice(0, 200)], { cwd: folder });
  await made.repository('acme/app', { import: folder });
  await made.repository('acme/words');
  await made.appPassword('ada', ['repository'], WORD.slice(0, 100));
  page = await browser.newPage({ width: 360 });
  await signIn(page, server, ada);
}, 60_000);

describe('the first Tab', () => {
  it.each(['/acme', '/acme/app', '/acme/app/settings', '/acme/-/settings'])(
    'reaches the skip link of %s',
    async (path) => {
      await page.goto(server.url + path);
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').innerText()).toBe('Skip to the content');
    },
  );

  it('has the current tab in view all the same', async () => {
    await page.goto(`${server.url}/acme/app/settings`);
    const ends = await page
      .locator('.tabs, .tabs [aria-current]')
      .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().right));
    expect(ends).toHaveLength(2);
    expect(ends[1]).toBeLessThanOrEqual(Number(ends[0]) + 1);
  });
});

describe('one long word', () => {
  const widest = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const branch = WORD.slice(0, 200);
  /** Words of ordinary length in tables that stand on more than one line. */
  const brokenWords = () =>
    page.locator('main table :is(th, td)').evaluateAll((cells) =>
      cells.flatMap((cell) => {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        const broken: string[] = [];
        while (texts.nextNode()) {
          for (const { 0: word, index } of texts.currentNode.textContent?.matchAll(/\w+/g) ?? []) {
            const range = document.createRange();
            range.setStart(texts.currentNode, index);
            range.setEnd(texts.currentNode, index + word.length);
            const lines = new Set([...range.getClientRects()].map(({ top }) => top));
            if (lines.size > 1 && word.length < 20) broken.push(word);
          }
        }
        return broken;
      }),
    );

  it('widens no page', async () => {
    await page.goto(`${server.url}/acme/app/settings`);
    await page.fill('[name=description]', WORD);
    await page.click('button:text-is("Save settings")');
    await page.goto(`${server.url}/acme/-/oauth-consumers/new`);
    await page.fill('[name=name]', WORD.slice(0, 100));
    await page.check('[name=scopes][value=repository]');
    await page.uncheck('[name=private]');
    await page.click('button:text-is("Add consumer")');
    const consumer = new URL(page.url()).pathname;
    for (const path of [
      '/',
      `/search?q=${WORD}`,
      '/acme',
      '/acme/app',
      `/acme/app/src/${branch}/${WORD}`,
      `/acme/app/src/${WORD}`,
      '/acme/app/commits',
      `/acme/app/commit/${branch}`,
      '/acme/app/branches',
      '/acme/app/settings',
      `/acme/app/settings/who-can?branch=${WORD}`,
      '/acme/-/oauth-consumers',
      consumer,
      `${consumer}/delete`,
      '/account/settings/app-passwords',
    ]) {
      await page.goto(server.url + path);
      for (const width of [360, 1280]) {
        await page.setViewportSize({ width, height: 844 });
        expect.soft(await widest(), `${path.replaceAll('xx', '')} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
  });

  it('breaks no other word of a table', async () => {
    await page.goto(`${server.url}/acme/words/settings`);
    await page.fill('[name=description]', SENTENCE);
    await page.click('button:text-is("Save settings")');
    for (const path of ['/acme', '/acme/app']) {
      await page.goto(server.url + path);
      for (const width of [360, 720, 1280]) {
        await page.setViewportSize({ width, height: 844 });
        expect.soft(await brokenWords(), `${path} at ${width}`).toEqual([]);
        expect.soft(await widest(), `${path} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
  });

  it('leaves the menus of the top bar whole on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 844 });
    await page.goto(`${server.url}/acme`);
    await page.click('.workspace-menu summary');
    const boxes = await page
      .locator(
        '.top-bar > .home, .workspace-menu > summary, .avatar-menu > summary, .workspace-menu > .menu-panel',
      )
      .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().toJSON()));
    // In the order of the page.
    const [home, word, panel, avatar] = boxes as DOMRect[];
    for (const box of [word, panel, avatar]) {
      expect(box?.left).toBeGreaterThanOrEqual(0);
      expect(box?.right).toBeLessThanOrEqual(360);
    }
    expect(avatar?.top).toBeLessThan(Number(home?.bottom));
    expect(word?.top).toBeLessThan(Number(home?.bottom));
    await page.keyboard.press('Escape');
  });
});
