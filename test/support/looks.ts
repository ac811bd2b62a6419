import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import { axe, screenshot } from './browser.ts';

/** Colours change with the theme and places with the width: two of the four looks have seen each of both. */
const LOOKS = [
  { look: 'dark-wide', width: 1280, scheme: 'dark', forAxe: false },
  { look: 'dark-narrow', width: 390, scheme: 'dark', forAxe: true },
  { look: 'light-narrow', width: 390, scheme: 'light', forAxe: false },
  { look: 'light-wide', width: 1280, scheme: 'light', forAxe: true },
] as const;

/**
 * Looks at the page as it stands in both themes, wide and on a phone: axe has nothing to say, and nothing sticks out.
 * Leaves it light and wide. @param name names the page's pictures and failures.
 */
export async function seeInEveryLook(page: Page, name: string): Promise<void> {
  for (const { look, width, scheme, forAxe } of LOOKS) {
    await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
    // Without motion the colours change at once, and not while they are looked at.
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect.soft(overflow, `${name} is wider than the window in ${look}`).toBeLessThanOrEqual(0);
    if (forAxe) expect.soft(await axe(page), `${name} in ${look}`).toEqual([]);
    await screenshot(page, `${name}-${look}`);
  }
}
