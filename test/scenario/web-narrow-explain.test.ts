import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { axe, launchBrowser, screenshot, type TestBrowser } from '../support/browser.ts';
import { git, gitOk, withCredentials, workFolder } from '../support/git.ts';
import { seeInEveryLook } from '../support/looks.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { makeSite, signIn, type Site } from './web-repository-site.ts';

let server: TestServer;
let site: Site;
let browser: TestBrowser;
let adasKey: string;
let adasSecret: string;
let deployKey: string;
let deploySecret: string;

const SETTINGS = '/acme/app/settings';

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  site = await makeSite(server);
  const { made } = site;
  await made.account('cleo', { displayName: 'Cleo de Nile' });
  await made.do(['group', 'create', 'acme', 'release']);
  await made.do(['workspace', 'member', 'add', 'acme', 'cleo']);
  await made.do(['group', 'add', 'acme', 'release', 'cleo']);
  await made.role('acme/app', '@release', 'write');
  adasSecret = await made.appPassword('ada', ['repository:write'], 'Adas key');
  await made.appPassword('cleo', ['repository:write'], 'Cleos laptop');
  await made.appPassword('ben', ['repository:write'], 'Bens key');
  deploySecret = await made.do(
    'access-token create acme/app --name Deploy_bot --scope repository:write --ref refs/heads/deploy/* --path docs/**'
      .split(' ')
      .map((word) => word.replace('_', ' ')),
  );
  const idOf = async (of: { user: string } | { repository: string }, label: string) => {
    const found = (await made.credentials(of)).find(
      (each) => each['label'] === label || each['name'] === label,
    );
    return String(found?.['id']);
  };
  adasKey = await idOf({ user: 'ada' }, 'Adas key');
  deployKey = await idOf({ repository: 'acme/app' }, 'Deploy bot');
}, 120_000);

async function pageOf(
  person: 'ada' | 'ben',
  path: string,
  options: Parameters<TestBrowser['newPage']>[0] = {},
): Promise<Page> {
  const page = await browser.newPage(options);
  await signIn(page, server, site[person], path);
  return page;
}
const main = (page: Page) => page.locator('main').innerText();
const press = (page: Page, label: string) => page.click(`main button:text-is("${label}")`);

describe.each([{ scripts: true }, { scripts: false }])('the simulator, scripts $scripts', ({ scripts }) => {
  it('gives the whole chain of reasons and leads to a key that could', async () => {
    const page = await pageOf('ada', `${SETTINGS}/access-tokens/${deployKey}`, { scripts });
    await page.getByRole('link', { name: 'Why can it not…?' }).click();
    expect(await page.locator('[name=target]').inputValue()).toBe('acme/app');
    await page.getByLabel('Operation').selectOption('repository.push');
    await page.getByLabel('Branch or tag').fill('main');
    await page.getByLabel('What becomes of it').selectOption('fast-forward');
    await press(page, 'Ask');
    await page.getByRole('heading', { name: 'Refused' }).waitFor();
    const text = await main(page);
    for (const factor of ['Its state', 'Its kind', 'Its scopes', 'Its bounds', 'The role of its owner']) {
      expect(text).toContain(factor);
    }
    expect(text).toMatch(/The branch or tag refuses[\s\S]*refs\/heads\/main[\s\S]*fast-forward/);
    expect(await page.getByLabel('Branch or tag').inputValue()).toBe('main');
    if (scripts) expect(await axe(page)).toEqual([]);
    await screenshot(page, `simulator-refused-1280${scripts ? '' : '-no-script'}`);

    // The form of a key that could: filled in with the least, and nothing is made by opening it.
    const before = (await site.made.credentials({ repository: 'acme/app' })).length;
    await page.getByRole('link', { name: 'Make a narrow credential for this' }).click();
    expect(new URL(page.url()).pathname).toBe(`${SETTINGS}/access-tokens/new`);
    expect(await page.getByLabel('Push to branches').isChecked()).toBe(true);
    expect(await page.locator('[name=branches]').inputValue()).toBe('main');
    expect(await page.locator('[name=branch-changes]:checked').count()).toBe(1);
    expect((await site.made.credentials({ repository: 'acme/app' })).length).toBe(before);
    await page.fill('[name=label]', `Only main ${scripts}`);
    await press(page, 'Create access token');
    const secret = /lkrt_[A-Za-z0-9]{38}/.exec(await main(page))?.[0] ?? '';
    const cwd = workFolder(`simulated-${scripts}`);
    const address = withCredentials(`${server.url}/acme/app.git`, 'x-token-auth', secret);
    await gitOk(['clone', '--quiet', address, cwd]);
    await gitOk(['commit', '--allow-empty', '--quiet', '-m', 'Onward'], { cwd });
    expect((await git(['push', 'origin', 'HEAD:refs/heads/main'], { cwd })).code).toBe(0);
    expect((await git(['push', 'origin', 'HEAD:refs/heads/other'], { cwd })).code).not.toBe(0);
  });
});

