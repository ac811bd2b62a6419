import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addMember } from '../../src/acts/workspaces/members.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { basicHeader, openOauthServer, pkce, type Client, type OauthServer } from '../oauth/oauth-server.ts';
import { axe, launchBrowser, screenshot, type TestBrowser } from '../support/browser.ts';
import { atEndOfFile } from '../support/cleanup.ts';
import { git, gitOk, workFolder } from '../support/git.ts';
import type { Person } from '../support/world.ts';
import { WebClient } from './web-client.ts';
import { signIn } from './web-repository-site.ts';

let host: OauthServer;
let browser: TestBrowser;
/** Where a client on this machine waits for its answer, and what came there. */
let callback: string;
const arrived: URL[] = [];

beforeAll(async () => {
  [host, browser] = await Promise.all([openOauthServer(), launchBrowser()]);
  await host.world.repository('acme/beside');
  const client = createServer((request, response) => {
    const url = new URL(request.url ?? '', callback);
    if (url.pathname === '/done') arrived.push(url);
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Back</title>Back at the client');
  });
  await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve));
  atEndOfFile(
    () =>
      new Promise<void>((resolve) => {
        client.closeAllConnections();
        client.close(() => resolve());
      }),
  );
  callback = `http://127.0.0.1:${(client.address() as AddressInfo).port}/done`;
}, 120_000);

async function pageOf(
  person: Person,
  path: string,
  options: Parameters<TestBrowser['newPage']>[0] = {},
): Promise<Page> {
  const page = await browser.newPage(options);
  await signIn(page, host.server, person, path);
  return page;
}
const main = (page: Page) => page.locator('main').innerText();
const press = (page: Page, label: string) => page.click(`main button:text-is("${label}")`);

const askPath = (client: Client, more: Record<string, string> = {}): string =>
  `/site/oauth2/authorize?${new URLSearchParams({ response_type: 'code', client_id: client.key, redirect_uri: callback, state: 'of the client', ...more })}`;

/** The answer that the client got last. */
async function answer(page: Page): Promise<URLSearchParams> {
  await page.waitForURL(/\/done\?/);
  const last = arrived.at(-1)?.searchParams;
  if (last === undefined) throw new Error('Nothing arrived at the client.');
  expect(last.get('state')).toBe('of the client');
  expect(last.get('iss')).toBe(host.server.url);
  return last;
}

const redeem = (client: Client, code: string | null) =>
  host.post('access_token', client, {
    grant_type: 'authorization_code',
    code: code ?? '',
    redirect_uri: callback,
  });

const consumersOfAcme = () =>
  host.services.database.selectFrom('oauth_consumer').selectAll().orderBy('id').execute();

async function looksAfter(page: Page, name: string): Promise<void> {
  expect(await axe(page)).toEqual([]);
  await screenshot(page, `oauth-${name}`);
}

/** The same page for a phone in the dark. */
async function onPhone(page: Page, name: string): Promise<void> {
  const phone = await browser.newPage({ width: 390, dark: true, cookiesFrom: page.context() });
  await phone.goto(page.url());
  await looksAfter(phone, `${name}-390-dark`);
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await phone.context().close();
}

