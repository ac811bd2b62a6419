import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { launchBrowser, screenshot, axe, type TestBrowser } from '../support/browser.ts';
import { git, gitOk, newRepository, workFolder } from '../support/git.ts';
import { seeInEveryLook } from '../support/looks.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { makeSite, signIn, type Site } from './web-repository-site.ts';

let server: TestServer;
let site: Site;
let browser: TestBrowser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  site = await makeSite(server);
}, 120_000);

async function adasPage(path: string, options: Parameters<TestBrowser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await signIn(page, server, site.ada, path);
  return page;
}
const press = (page: Page, label: string) => page.click(`main button:text-is("${label}")`);
const main = (page: Page) => page.locator('main').innerText();

describe.each([
  { scripts: true, task: 'clone' },
  { scripts: false, task: 'push' },
])('access tokens to $task, scripts $scripts', ({ scripts, task }) => {
  it('are made, shown once, used, listed and revoked', async () => {
    const page = await adasPage('/acme/app/settings/access-tokens', { scripts });
    await page.click('main a:text-matches("Create (an )?access token")');
    await page.fill('[name=label]', `deploy ${scripts}`);
    await page.check(`input[name=tasks][value=${task}]`);
    await press(page, 'Create access token');
    const text = await main(page);
    const secret = /lkrt_[A-Za-z0-9]{38}/.exec(text)?.[0] ?? '';
    const bot = /git config user\.email "([0-9a-f]+@bots\.localhost)"/;
    expect(secret).not.toBe('');
    expect(text).toContain(`git clone ${server.url.replace('://', '://x-token-auth@')}/acme/app.git`);
    // Who only reads makes no commits.
    expect(bot.test(text)).toBe(task === 'push');
    expect(text).toContain('@bots.localhost');
    if (scripts) expect(await axe(page)).toEqual([]);
    await screenshot(page, `repository-token-created-1280${scripts ? '' : '-no-script'}`);

    const reload = await page.reload();
    expect(reload?.status()).toBe(409);
    expect(await main(page)).not.toContain(secret);

    const address = server.url.replace('://', `://x-token-auth:${secret}@`);
    await gitOk(['clone', '--quiet', `${address}/acme/app.git`, workFolder(`token-${scripts}`)]);
    const other = await git(['ls-remote', `${address}/acme/empty.git`]);
    expect(other.code).not.toBe(0);

    await page.goto(`${server.url}/acme/app/settings/access-tokens`);
    const line = page.locator('.credential', { hasText: `deploy ${scripts}` });
    expect(await line.count()).toBe(1);
    expect(await line.innerText()).toMatch(/cred_\w+[\s\S]*Ada Lovelace[\s\S]*@bots\.localhost/);
    expect(await page.content()).not.toContain(secret);
    await line.locator('a:text-is("Revoke")').click();
    await page
      .locator(scripts ? 'dialog[open] button:text-is("Revoke")' : 'main button:text-is("Revoke")')
      .click();
    expect(await main(page)).toContain('The access token is revoked');
    const after = await git(['ls-remote', `${address}/acme/app.git`]);
    expect(after.code).not.toBe(0);
  });
});

