import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';
import { signIn } from './web-repository-site.ts';

/** What stands around every page, and how one gets through it with the keyboard. */

const LONG_NAME = 'Donaudampfschifffahrtsgesellschaft und Kapitänsvereinigung';

let server: TestServer;
let page: Page;

beforeAll(async () => {
  const [started, browser] = await Promise.all([startServer(), launchBrowser()]);
  server = started;
  const made = world(server);
  const ada = await made.account('ada');
  await made.do(['workspace', 'create', 'acme', '--owner', 'ada', '--name', LONG_NAME]);
  await made.repository('acme/app');
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