describe.each([{ scripts: true }, { scripts: false }])(
  'consent in a browser, scripts $scripts',
  ({ scripts }) => {
    it('what the person left is what the token has, told to the client, over Git and REST', async () => {
      const shop = await host.consumer(`Shop ${scripts}`, ['repository:write', 'account', 'email'], {
        callbacks: ['http://127.0.0.1/done'],
      });
      const page = await pageOf(host.ada, askPath(shop), { scripts });
      expect(await main(page)).toContain(`Let Shop ${scripts} act for you?`);
      expect(await main(page)).toContain(callback);
      if (scripts) {
        await looksAfter(page, 'consent-1280');
        await onPhone(page, 'consent');
      }
      // Nothing left is no answer.
      for (const scope of ['repository:write', 'account', 'email'])
        await page.locator(`[name=scopes][value="${scope}"]`).uncheck();
      await press(page, 'Allow');
      expect(await main(page)).toContain('Leave at least one thing that it may do, or say no.');
      // Cloning in place of pushing, in one repository.
      await page.locator('[name=scopes][value="repository"]').check();
      await page.fill('[name=repository]', 'acme/nothing-here');
      await press(page, 'Allow');
      expect(await main(page)).toContain('There is no repository "acme/nothing-here"');
      expect(await page.locator('[name=scopes][value="repository:write"]').isChecked()).toBe(false);
      if (scripts) await looksAfter(page, 'consent-wrong-1280');
      await page.fill('[name=repository]', 'acme/app');
      await press(page, 'Allow');
      const { status, body } = await redeem(shop, (await answer(page)).get('code'));
      expect({ status, scope: body['scope'], scopes: body['scopes'] }).toEqual({
        status: 200,
        scope: 'repository',
        scopes: 'repository',
      });

      const token = String(body['access_token']);
      expect((await host.rest('/repositories/acme/app', token)).status).toBe(200);
      expect((await host.rest('/repositories/acme/beside', token)).status).toBe(403);
      expect((await host.rest('/user', token)).status).toBe(403);
      const clone = workFolder(`clone-${scripts}`);
      await gitOk(['clone', '--quiet', host.world.cloneUrl('acme/app', 'x-token-auth', token), clone]);
      await gitOk(['commit', '--allow-empty', '--quiet', '-m', 'x'], { cwd: clone });
      expect((await git(['push', 'origin', 'HEAD:refs/heads/x'], { cwd: clone })).code).not.toBe(0);
      expect((await git(['ls-remote', host.world.cloneUrl('acme/beside', 'ada', token)])).code).not.toBe(0);

      // Refreshed, and used again: the page adds up what both tokens did.
      const refreshed = await host.post('access_token', shop, {
        grant_type: 'refresh_token',
        refresh_token: String(body['refresh_token']),
      });
      const later = String(refreshed.body['access_token']);
      expect((await host.rest('/repositories/acme/app', later)).status).toBe(200);

      // Listed, looked at, and revoked.
      await page.goto(`${host.server.url}/account/settings/applications`);
      const row = page.locator('tr', { hasText: `Shop ${scripts}` });
      expect(await row.innerText()).toMatch(/repository[\s\S]*Only acme\/app\./);
      expect(await row.innerText()).not.toContain('repository:write');
      if (scripts) {
        await looksAfter(page, 'applications-1280');
      }
      await row
        .getByRole('link', { name: `Shop ${scripts}` })
        .first()
        .click();
      const application = page.url();
      const did = (await main(page)).replaceAll(/\s+/g, ' ');
      expect(did).toMatch(/What it may do .*repository Only acme\/app\./);
      expect(did).toMatch(/What it did for you .*was let in [4-6] times and refused [3-5] times/);
      const rows = page.locator('section[aria-labelledby=used-for] .table-box tbody tr');
      const uses = (await rows.allInnerTexts()).map((each) => each.replaceAll(/\s+/g, ' '));
      expect(uses).toContainEqual(expect.stringMatching(/read the commits, .* · acme\/app .* 2 /));
      expect(uses).toContainEqual(expect.stringMatching(/clone or fetch .* · acme\/app .* git\/2/i));
      expect(uses).toContainEqual(
        expect.stringMatching(/push to a repository refused: a scope was missing/i),
      );
      if (scripts) {
        await looksAfter(page, 'application-1280');
        await onPhone(page, 'application');
        const bob = new WebClient(host.server.url);
        await bob.signIn(host.bob);
        expect((await bob.get(new URL(application).pathname)).status).toBe(404);
      }
      await page.goto(`${host.server.url}/account/settings/applications`);
      await row.getByText('Revoke', { exact: true }).first().click();
      await page.locator(scripts ? 'dialog[open] button[type=submit]' : 'main button[type=submit]').click();
      await page.getByText('What the application was allowed is revoked').waitFor();
      // Whoever revoked it in alarm sees what it did, here and from among what has ended.
      expect(page.url()).toBe(application);
      expect(await main(page)).toMatch(
        /Nothing any more: that was revoked at[\s\S]*read the commits, .* · acme\/app/,
      );
      expect(await page.getByRole('link', { name: 'Revoke' }).count()).toBe(0);
      if (scripts) await looksAfter(page, 'application-revoked-1280');
      await page.goto(`${host.server.url}/account/settings/access?show=ended`);
      await page
        .getByRole('link', { name: `Shop ${scripts}` })
        .first()
        .click();
      expect(page.url()).toBe(application);
      await page.goto(`${host.server.url}/account/settings/applications`);
      expect(await main(page)).not.toContain(`Shop ${scripts}`);
      expect((await host.rest('/repositories/acme/app', later)).status).toBe(401);
      expect(
        (
          await host.post('access_token', shop, {
            grant_type: 'refresh_token',
            refresh_token: String(refreshed.body['refresh_token']),
          })
        ).status,
      ).toBe(400);
      await page.context().close();
    }, 90_000);
  },
);