describe('the form of an access token', () => {
  it('keeps what was typed and says what was wrong', async () => {
    const page = await adasPage('/acme/app/settings/access-tokens/new', { scripts: false });
    await page.fill('[name=label]', 'nightly');
    await press(page, 'Create access token');
    expect(await main(page)).toContain('Choose at least one scope');
    expect(await page.inputValue('[name=label]')).toBe('nightly');
    await page.check('input[name=tasks][value=clone]');
    await page.locator('details:has([name=expires]) summary').last().click();
    await page.fill('[name=expires]', '2020-02-31');
    await press(page, 'Create access token');
    expect(await main(page)).toContain('Give the expiry as a date');
    await page.fill('[name=expires]', '2020-02-28');
    await press(page, 'Create access token');
    expect(await main(page)).toContain('The expiry must lie in the future');
    expect(await site.made.credentials({ repository: 'acme/app' })).not.toContainEqual(
      expect.objectContaining({ label: 'nightly' }),
    );
  });

  it('offers the scopes of repositories that open something, and no other', async () => {
    const page = await adasPage('/acme/app/settings/access-tokens/new');
    const offered = await page
      .locator('input[name=scopes]')
      .evaluateAll((boxes) => boxes.map((box) => (box as HTMLInputElement).value));
    expect(offered.toSorted()).toEqual([
      'pullrequest',
      'pullrequest:write',
      'repository',
      'repository:admin',
      'repository:delete',
      'repository:write',
      'webhook',
      'wiki',
    ]);
  });

  it('is refused from another site and without a session', async () => {
    const before = await site.made.credentials({ repository: 'acme/app' });
    const page = await adasPage('/acme/app');
    const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const body = new URLSearchParams({ label: 'forged', tasks: 'push', form_token: 'x'.repeat(22) });
    const url = `${server.url}/acme/app/settings/access-tokens/new`;
    for (const headers of [
      { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { cookie, 'sec-fetch-site': 'same-site' },
      { cookie },
    ]) {
      expect((await fetch(url, { method: 'POST', body, headers, redirect: 'manual' })).status).toBe(403);
    }
    const anonymous = { 'sec-fetch-site': 'same-origin' };
    const asked = await fetch(url, { method: 'POST', body, headers: anonymous, redirect: 'manual' });
    expect([asked.status, await asked.text()]).toEqual([403, expect.stringContaining('action="/login"')]);
    expect(await site.made.credentials({ repository: 'acme/app' })).toEqual(before);
  });
});

describe('general settings', () => {
  it('renames, and old addresses lead on', async () => {
    await site.made.repository('acme/before');
    const page = await adasPage('/acme/before/settings');
    await page.fill('[name=name]', 'After the rename');
    await page.fill('[name=slug]', 'after');
    await page.fill('[name=description]', 'Two lines\nof <b>words</b>');
    await press(page, 'Save settings');
    expect(new URL(page.url()).pathname).toBe('/acme/after/settings');
    const moved = await page.request.get(`${server.url}/acme/before/settings?x=1`, { maxRedirects: 0 });
    expect(moved.status()).toBe(301);
    expect(moved.headers()['location']).toBe('/acme/after/settings?x=1');
    const stranger = await fetch(`${server.url}/acme/before`, { redirect: 'manual' });
    expect(stranger.status).toBe(404);
  });

  it('refuses a taken and a malformed name beside its field, and changes nothing', async () => {
    const page = await adasPage('/acme/empty/settings');
    await page.fill('[name=slug]', 'app');
    await press(page, 'Save settings');
    expect(await page.locator('#field-slug-error').innerText()).toContain('already');
    await page.fill('[name=slug]', '../x');
    await page.check('[name=visibility][value=public]');
    await press(page, 'Save settings');
    await press(page, 'Make public');
    expect(await page.locator('#field-slug-error').innerText()).toContain('lower-case');
    await page.fill('[name=slug]', 'empty');
    await page.fill('[name=name]', '');
    await press(page, 'Save settings');
    await press(page, 'Make public');
    expect(await page.locator('#field-name-error').innerText()).toContain('1 to 62');
    expect((await fetch(`${server.url}/acme/empty`)).status).toBe(404);
  });

  it('changes default branch and visibility', async () => {
    const page = await adasPage('/acme/app/settings');
    await page.selectOption('[name=mainbranch]', 'feature/x');
    await press(page, 'Save settings');
    await page.goto(`${server.url}/acme/app`);
    expect(await page.locator('.ref-name').innerText()).toBe('feature/x');
    await page.goto(`${server.url}/acme/open/settings`);
    await page.check('[name=visibility][value=private]');
    await press(page, 'Save settings');
    expect((await fetch(`${server.url}/acme/open`)).status).toBe(404);
    await page.check('[name=visibility][value=public]');
    await page.fill('[name=description]', 'Typed\nbefore <the> question');
    await press(page, 'Save settings');
    expect(await main(page)).toMatch(/Make open public\?[\s\S]*all of its history/);
    expect((await fetch(`${server.url}/acme/open`)).status).toBe(404);
    // Switching the colours there leads back to the settings, not to nothing.
    expect((await page.request.get(page.url())).status()).toBe(200);
    await press(page, 'Make public');
    expect((await fetch(`${server.url}/acme/open`)).status).toBe(200);
    expect(await page.inputValue('[name=description]')).toBe('Typed\nbefore <the> question');
    expect(await page.isChecked('[name=wiki]')).toBe(false);
  });
});

describe('one of very many branches', () => {
  it('is named by typing, and found by letters of its name', async () => {
    const folder = await newRepository('branches', { 'a.txt': 'a\n' });
    const { stdout: head } = await git(['rev-parse', 'HEAD'], { cwd: folder });
    const lines = Array.from({ length: 40 }, (_, at) => `create refs/heads/release/${at} ${head.trim()}\n`);
    lines.push(`create refs/heads/long/${'x'.repeat(200)} ${head.trim()}\n`);
    await gitOk(['update-ref', '--stdin'], { cwd: folder, input: lines.join('') });
    await site.made.repository('acme/branches', { import: folder });
    const page = await adasPage('/acme/branches/settings');
    expect(await page.inputValue('[name=mainbranch]')).toBe('main');
    await page.fill('[name=mainbranch]', 'release/3x');
    await press(page, 'Save settings');
    expect(await page.locator('#field-mainbranch-error').innerText()).toContain('There is no branch');
    expect(await main(page)).toContain('There are 42: type the name of one');
    await page.fill('[name=mainbranch]', 'LONG');
    await press(page, 'Save settings');
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await page.fill('[name=mainbranch]', 'SE/3');
    await press(page, 'Save settings');
    expect(await page.locator('#field-mainbranch-error').innerText()).toMatch(
      /Similar: release\/3, release\/30, release\/31, release\/32 and 7 more\.$/,
    );
    expect(await page.locator('datalist option').count()).toBe(11);
    await seeInEveryLook(page, 'repository-settings-typed');
    await page.fill('[name=mainbranch]', 'release/31');
    await press(page, 'Save settings');
    await page.goto(`${server.url}/acme/branches`);
    expect(await page.locator('.ref-name').innerText()).toBe('release/31');
  });
});

describe('people and groups', () => {
  it('gives, changes and takes away roles', async () => {
    const page = await adasPage('/acme/app/settings/access');
    await page.fill('#field-user', 'nobody-here');
    await press(page, 'Give role');
    expect(await page.locator('#field-user-error').innerText()).toContain('no user "nobody-here"');
    await page.fill('#field-user', 'eve');
    await page.check('main .form [name=role][value=write]');
    await press(page, 'Give role');
    const row = page.locator('tr', { hasText: 'eve' });
    expect(await row.locator('select').inputValue()).toBe('write');
    await row.locator('select').selectOption('read');
    await row.locator('button:text-is("Change")').click();
    expect(await main(page)).toMatch(/Lower the role of eve from Write to Read\?[\s\S]*See, clone and fetch/);
    await page.click('a:text-is("Cancel")');
    expect(await row.locator('select').inputValue()).toBe('write');
    // Naming somebody who holds a role already changes that role.
    await page.fill('#field-user', 'eve');
    await page.check('main .form [name=role][value=read]');
    await press(page, 'Give role');
    await press(page, 'Lower the role');
    expect(await main(page)).toContain('The role is changed.');
    expect(await row.locator('select').inputValue()).toBe('read');
    const eve = await browser.newPage();
    await signIn(eve, server, site.eve);
    expect((await eve.goto(`${server.url}/acme/app`))?.status()).toBe(200);
    await row.locator('a:text-is("Take away")').click();
    await page.locator('dialog[open] button:text-is("Take away")').click();
    expect(await main(page)).toContain('The role is taken away');
    expect((await eve.goto(`${server.url}/acme/app`))?.status()).toBe(404);
  });
});

describe('transfer and deletion', () => {
  it('moves a repository after saying what that means', async () => {
    await site.made.repository('acme/moving');
    await site.made.accessToken('acme/moving', ['repository'], { name: 'old' });
    const page = await adasPage('/acme/moving/settings/transfer');
    await page.selectOption('[name=to]', 'lab');
    await press(page, 'Continue');
    expect(new URL(page.url()).pathname).toBe('/acme/moving/settings/transfer/lab');
    expect(await main(page)).toContain('1 access token stops working for good; it was never used.');
    await press(page, 'Transfer repository');
    expect(new URL(page.url()).pathname).toBe('/lab/moving');
    const old = await page.request.get(`${server.url}/acme/moving`, { maxRedirects: 0 });
    expect(old.headers()['location']).toBe('/lab/moving');
    const tokens = await site.made.credentials({ repository: 'lab/moving' });
    expect(tokens.map(({ state }) => state)).toEqual(['revoked']);
  });

  it('deletes only what was named', async () => {
    await site.made.repository('acme/going');
    const page = await adasPage('/acme/going/settings/delete');
    await page.fill('[name=name]', 'goin');
    await press(page, 'Delete repository');
    expect(await page.locator('#field-name-error').innerText()).toContain('Type going');
    expect((await page.request.get(`${server.url}/acme/going`)).status()).toBe(200);
    await page.fill('[name=name]', 'going');
    await press(page, 'Delete repository');
    expect(new URL(page.url()).pathname).toBe('/acme');
    expect((await page.request.get(`${server.url}/acme/going`)).status()).toBe(404);
  });

  it('is not for those who are no admins', async () => {
    const page = await browser.newPage();
    await signIn(page, server, site.ben);
    for (const path of [
      '/settings/delete',
      '/settings/transfer',
      '/settings/access',
      '/settings/access-tokens',
    ]) {
      expect((await page.goto(`${server.url}/acme/app${path}`))?.status()).toBe(403);
    }
    const answer = await page.request.post(`${server.url}/acme/app/settings/delete`, {
      form: { name: 'app' },
      headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
    });
    expect(answer.status()).toBe(403);
    expect((await page.request.get(`${server.url}/acme/app`)).status()).toBe(200);
  });
});

describe('webhooks', () => {
  it('are added, changed, looked after and deleted on their pages, and their secret is never sent back', async () => {
    const page = await adasPage('/acme/app/settings');
    await page.click('nav a:text-is("Webhooks")');
    await page.click('main a:text-is("Add webhook")');
    await page.fill('[name=description]', 'Jenkins');
    await page.fill('[name=url]', 'http://169.254.169.254/latest/meta-data');
    await page.fill('[name=secret]', 'for-two-alone');
    await press(page, 'Add webhook');
    expect(await page.locator('#field-url-error').innerText()).toContain('not allowed');
    expect(await page.inputValue('[name=description]')).toBe('Jenkins');
    expect(await page.content()).not.toContain('for-two-alone');
    // What a name leads to shows when it is sent.
    await page.fill('[name=url]', 'http://localhost:9/bitbucket-hook/');
    await page.fill('[name=secret]', 'for-two-alone');
    await page.check('input[value="repo:commit_status_created"]');
    await press(page, 'Add webhook');
    expect(await main(page)).toContain('The webhook is told of what happens from now on.');
    expect(await page.locator('.facts').innerText()).toMatch(
      /repo:commit_status_created, repo:push[\s\S]*Ada Lovelace/,
    );
    const address = page.url();

    await press(page, 'Send a test');
    expect(await main(page)).toMatch(
      /The test was not delivered[\s\S]*diagnostics:ping[\s\S]*Its name leads to no address that is allowed/,
    );

    const secret = await site.made.appPassword('ada', ['repository:write']);
    const work = await newRepository('hooked');
    const origin = `${server.url.replace('://', `://ada:${secret}@`)}/acme/app.git`;
    await gitOk(['push', '--quiet', origin, 'HEAD:refs/heads/hooked'], { cwd: work });
    await expect
      .poll(async () => (await page.goto(address), main(page)), { timeout: 10_000, interval: 500 })
      .toMatch(/Is tried again, after \d+ tr(?:y|ies)\nIts name leads to no address that is allowed\./);
    expect(await page.content()).not.toContain('for-two-alone');
    await seeInEveryLook(page, 'repository-webhook');
    await page.goto(`${server.url}/acme/app/settings/webhooks`);
    await seeInEveryLook(page, 'repository-webhooks');
    await page.click('main a:text-is("Jenkins")');
    await page.click('main a:text-is("Edit")');
    await seeInEveryLook(page, 'repository-webhook-edit');
    await page.check('[name=remove_secret]');
    await page.uncheck('[name=active]');
    await press(page, 'Save');
    expect(await page.locator('.facts').innerText()).toMatch(/off: it is told nothing[\s\S]*is not signed/);
    await gitOk(['push', '--quiet', origin, 'HEAD:refs/heads/unheard'], { cwd: work });

    // Nobody else sees any of it.
    const ben = await browser.newPage();
    await signIn(ben, server, site.ben);
    for (const path of [
      '/acme/app/settings/webhooks',
      '/acme/app/settings/webhooks/new',
      new URL(address).pathname,
    ])
      expect((await ben.goto(`${server.url}${path}`))?.status(), path).toBe(403);

    await page.reload();
    expect(await page.locator('tbody tr').count()).toBe(2);
    await page.click('main a:text-is("Delete")');
    await page.click('dialog[open] button:text-is("Delete")');
    expect(await main(page)).toContain('The webhook is deleted.');
    expect((await page.goto(address))?.status()).toBe(404);
  });
});

describe('commits of a bot', () => {
  it('are its own where it pushed them, and nobody’s where others write its address', async () => {
    const page = await adasPage('/acme/app/settings/access-tokens/new');
    await page.fill('[name=label]', 'release robot');
    await page.check('input[name=tasks][value=push]');
    await press(page, 'Create access token');
    const text = await main(page);
    const secret = /lkrt_[A-Za-z0-9]{38}/.exec(text)?.[0] ?? '';
    const email = /[0-9a-f]+@bots\.localhost/.exec(text)?.[0] ?? '';
    const folder = workFolder('robot');
    const origin = (user: string, key: string) =>
      `${server.url.replace('://', `://${user}:${key}@`)}/acme/app.git`;
    await gitOk(['clone', '--quiet', origin('x-token-auth', secret), folder]);
    const commit = (message: string) =>
      gitOk(['-c', `user.email=${email}`, 'commit', '--quiet', '--allow-empty', '--message', message], {
        cwd: folder,
      });
    await commit('Made by the bot');
    await gitOk(['push', '--quiet', 'origin', 'HEAD:refs/heads/bot'], { cwd: folder });
    await commit('Made in its name');
    const ada = await site.made.appPassword('ada', ['repository:write']);
    await gitOk(['push', '--quiet', origin('ada', ada), 'HEAD:refs/heads/bot'], { cwd: folder });

    await page.goto(`${server.url}/acme/app/commits/bot`);
    const authorOf = (subject: string) =>
      page.locator('.commit', { hasText: subject }).locator('p').innerText();
    expect(await authorOf('Made by the bot')).toContain('release robot (bot)');
    expect(await authorOf('Made in its name')).toContain('Test Person');
    await page.click('.commit-subject:text-is("Made by the bot")');
    expect(await page.locator('.facts .badge').allInnerTexts()).toEqual(['bot']);
  });
});