describe('the simulator', () => {
  it('says yes where Git would, and what is wrong with a question at its field', async () => {
    const page = await pageOf('ada', `${SETTINGS}/access-tokens/${deployKey}/explain`);
    const ask = (query: Record<string, string>) =>
      page.goto(
        `${server.url}${SETTINGS}/access-tokens/${deployKey}/explain?${new URLSearchParams({ operation: 'repository.push', target: 'acme/app', ...query }).toString()}`,
      );
    await ask({ ref: 'deploy/live', change: 'create', path: 'docs/new.md' });
    await page.getByRole('heading', { name: 'Allowed' }).waitFor();
    expect(await main(page)).not.toContain('Make a narrow credential');
    await ask({ ref: 'deploy/live', change: 'create', path: 'src/server.ts' });
    await page.getByRole('heading', { name: 'Refused' }).waitFor();
    for (const [query, says] of [
      [{ ref: 'deploy/live', change: 'rewrite' }, 'A change of a ref is one of'],
      [{ from: 'here' }, 'is no network address'],
      [{ at: 'soon' }, '2027-03-31 14:00'],
      [{ target: 'app' }, 'WORKSPACE/NAME'],
      [{ path: 'docs/x' }, 'Say to which ref'],
    ] as const) {
      const answer = await ask(query);
      expect(answer?.status(), says).toBe(422);
      expect(await page.locator('.error').innerText()).toContain(says);
    }
    const odd = await ask({ operation: 'root.everything' });
    expect(odd?.status()).toBe(422);
  });

  it('asks about another place and another hour', async () => {
    await site.made.do([
      ...'app-password create ada --scope repository --from 10.0.0.0/8 --label'.split(' '),
      'By night',
      '--window',
      'Mon-Fri 22:00-04:00 UTC',
    ]);
    const keys = await site.made.credentials({ user: 'ada' });
    const key = keys.find((each) => each['label'] === 'By night');
    const page = await pageOf('ada', '/');
    const ask = async (from: string, at: string) => {
      const query = new URLSearchParams({ operation: 'repository.fetch', target: 'acme/app', from, at });
      await page.goto(
        `${server.url}/account/settings/app-passwords/${String(key?.['id'])}/explain?${query.toString()}`,
      );
      return page.locator('#verdict').innerText();
    };
    // A Tuesday.
    expect(await ask('10.1.2.3', '2099-03-31 23:00')).toBe('Allowed');
    expect(await ask('10.1.2.3', '2099-03-31 12:00')).toBe('Refused');
    expect(await ask('192.0.2.1', '2099-03-31 23:00')).toBe('Refused');
    expect(await main(page)).toContain('10.0.0.0/8');
    await page.getByRole('link', { name: 'Make a narrow credential for this' }).click();
    expect(await page.locator('[name=from]').inputValue()).toBe('192.0.2.1');
    expect(await page.locator('[name=repository]').inputValue()).toBe('acme/app');
  });

  it('offers no key where none could, and says nothing of what its owner cannot see', async () => {
    const [bens] = await site.made.credentials({ user: 'ben' });
    const page = await pageOf('ben', `/account/settings/app-passwords/${String(bens?.['id'])}/explain`);
    const url = page.url();
    await page.goto(`${url}?operation=repository.push&target=acme/app`);
    expect(await main(page)).toContain('It takes write; its owner holds read.');
    expect(await page.getByRole('link', { name: 'Make a narrow credential' }).count()).toBe(0);
    const texts = [];
    for (const target of ['acme/empty', 'acme/missing']) {
      await page.goto(`${url}?operation=repository.fetch&target=${target}`);
      texts.push((await main(page)).replaceAll(target, 'TARGET'));
    }
    expect(texts[0]).toBe(texts[1]);
  });
});