describe('consent', () => {
  it('works by keyboard alone', async () => {
    const tool = await host.consumer('Keyboard tool', ['repository:write', 'account'], {
      callbacks: [callback],
    });
    const page = await pageOf(host.ada, askPath(tool));
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement;
        return element instanceof HTMLInputElement
          ? `${element.name} ${element.value}`
          : (element?.textContent?.trim() ?? '');
      });
    const reach = async (what: string) => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab');
        if ((await focused()).startsWith(what)) return;
      }
      throw new Error(`The Tab key never reaches ${what}.`);
    };
    await reach('Skip to the content');
    await page.keyboard.press('Enter');
    await reach('scopes repository:write');
    await reach('scopes account');
    await page.keyboard.press('Space');
    await reach('Allow');
    await reach('Say no');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    const { body } = await redeem(tool, (await answer(page)).get('code'));
    expect(body['scope']).toBe('repository:write');
    await page.context().close();
  }, 60_000);

  it('a no goes back as one', async () => {
    const tool = await host.consumer('Refused tool', ['repository'], { callbacks: [callback] });
    const page = await pageOf(host.ada, askPath(tool));
    await press(page, 'Say no');
    const said = await answer(page);
    expect([said.get('error'), said.get('code')]).toEqual(['access_denied', null]);
    await page.context().close();
  }, 60_000);

  it('nobody is sent anywhere by a request that cannot be trusted, and no page shows ours in a frame', async () => {
    const tool = await host.consumer('Framed tool', ['repository'], { callbacks: [callback] });
    const ada = new WebClient(host.server.url);
    await ada.signIn(host.ada);
    for (const redirect_uri of [
      callback.replace('127.0.0.1', '127.0.0.2'),
      callback.replace('/done', '/done/../x'),
      'https://evil.example/',
      `${callback}#x`,
    ]) {
      for (const send of [
        () => ada.get(askPath(tool, { redirect_uri })),
        () => ada.post(askPath(tool, { redirect_uri }), { scopes: 'repository' }),
        () => ada.post(askPath(tool, { redirect_uri }).replace('authorize?', 'authorize/deny?')),
      ]) {
        const { status, headers, text } = await send();
        expect([redirect_uri, status, headers.location]).toEqual([redirect_uri, 400, undefined]);
        expect(text).toContain('Invalid redirect_uri');
      }
    }
    expect((await ada.get(askPath({ ...tool, key: 'nobody' }))).text).toContain('Invalid client_id');
    const page = await ada.get(askPath(tool));
    expect(page.headers['x-frame-options']).toBe('DENY');
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(page.headers['content-security-policy']).toContain(
      `form-action 'self' ${new URL(callback).origin};`,
    );
    // Another site cannot press the button.
    expect(
      (await ada.post(askPath(tool), { scopes: 'repository' }, { 'sec-fetch-site': 'cross-site' })).status,
    ).toBe(403);
    // More than was asked for is not given; what is wrong and the client's to hear goes to the client.
    expect((await ada.post(askPath(tool), { scopes: ['repository', 'repository:write'] })).status).toBe(422);
    expect((await ada.get(askPath(tool, { scope: 'account' }))).headers.location).toContain(
      'error=invalid_scope',
    );
    // A stranger signs in first, and is back.
    const stranger = await new WebClient(host.server.url).get(askPath(tool));
    expect(stranger.headers.location).toBe(`/login?next=${encodeURIComponent(askPath(tool))}`);
  }, 60_000);

  it('a page that asked one person gives nothing of the next who signs in (Keycloak CVE-2026-16089)', async () => {
    const tool = await host.consumer('Swapped tool', ['repository'], { callbacks: [callback] });
    const [ada, bob] = [new WebClient(host.server.url), new WebClient(host.server.url)];
    await Promise.all([ada.signIn(host.ada), bob.signIn(host.bob)]);
    const page = await ada.get(askPath(tool));
    const asked = /name="asked" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
    expect(asked).toBe('ada');
    const swapped = await bob.post(askPath(tool), { asked, scopes: 'repository' });
    expect([swapped.status, swapped.headers.location]).toEqual([422, undefined]);
    expect(swapped.text).toContain('You are signed in as bob now, and the page asked ada.');
    expect(swapped.text).toContain('name="asked" value="bob"');
    const { count } = await host.services.database
      .selectFrom('oauth_consent')
      .select((where) => where.fn.countAll().as('count'))
      .where('consumer_id', '=', tool.id)
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(0);
    const given = await ada.post(askPath(tool), { asked, scopes: 'repository' });
    expect(given.headers.location).toMatch(/\?code=lkac_/);
  }, 60_000);

  it('is asked of somebody who confirmed lately, before and after the form', async () => {
    const tool = await host.consumer('Late tool', ['repository:write'], { callbacks: [callback] });
    const page = await pageOf(host.bob, '/');
    const age = () =>
      host.services.database
        .updateTable('session')
        .set({ confirmed_at: Date.now() - 3600_000 })
        .execute();
    await age();
    await page.goto(host.server.url + askPath(tool));
    expect(await main(page)).toContain('Confirm that it is you');
    await page.fill('[name=password]', host.bob.password);
    await press(page, 'Confirm');
    expect(await main(page)).toContain('Let Late tool act for you?');
    // The form lay open for an hour: it is kept, and ends at the client all the same.
    await age();
    await press(page, 'Allow');
    await page.fill('[name=password]', host.bob.password);
    await press(page, 'Confirm');
    await press(page, 'Go on');
    expect((await answer(page)).get('code')).toMatch(/^lkac_/);
    // A no needs nothing of the kind.
    await page.goto(host.server.url + askPath(tool));
    await age();
    await press(page, 'Say no');
    expect((await answer(page)).get('error')).toBe('access_denied');
    await page.context().close();
  }, 60_000);

  it('an app password by the code flow: a form to narrow, the secret to the program alone', async () => {
    const tool = await host.consumer('Backup tool', ['repository:write', 'wiki'], {
      callbacks: [callback],
      isPublic: true,
    });
    const { verifier, challenge } = pkce();
    const asking = askPath(tool, {
      request_type: 'app_password',
      label: 'Backup',
      repository: 'acme/app acme/beside',
      expires_in_days: '90',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const page = await pageOf(host.ada, asking);
    expect(await main(page)).toContain('Make an app password for Backup tool?');
    await looksAfter(page, 'app-password-1280');
    await page.fill('[name=label]', 'Backup of acme');
    await page.locator('[name=scopes][value="wiki"]').uncheck();
    await page.locator('[name=repository][value="acme/beside"]').uncheck();
    await press(page, 'Make it');
    const said = await answer(page);
    expect(page.url()).not.toContain('lkap_');
    const fields = { grant_type: 'authorization_code', code: said.get('code') ?? '', redirect_uri: callback };
    expect((await host.post('access_token', tool, fields)).body['error']).toBe('invalid_grant');
    const { body } = await host.post('access_token', tool, { ...fields, code_verifier: verifier });
    expect(body).toMatchObject({
      token_type: 'N_A',
      issued_token_type: 'urn:latchkey:app-password',
      username: 'ada',
      scope: 'repository:write',
    });
    expect(Number(body['expires_in'])).toBeLessThanOrEqual(90 * 86_400);
    expect(body).not.toHaveProperty('refresh_token');
    const secret = String(body['access_token']);
    expect((await git(['ls-remote', host.world.cloneUrl('acme/app', 'ada', secret)])).code).toBe(0);
    expect((await git(['ls-remote', host.world.cloneUrl('acme/beside', 'ada', secret)])).code).not.toBe(0);
    await page.goto(`${host.server.url}/account/settings/app-passwords`);
    expect(await main(page)).toContain('Backup of acme');
    expect(await main(page)).not.toContain(secret);
    await page.context().close();
  }, 60_000);
});

