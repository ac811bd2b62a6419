import type { AxeResults } from 'axe-core';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { atEndOfFile } from './cleanup.ts';
import { projectRoot, run } from './run.ts';

const chromiumPackage = join(projectRoot, 'node_modules/@sparticuz/chromium');
const cache = join(projectRoot, '.cache');

export interface TestBrowser {
  readonly browser: Browser;
  /** A page in a context of its own, so without cookies. @param width in CSS pixels, 1280 unless told; 390 is a phone. */
  newPage(options?: PageOptions): Promise<Page>;
}

export interface PageOptions {
  readonly dark?: boolean;
  readonly width?: number;
  /** Whether scripts run; pages have to work without. */
  readonly scripts?: boolean;
  /** Share the cookies of an earlier page's context, for the same person in another tab or colour scheme. */
  readonly cookiesFrom?: BrowserContext;
}

/** Starts Chromium from npm, without any system package; it ends with the test file. `LATCHKEY_TEST_BROWSER` names another Chromium. */
export async function launchBrowser(): Promise<TestBrowser> {
  const other = process.env.LATCHKEY_TEST_BROWSER;
  if (!other && (process.platform !== 'linux' || process.arch !== 'x64'))
    throw new Error(
      'The tests bring a browser for linux-x64 only; name a Chromium by LATCHKEY_TEST_BROWSER.',
    );
  const folder = other ? '' : await unpackedChromium();
  const browser = await startedChromium(other ?? join(folder, 'chromium'), other ? {} : librariesIn(folder));
  atEndOfFile(() => browser.close());
  return {
    browser,
    newPage: async ({ dark = false, width = 1280, scripts = true, cookiesFrom } = {}) => {
      const context = await browser.newContext({
        viewport: { width, height: width < 600 ? 844 : 900 },
        colorScheme: dark ? 'dark' : 'light',
        javaScriptEnabled: scripts,
        ...(cookiesFrom ? { storageState: await cookiesFrom.storageState() } : {}),
      });
      context.setDefaultTimeout(10_000);
      return context.newPage();
    },
  };
}

/** This Chromium dies of SIGSEGV at about one start in two hundred, before it has opened anything: then once more. */
async function startedChromium(executablePath: string, libraries: Record<string, string>): Promise<Browser> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await chromium.launch({
        executablePath,
        env: { PATH: process.env.PATH ?? '', HOME: join(cache, 'browser-home'), ...libraries },
        // The package's own list of arguments crashes on a second context.
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-software-rasterizer',
          '--disable-background-networking',
          '--disable-dev-shm-usage',
        ],
      });
    } catch (error) {
      if (attempt === START_ATTEMPTS || !String(error).includes('signal=SIGSEGV')) throw error;
    }
  }
}

const librariesIn = (folder: string): Record<string, string> => ({
  LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
  FONTCONFIG_FILE: join(folder, 'fonts.conf'),
});

/**
 * Writes the whole page as `.cache/screenshots/<name>.png` and returns that path. Only where LATCHKEY_TEST_PICTURES is
 * set: nobody looks at those of most runs, and they take long.
 */
export async function screenshot(page: Page, name: string): Promise<string> {
  const path = join(cache, 'screenshots', `${name}.png`);
  if (process.env['LATCHKEY_TEST_PICTURES'] === undefined) return path;
  // Pictures are for people to look at and prove nothing: a machine too busy to take one fails no test.
  for (let attempt = 1; attempt <= PICTURE_ATTEMPTS; attempt++) {
    try {
      await page.screenshot({ path, fullPage: true });
      return path;
    } catch (error) {
      if (!String(error).includes('Unable to capture screenshot')) throw error;
      await page.waitForTimeout(attempt * 300);
    }
  }
  process.stderr.write(`The picture ${name} could not be taken.\n`);
  return path;
}

export interface AccessibilityFinding {
  readonly rule: string;
  readonly impact: 'serious' | 'critical';
  readonly help: string;
  /** Selectors of the elements concerned. */
  readonly elements: readonly string[];
}

const START_ATTEMPTS = 3;
const PICTURE_ATTEMPTS = 3;

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds serious or critical on the page, and every id that stands twice; expect it to equal `[]`. */
export async function axe(page: Page): Promise<AccessibilityFinding[]> {
  if (page.frames().length > 1) throw new Error('The page has frames, into which this does not look.');
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axeSource);
  const found = await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => ({ violations }))",
  );
  return [
    ...(found as Pick<AxeResults, 'violations'>).violations.flatMap(({ id, impact, help, nodes }) =>
      impact === 'serious' || impact === 'critical'
        ? [{ rule: id, impact, help, elements: nodes.map(({ target }) => target.join(' ')) }]
        : [],
    ),
    ...(await repeatedIds(page)),
  ];
}

/** axe passes over what is folded away, where a label with a repeated id would tick another box than its own. */
async function repeatedIds(page: Page): Promise<AccessibilityFinding[]> {
  const ids = await page.locator('[id]').evaluateAll((elements) => elements.map(({ id }) => id));
  const repeated = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
  const help = 'ids must stand once on a page';
  return repeated.map((id) => ({ rule: 'repeated-id', impact: 'serious', help, elements: [`#${id}`] }));
}

/** Unpacks Chromium, its libraries and fonts once per version: about 3 s the first time. */
async function unpackedChromium(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(chromiumPackage, 'package.json'), 'utf8'));
  const folder = join(cache, `chromium-${(manifest as { version: string }).version}`);
  if (existsSync(folder)) return folder;
  // Staged beside and then renamed: a worker that starts a half-written program gets ETXTBSY.
  const stage = `${folder}.${randomBytes(6).toString('hex')}`;
  await mkdir(stage, { recursive: true });
  try {
    await inflate(stage);
    await writeFile(join(stage, 'fonts.conf'), fontSettings(folder));
    await rename(stage, folder);
  } catch (error) {
    await rm(stage, { recursive: true, force: true });
    // Another worker was first; its folder is complete, because it was renamed into place.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The package unpacks into the temporary folder of its process, so it gets a process with another one. */
async function inflate(folder: string): Promise<void> {
  const module = pathToFileURL(join(chromiumPackage, 'build/esm/lambdafs.js')).href;
  const archives = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) =>
    join(chromiumPackage, 'bin', name),
  );
  const program = `const { inflate } = await import(${JSON.stringify(module)}); await Promise.all(${JSON.stringify(archives)}.map(inflate));`;
  const { code, stderr } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    env: { TMPDIR: folder },
  });
  if (code !== 0) throw new Error(`${basename(chromiumPackage)} could not be unpacked: ${stderr}`);
}

const fontSettings = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/font-cache</cachedir>
</fontconfig>
`;