describe('a refused page', () => {
  it('leads to a key for what the person may do, and to none where they may nothing', async () => {
    const page = await pageOf('ben', '/');
    const answer = await page.goto(`${server.url}${SETTINGS}/who-can`);
    expect(answer?.status()).toBe(403);
    await page.getByRole('link', { name: 'Make a narrow credential for what you may do here' }).click();
    expect(new URL(page.url()).pathname).toBe('/account/settings/app-passwords/new');
    expect(await page.getByLabel('Clone and fetch').isChecked()).toBe(true);
    expect(await page.locator('[name=repository]').inputValue()).toBe('acme/app');
    const hidden = await page.goto(`${server.url}/acme/empty/settings/who-can`);
    expect(hidden?.status()).toBe(404);
    expect(await main(page)).not.toContain('narrow credential');
  });
});

describe.each([{ scripts: true }, { scripts: false }])(
  'branch restrictions, scripts $scripts',
  ({ scripts }) => {
    it('are added and removed on a page, Git obeys, and who-can says so', async () => {
      const branch = `guarded-${scripts}`;
      const page = await pageOf('ada', `${SETTINGS}/branch-restrictions`, { scripts });
      // A mistake keeps what was typed.
      await page.getByLabel('Branches').fill('refs/heads/main');
      await page.getByLabel('Deploy bot').first().check();
      await press(page, 'Add restriction');
      await page.getByText('Give the branch by its name alone').waitFor();
      expect(await page.getByLabel('Deploy bot').first().isChecked()).toBe(true);
      await page.getByLabel('Branches').fill(branch);
      await page.getByLabel('Deploy bot').first().uncheck();
      await page.getByLabel('release').first().check();
      await press(page, 'Add restriction');
      await page.getByText('The branch restriction holds from now on.').waitFor();
      expect(await page.locator('table').innerText()).toMatch(new RegExp(`${branch}[\\s\\S]*release`));
      // Boxes that were ticked for another rule name nobody in this one.
      await page.getByLabel('Branches').fill(branch);
      await page.getByLabel('release').first().check();
      await page.getByRole('radio', { name: 'Nobody may delete it' }).check();
      expect(await page.getByLabel('release').first().isVisible()).toBe(false);
      await press(page, 'Add restriction');
      await page.getByText('holds for everybody').first().waitFor();
      if (scripts) expect(await axe(page)).toEqual([]);
      await screenshot(page, `restrictions-1280${scripts ? '' : '-no-script'}`);

      const cwd = workFolder(`guarded-${scripts}`);
      await gitOk([
        'clone',
        '--quiet',
        withCredentials(`${server.url}/acme/app.git`, 'ada', adasSecret),
        cwd,
      ]);
      const push = () => git(['push', 'origin', `HEAD:refs/heads/${branch}`], { cwd });
      const refused = await push();
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain('branch restriction');

      await page.goto(`${server.url}${SETTINGS}/who-can?branch=${branch}`);
      const people = page.locator('section', {
        has: page.getByRole('heading', { name: 'People', exact: true }),
      });
      expect(await people.innerText()).toContain('Cleo de Nile');
      expect(await people.innerText()).toContain('by @release');
      expect(await people.innerText()).not.toContain('Ada Lovelace');

      await page.goto(`${server.url}${SETTINGS}/branch-restrictions`);
      const row = page.locator('tbody tr', { hasText: 'Only those named may push' });
      await row.getByRole('link', { name: 'Remove' }).click();
      await page
        .locator(scripts ? 'dialog[open] button:text-is("Remove")' : 'main button:text-is("Remove")')
        .click();
      await page.getByText('The branch restriction is gone.').waitFor();
      expect((await push()).code).toBe(0);
      const deleted = await git(['push', 'origin', `:refs/heads/${branch}`], { cwd });
      expect(deleted.code).not.toBe(0);
    });
  },
);