describe('devices', () => {
  it('are let in by their code, with what they ask and from where', async () => {
    const tv = await host.consumer('Build screen', ['repository', 'account'], { isPublic: true });
    const begin = async () =>
      (await host.post('device_authorization', tv, { scope: 'repository account' })).body;
    const begun = await begin();
    const page = await pageOf(host.ada, '/site/oauth2/device');
    await looksAfter(page, 'device-code-1280');
    await page.fill('[name=user_code]', 'BBBB-BBBB');
    await press(page, 'Go on');
    expect(await main(page)).toContain('There is no device with this code');
    expect(await page.locator('[name=user_code]').inputValue()).toBe('BBBB-BBBB');
    await looksAfter(page, 'device-wrong-1280');
    // The address with the code fills it in, and does nothing by itself.
    await page.goto(String(begun['verification_uri_complete']));
    expect(await page.locator('[name=user_code]').inputValue()).toBe(begun['user_code']);
    await press(page, 'Go on');
    expect(await main(page)).toMatch(/Asked from the address\s+127\.0\.0\.1/);
    expect(await main(page)).toContain('Go on only if you began this yourself');
    await looksAfter(page, 'device-1280');
    await onPhone(page, 'device');
    await page.locator('[name=scopes][value="account"]').uncheck();
    await press(page, 'Allow');
    expect(await main(page)).toContain('Build screen has been told');
    await looksAfter(page, 'device-done-1280');
    const poll = {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(begun['device_code']),
    };
    const { status, body } = await host.post('access_token', tv, poll);
    expect([status, body['scope']]).toEqual([200, 'repository']);

    const second = await begin();
    await page.goto(String(second['verification_uri_complete']));
    await press(page, 'Go on');
    await press(page, 'Say no');
    expect(await main(page)).toContain('You said no');
    expect(
      (await host.post('access_token', tv, { ...poll, device_code: String(second['device_code']) })).body[
        'error'
      ],
    ).toBe('access_denied');
    await page.context().close();
  }, 60_000);

  it('codes cannot be guessed: after a few the page asks to wait', async () => {
    const bob = new WebClient(host.server.url);
    await bob.signIn(host.bob);
    let last = await bob.post('/site/oauth2/device', { user_code: 'BBBB-BBBB' });
    for (let tries = 0; tries < 40 && last.status === 404; tries++)
      last = await bob.post('/site/oauth2/device', { user_code: 'CCCC-CCCC' });
    expect(last.status).toBe(429);
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
  }, 60_000);
});

