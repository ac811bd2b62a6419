import { statSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { axe, launchBrowser, screenshot } from './browser.ts';

it('a page can be looked at, light and dark, wide and narrow, and axe sees what is wrong with it', async () => {
  const { newPage } = await launchBrowser();
  const html =
    '<html lang="en"><title>t</title><main><h1>Keys</h1><input><p style="color:#eee;background:#fff">pale</p>';
  const [wide, narrow, plain] = await Promise.all([
    newPage(),
    newPage({ dark: true, width: 390 }),
    newPage({ scripts: false }),
  ]);
  await wide.setContent(html);
  await narrow.goto(`data:text/html,${encodeURIComponent(html)}`);
  await plain.goto(
    `data:text/html,${encodeURIComponent('<p>before</p><script>document.body.textContent = "after"</script>')}`,
  );
  expect(await plain.textContent('p')).toBe('before');
  expect(await wide.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(false);
  expect(await narrow.evaluate('matchMedia("(prefers-color-scheme: dark)").matches && innerWidth')).toBe(390);
  expect((await axe(wide)).map(({ rule }) => rule).toSorted()).toEqual(['color-contrast', 'label']);
  vi.stubEnv('LATCHKEY_TEST_PICTURES', '1');
  const picture = await screenshot(narrow, 'support-browser');
  expect(statSync(picture).size).toBeGreaterThan(1000);
});
