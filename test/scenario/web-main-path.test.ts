import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { axe, launchBrowser, screenshot } from '../support/browser.ts';
import { git, workFolder } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';

const SECRET = /lkap_[A-Za-z0-9]{38}/;
const OWN_PASSWORD = 'seven lamps over a wet quay';

/** What the first start printed for the administrator. */
const firstPassword = (server: TestServer): string =>
  /shown once[^\n]*\n\s+(\S+)/.exec(server.output())?.[1] ?? 'not printed';

const asUser = (secret: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`admin:${secret}`).toString('base64')}` },
});

async function signInFirst(page: Page, server: TestServer): Promise<void> {
  await page.goto(`${server.url}/login`);
  await page.getByLabel('User name or e-mail address').fill('admin');
  await page.getByLabel('Password').fill(firstPassword(server));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Choose your password' }).waitFor();
}

async function changePassword(page: Page, server: TestServer): Promise<void> {
  await page.getByLabel('The password you signed in with').fill(firstPassword(server));
  await page.getByLabel('New password', { exact: true }).fill(OWN_PASSWORD);
  await page.getByLabel('New password, once more').fill(OWN_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('heading', { name: /^Hello/ }).waitFor();
}

describe.each([
  { what: 'with scripts', scripts: true },
  { what: 'without scripts', scripts: false },
])('the first administrator, $what', ({ scripts }) => {
  it('signs in, makes a workspace, a repository and a key, uses the key, and takes it away', async () => {
    const server = await startServer();
    const browser = await launchBrowser();
    const page = await browser.newPage({ scripts });

    await signInFirst(page, server);
    await screenshot(page, `password-forced-${scripts ? 'scripts' : 'plain'}`);
    if (scripts) expect(await axe(page)).toEqual([]);
    // Until then every other place leads here.
    for (const path of ['/', '/account/settings/app-passwords', '/-/new-workspace', '/-/admin/users']) {
      await page.goto(server.url + path);
      expect(new URL(page.url()).pathname).toBe('/account/password');
    }
    // A mistake keeps one here, with the cursor where it was made.
    await page.getByLabel('The password you signed in with').fill('not this one at all');
    await page.getByLabel('New password', { exact: true }).fill(OWN_PASSWORD);
    await page.getByLabel('New password, once more').fill(OWN_PASSWORD);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('This is not the present password.').waitFor();
    expect(await page.locator('input[value]').evaluateAll((all) => all.length)).toBeLessThanOrEqual(2);
    await changePassword(page, server);

    await page.getByRole('link', { name: 'New workspace' }).click();
    await page.getByLabel('Name in addresses').fill('acme');
    await page.getByLabel('Name for people').fill('Acme Engineering');
    await page.getByRole('button', { name: 'Create workspace' }).click();
    await page.getByText('The workspace is made.').waitFor();
    await page.getByRole('link', { name: 'New repository' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Payment service');
    await page.getByLabel('Description').fill('Takes money.');
    await page.getByRole('button', { name: 'Create repository' }).click();
    await page.waitForURL(`${server.url}/acme/payment-service`);

    await page.goto(`${server.url}/account/settings/app-passwords`);
    await page.getByRole('link', { name: 'Create your first app password' }).click();
    await page.getByLabel('Label').fill('Nightly build');
    await page.getByLabel('Push to branches', { exact: true }).check();
    await page.getByLabel('Look around by the REST API').check();
    // The key is read back: by itself with scripts, by a button without, which keeps what was typed and makes nothing.
    const readBack = page.getByRole('complementary');
    const asking = readBack.getByRole('button', { name: 'Read it back' });
    if (scripts) expect(await asking.isVisible()).toBe(false);
    else await asking.click();
    await readBack.getByText('push to a repository').waitFor();
    await readBack.getByText('“Nightly build”').waitFor();
    expect(await page.getByLabel('Push to branches', { exact: true }).isChecked()).toBe(true);
    await screenshot(page, `read-back-${scripts ? 'scripts' : 'plain'}`);
    await page.getByRole('button', { name: 'Create app password' }).click();
    await page.getByText('it is shown this once').waitFor();
    await screenshot(page, `secret-${scripts ? 'scripts' : 'plain'}`);
    const shown = (await page.locator('.secret-value code').textContent()) ?? '';
    expect(shown).toMatch(new RegExp(`^${SECRET.source}$`));
    expect(page.url()).not.toContain('lkap_');
    expect(await page.locator('main').textContent()).toContain(
      `git clone ${server.url.replace('://', '://admin@')}/acme/payment-service.git`,
    );
    if (scripts) expect(await axe(page)).toEqual([]);

    // A reload sends the form again; nothing is made and nothing is shown.
    await page.reload();
    await page.getByRole('heading', { name: 'This form was sent already' }).waitFor();
    expect(await page.content()).not.toMatch(SECRET);
    const listed = await server.cli(['credential', 'list', '--user', 'admin', '--json']);
    expect(JSON.parse(listed.stdout)).toHaveLength(1);

    // The key works where keys work.
    const api = await fetch(`${server.url}/2.0/user`, asUser(shown));
    expect(api.status).toBe(200);
    const folder = workFolder(`clone-${scripts}`);
    const address = `${server.url.replace('://', `://admin:${shown}@`)}/acme/payment-service.git`;
    expect((await git(['clone', address, folder])).code).toBe(0);
    expect((await git(['commit', '--allow-empty', '-m', 'First'], { cwd: folder })).code).toBe(0);
    expect((await git(['push', 'origin', 'HEAD:refs/heads/main'], { cwd: folder })).code).toBe(0);

    // And is taken away: in a dialog with scripts, on a page of its own without.
    await page.goto(`${server.url}/account/settings/app-passwords`);
    expect(await page.content()).not.toMatch(SECRET);
    // What a scope means is told where one asks, without a script as well.
    const scope = page.getByRole('button', { name: 'repository:write' });
    const meaning = page.getByText('Push to repositories, and read them.');
    expect(await meaning.isVisible()).toBe(false);
    await scope.click();
    await meaning.waitFor();
    expect(await scope.getAttribute('title')).toBe(scripts ? await meaning.innerText() : null);
    await page.keyboard.press('Escape');
    await meaning.waitFor({ state: 'hidden' });
    const opener = page.getByRole('link', { name: 'Revoke' });
    await opener.click();
    const question: Locator = scripts ? page.getByRole('dialog') : page.locator('main');
    await question.getByRole('heading', { name: 'Revoke “Nightly build”?' }).waitFor();
    await question.getByText('It was last used just now.').waitFor();
    expect(new URL(page.url()).pathname.endsWith('/revoke')).toBe(!scripts);
    await screenshot(page, `revoke-${scripts ? 'scripts' : 'plain'}`);
    await question.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The app password is revoked.').waitFor();
    await page.getByText('Revoked and expired').click();
    await page.getByText('Revoked', { exact: true }).waitFor();

    const refused = await fetch(`${server.url}/2.0/user`, asUser(shown));
    expect(refused.status).toBe(401);
    expect((await git(['ls-remote', address])).code).not.toBe(0);

    // What was secret stands in nothing that the server wrote.
    expect(server.output()).not.toMatch(SECRET);
    expect(server.output()).not.toContain(OWN_PASSWORD);

    await page.goto(server.url);
    await page.locator('.avatar-menu > summary').click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You have signed out.').waitFor();
    await page.goto(`${server.url}/account/settings`);
    expect(new URL(page.url()).pathname).toBe('/login');
  });
});

describe('by keyboard alone', () => {
  it('somebody signs in, makes a key and takes it away', async () => {
    const server = await startServer();
    const { newPage } = await launchBrowser();
    const page = await newPage();
    const { keyboard } = page;
    /** Goes on with Tab until the control of this name has the focus, as somebody without a mouse does. */
    const tabTo = async (name: string | RegExp, most = 60) => {
      for (let count = 0; count < most; count++) {
        const focused = await page.evaluate(() => {
          const element = document.activeElement;
          const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined;
          return element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '';
        });
        const said = focused.trim();
        if (typeof name === 'string' ? said === name : name.test(said)) return;
        await keyboard.press('Tab');
      }
      throw new Error(`Tab never reached ${String(name)}.`);
    };

    await page.goto(`${server.url}/login`);
    // The cursor is in the first field already, once the browser has put it there.
    await page.locator('input[name=name]:focus').waitFor();
    await keyboard.type('admin');
    await keyboard.press('Tab');
    await keyboard.type(firstPassword(server));
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Choose your password' }).waitFor();
    await tabTo('The password you signed in with');
    await keyboard.type(firstPassword(server));
    await keyboard.press('Tab');
    await keyboard.type(OWN_PASSWORD);
    await keyboard.press('Tab');
    await keyboard.type(OWN_PASSWORD);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Hello/ }).waitFor();

    await tabTo('Create app password');
    await keyboard.press('Enter');
    await page.locator('input[name=label]:focus').waitFor();
    await keyboard.type('By keyboard');
    await tabTo('Clone and fetch');
    await keyboard.press('Space');
    await tabTo('Create app password');
    await keyboard.press('Enter');
    await page.getByText('it is shown this once').waitFor();
    await tabTo('I have stored it');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'App passwords' }).waitFor();
    await tabTo('Revoke By keyboard');
    // A second press of Enter does nothing that was not read, and Escape is a way back as well.
    for (const way of ['Enter', 'Escape']) {
      await keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await keyboard.press(way);
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    // Then once more and through with it.
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo('Revoke');
    await keyboard.press('Enter');
    await page.getByText('The app password is revoked.').waitFor();

    // "/" goes to the search from anywhere.
    await keyboard.press('/');
    await keyboard.type('engine');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Repositories named like “engine”' }).waitFor();
  });
});