describe('OAuth consumers of a workspace', () => {
  it('are made, widened and given secrets by owners alone (GHSA-xr8f-h2gw-9xh6)', async () => {
    const mine = await host.consumer('Of the owner', ['account'], { callbacks: [callback] });
    const carol = await host.world.account('carol');
    const inAcme = [{ type: 'workspace', workspace: 'acme' }] as const;
    const adding = await enterAsOperator(host.services, 'workspace.member.add', inAcme);
    await addMember(host.services, adding, { user: 'carol', membership: 'member' });
    const password = await host.world.appPassword('ada', ['account:write', 'repository:admin']);
    const before = await consumersOfAcme();
    const member = new WebClient(host.server.url);
    await member.signIn(carol);
    const wide = {
      name: 'Wide',
      scopes: ['repository:admin', 'account'],
      callbacks: callback,
      private: 'on',
    };
    const at = '/acme/-/oauth-consumers';
    const ways = [
      { who: 'a member', status: 403, send: (path: string) => member.post(path, wide) },
      {
        who: 'a credential of the owner',
        status: 401,
        send: (path: string) =>
          new WebClient(host.server.url).post(path, wide, { authorization: basicHeader('ada', password) }),
      },
    ];
    for (const { who, status, send } of ways)
      for (const path of [
        `${at}/new`,
        `${at}/${mine.key}`,
        `${at}/${mine.key}/secret`,
        `${at}/${mine.key}/delete`,
      ])
        expect([who, path, (await send(path)).status]).toEqual([who, path, status]);
    expect(await consumersOfAcme()).toEqual(before);
    const own = await host.post('access_token', mine, { grant_type: 'client_credentials' });
    expect([own.status, own.body['scope']]).toEqual([200, 'account']);
  }, 60_000);

  it('are named wherever it says who and what may enter, used or not', async () => {
    const { key } = await host.consumer('Quiet robot', ['repository:write']);
    await host.consumer('Phone of nobody', ['repository:write'], { isPublic: true });
    const ada = new WebClient(host.server.url);
    await ada.signIn(host.ada);
    const overview = (await ada.get('/acme/app/settings/overview')).text;
    expect(overview).toMatch(/Quiet robot[^\n]*OAuth consumer secret[\s\S]*?>Yes<[\s\S]*?>Yes</);
    const whoCan = (await ada.get('/acme/app/settings/who-can?branch=main')).text;
    expect(whoCan).toMatch(/Quiet robot[\s\S]*?OAuth consumer secret/);
    const access = (await ada.get('/acme/-/access')).text;
    const line = /Quiet robot[\s\S]*?<\/article>|Quiet robot[\s\S]*?<\/li>/.exec(access)?.[0] ?? '';
    expect(line).toContain('repository:write');
    expect(access).toContain(`href="/acme/-/oauth-consumers/${key}"`);
    for (const page of [overview, whoCan]) expect(page).not.toContain('Phone of nobody');
  });

  it('are added, used, given a new secret with an overlap, changed and deleted', async () => {
    const page = await pageOf(host.ada, '/acme/-/settings');
    await page.getByRole('link', { name: 'OAuth consumers' }).click();
    await page.goto(`${host.server.url}/acme/-/oauth-consumers/new`);
    await press(page, 'Add consumer');
    expect(await main(page)).toContain('Give the consumer a name');
    await looksAfter(page, 'consumer-new-1280');
    await page.fill('[name=name]', 'Nightly');
    await page.fill('[name=url]', 'https://nightly.example.com');
    await page.fill('[name=callbacks]', 'https://nightly.example.com/done');
    await page.locator('[name=scopes][value="repository"]').check();
    await page.locator('[name=scopes][value="account"]').check();
    await press(page, 'Add consumer');
    const shown = await main(page);
    const secret = /lkoc_[A-Za-z0-9]{38}/.exec(shown)?.[0] ?? '';
    const key =
      /[A-Za-z0-9]{18}/.exec(await page.locator('[aria-label="Key (client_id)"]').innerText())?.[0] ?? '';
    await looksAfter(page, 'consumer-secret-1280');
    const nightly = { id: '', key, secret };
    const itself = async (client: Client) =>
      (await host.post('access_token', client, { grant_type: 'client_credentials' })).body;
    const first = String((await itself(nightly))['access_token']);
    expect((await host.rest('/repositories/acme/app', first)).status).toBe(200);
    // The answer sent again makes no second one.
    await page.reload();
    expect(await main(page)).toContain('This form was sent already');

    await page.goto(`${host.server.url}/acme/-/oauth-consumers`);
    await looksAfter(page, 'consumers-1280');
    expect(await main(page)).not.toContain(secret);
    await page.getByRole('link', { name: 'Nightly' }).click();
    expect(await main(page)).not.toContain(secret);
    await looksAfter(page, 'consumer-1280');
    await onPhone(page, 'consumer');
    await page.fill('[name=overlap_days]', '99');
    await press(page, 'Replace the secret');
    expect((await main(page)).match(/The overlap is a whole number of days from 0 to 30\./g)).toHaveLength(1);
    expect(await page.inputValue('[name=overlap_days]')).toBe('99');
    const gap = await page.evaluate(
      "document.querySelector('section h3').getBoundingClientRect().top - document.querySelector('section .table-box').getBoundingClientRect().bottom",
    );
    expect(gap).toBeGreaterThan(12);
    // Where the form was refused, the page can be asked for as well, such as after a change of the colours.
    expect((await page.goto(page.url()))?.status()).toBe(200);
    expect(await page.locator('h1').innerText()).toBe('Nightly');
    await page.fill('[name=overlap_days]', '3');
    await press(page, 'Replace the secret');
    const next = /lkoc_[A-Za-z0-9]{38}/.exec(await main(page))?.[0] ?? '';
    expect(next).not.toBe(secret);
    for (const each of [secret, next])
      expect((await itself({ ...nightly, secret: each }))['access_token']).toBeDefined();
    await page.getByText('I have stored it').click();
    expect(await main(page)).toMatch(/replaced, stops in [23] days/);
    // What ends at once is asked about first, and nothing has ended by then.
    await page.fill('[name=overlap_days]', '0');
    await press(page, 'Replace the secret');
    expect(await main(page)).toMatch(/Replace the secret of Nightly at once\?[\s\S]*refused from the next/);
    expect((await itself({ ...nightly, secret: next }))['access_token']).toBeDefined();
    await looksAfter(page, 'consumer-replace-1280');
    await press(page, 'Replace the secret');
    const last = /lkoc_[A-Za-z0-9]{38}/.exec(await main(page))?.[0] ?? '';
    expect((await itself({ ...nightly, secret: next }))['error']).toBe('invalid_client');
    const token = String((await itself({ ...nightly, secret: last }))['access_token']);
    await page.getByText('I have stored it').click();

    // A scope taken away is gone from the tokens that live.
    await page.locator('[name=scopes][value="repository"]').uncheck();
    await press(page, 'Save consumer');
    await page.getByText('What it lost, its tokens have lost as well').waitFor();
    expect((await host.rest('/repositories/acme/app', token)).status).toBe(403);
    await page.getByRole('link', { name: 'Delete', exact: true }).click();
    await page.locator('dialog[open] button[type=submit]').click();
    await page.getByText('The consumer is deleted').waitFor();
    expect((await host.rest('/user', token)).status).toBe(401);
    expect((await itself({ ...nightly, secret: last }))['error']).toBe('invalid_client');
    // A public one has no secret, and its page says so.
    await page.goto(`${host.server.url}/acme/-/oauth-consumers/new`);
    await page.fill('[name=name]', 'Phone app');
    await page.fill('[name=callbacks]', 'org.example.app:/done');
    await page.locator('[name=private]').uncheck();
    await page.locator('[name=scopes][value="account"]').check();
    await press(page, 'Add consumer');
    expect(await main(page)).toContain('it has no secret, and must use PKCE');
    expect(await main(page)).not.toMatch(/lkoc_|Replace the secret/);
    await page.context().close();
    // Of no business to anybody else.
    const bob = new WebClient(host.server.url);
    await bob.signIn(host.bob);
    for (const path of [
      '/acme/-/oauth-consumers',
      '/acme/-/oauth-consumers/new',
      `/acme/-/oauth-consumers/${key}`,
    ])
      expect((await bob.get(path)).status).toBe(404);
    expect((await bob.post('/acme/-/oauth-consumers/new', { name: 'x' })).status).toBe(404);
  }, 90_000);
});