describe('who can push', () => {
  it('lists people, groups, tokens and app passwords, and of others no more than an admin may see', async () => {
    const page = await pageOf('ada', `${SETTINGS}/who-can`);
    expect(await page.getByLabel('Branch').inputValue()).toBe('main');
    const text = await main(page);
    expect(text).toMatch(/Ada Lovelace[\s\S]*owner of the workspace/);
    expect(text).toMatch(/release/);
    expect(text).toContain('Cleos laptop');
    expect(text).toContain('Adas key');
    // Ben only reads, whatever scopes his key has; the bot goes elsewhere.
    expect(text).not.toContain('Bens key');
    expect(text).not.toContain('Deploy bot');
    expect(text).not.toContain('repository:write');
    expect(await axe(page)).toEqual([]);
    await screenshot(page, 'who-can-1280');
    await page.getByLabel('Branch').fill('deploy/live');
    await press(page, 'Ask');
    const tokens = page.locator('section', { has: page.getByRole('heading', { name: 'Access tokens' }) });
    expect(await tokens.innerText()).toMatch(/Deploy bot[\s\S]*docs\/\*\*[\s\S]*create/);
    await page.getByLabel('Branch').fill('a..b//');
    await press(page, 'Ask');
    expect(await page.getByLabel('Branch').inputValue()).toBe('a..b//');
  });

  it('and its neighbours are for admins alone', async () => {
    const page = await pageOf('ben', '/');
    for (const place of [
      '/who-can',
      '/branch-restrictions',
      `/access-tokens/${deployKey}`,
      `/access-tokens/${deployKey}/explain`,
    ]) {
      expect((await page.goto(server.url + SETTINGS + place))?.status(), place).toBe(403);
    }
    const stranger = await browser.newPage();
    await stranger.goto(`${server.url}${SETTINGS}/who-can`);
    expect(new URL(stranger.url()).pathname).toBe('/login');
    // A token of another repository is not found, by whoever manages this one.
    const ada = await pageOf('ada', '/');
    for (const below of ['', '/narrow', '/explain', '/revoke']) {
      const url = `${server.url}/acme/open/settings/access-tokens/${deployKey}${below}`;
      expect((await ada.goto(url))?.status(), below).toBe(404);
    }
    expect((await ada.goto(`${server.url}${SETTINGS}/access-tokens/${adasKey}`))?.status()).toBe(404);
    expect(deploySecret).toMatch(/^lkrt_/);
  });

  it('fits every look, like all of these pages', async () => {
    const page = await pageOf('ada', '/');
    for (const [name, path] of [
      ['chooser', '/account/settings/app-passwords/new?tasks=push&branches=release/*&repository=acme/app'],
      ['list', '/account/settings/app-passwords'],
      ['tokens', `${SETTINGS}/access-tokens`],
      ['detail', `${SETTINGS}/access-tokens/${deployKey}`],
      ['narrow', `${SETTINGS}/access-tokens/${deployKey}/narrow`],
      [
        'simulator',
        `${SETTINGS}/access-tokens/${deployKey}/explain?operation=repository.push&target=acme/app&ref=main`,
      ],
      ['who-can', `${SETTINGS}/who-can`],
      ['restrictions', `${SETTINGS}/branch-restrictions`],
    ] as const) {
      await page.goto(server.url + path);
      await seeInEveryLook(page, `narrow-${name}`);
    }
  }, 120_000);
});
