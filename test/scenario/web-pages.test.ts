import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserContext } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { seeInEveryLook } from '../support/looks.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person } from '../support/world.ts';
import { WebClient } from './web-client.ts';

/** Every page of the web door that is not a repository's, by the name of its picture. */
const STRANGERS = {
  welcome: '/',
  'sign-in': '/login',
  forgotten: '/login/forgotten',
  missing: '/acme/secret',
  'search-stranger': '/search?q=app',
  'workspace-stranger': '/acme',
} as const;

const PEOPLE = {
  home: '/',
  search: '/search?q=a',
  'search-nothing': '/search?q=zzz',
  'missing-signed-in': '/nobody/nothing',
  profile: '/account/settings',
  password: '/account/password',
  'two-step': '/account/settings/two-step',
  'passkey-new': '/account/settings/two-step/passkeys/new',
  'two-step-turn-off': '/account/settings/two-step/off',
  confirm: '/account/confirm',
  'host-policy': '/-/admin/policy',
  sessions: '/account/settings/sessions',
  'app-passwords': '/account/settings/app-passwords',
  'app-password-new': '/account/settings/app-passwords/new',
  'api-tokens': '/account/settings/api-tokens',
  'api-token-new': '/account/settings/api-tokens/new?tasks=push&scopes=read:user:bitbucket',
  'workspace-new': '/-/new-workspace',
  workspace: '/acme',
  members: '/acme/-/members',
  'member-remove': '/acme/-/members/bob/remove',
  groups: '/acme/-/groups',
  group: '/acme/-/groups/developers',
  'group-delete': '/acme/-/groups/developers/delete',
  projects: '/acme/-/projects',
  'workspace-settings': '/acme/-/settings',
  'workspace-deleted': '/acme/-/deleted',
  'repository-new': '/acme/-/new-repository',
  users: '/-/admin/users',
  'user-new': '/-/admin/users/new',
} as const;

let server: TestServer;
let browser: TestBrowser;
let ada: Person;
let bob: Person;
let session: BrowserContext;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  const make = world(server);
  ada = await make.account('ada', { admin: true, displayName: 'Ada Lovelace' });
  bob = await make.account('bob', { displayName: 'Bob Example' });
  await make.workspace('acme', 'ada');
  await make.repository('acme/app', { public: true });
  await make.repository('acme/engine-room');
  await make.repository('acme/secret');
  await make.role('acme/app', 'bob', 'write');
  await make.do(['group', 'create', 'acme', 'Developers']);
  await make.do(['group', 'add', 'acme', 'developers', 'ada']).catch(() => '');
  await make.appPassword('ada', ['repository:write', 'wiki'], 'Nightly build on ci-3');
  await make.appPassword('ada', ['repository', 'account', 'repository:delete'], 'Backup');
  const renovate = ['api-token', 'create', 'ada', '--label', 'Renovate'];
  await make.do([
    ...renovate,
    '--scope',
    'read:repository:bitbucket',
    '--scope',
    'write:repository:bitbucket',
  ]);
  await make.appPassword('ada', ['repository'], 'Old laptop');
  const [gone] = await make.credentials({ user: 'ada' });
  await make.revoke(String(gone?.['id']));
  await make.repository('acme/old-site');
  await make.do(['repository', 'delete', 'acme/old-site']);

  const page = await browser.newPage();
  await page.goto(`${server.url}/login`);
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Hello, Ada Lovelace' }).waitFor();
  await page.goto(`${server.url}/acme/-/members`);
  await page.getByLabel('User name').fill('bob');
  await page.getByRole('button', { name: 'Add member' }).click();
  await page.getByText('The member is added.').waitFor();
  session = page.context();
});
afterAll(() => session?.close());

describe('in every look', () => {
  const visit = async (pages: Readonly<Record<string, string>>, cookiesFrom?: BrowserContext) => {
    const page = await browser.newPage({ ...(cookiesFrom && { cookiesFrom }) });
    const errors: string[] = [];
    page.on('console', (message) => {
      // A page that answers 404 on purpose is reported there, too.
      if (message.type() === 'error' && !/status of 404/.test(message.text())) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    for (const [name, path] of Object.entries(pages)) {
      const answer = await page.goto(server.url + path);
      await seeInEveryLook(page, name);
      expect(answer?.headers()['content-security-policy'], path).toContain("default-src 'none'");
      const text = (await answer?.text()) ?? '';
      expect(text, path).not.toMatch(/\sstyle=|\son[a-z]+=|<style|<script(?! src="\/)/i);
      expect(Buffer.byteLength(text), path).toBeLessThan(60 * 1024);
    }
    expect(errors).toEqual([]);
    await page.context().close();
  };

  it('a stranger’s pages can be read by everybody', () => visit(STRANGERS), 240_000);
  it('a person’s pages can be read by everybody', () => visit(PEOPLE, session), 240_000);
});

describe('a long list of keys', () => {
  const LIST = '/account/settings/app-passwords';
  const labels = (text: string) => [...text.matchAll(/>Job (\d+) /g)].map(([, number]) => Number(number));
  const from = (first: number, last: number) => Array.from({ length: first - last + 1 }, (_, i) => first - i);

  it('comes in pages that stay small, whatever stands on each line', async () => {
    const client = new WebClient(server.url);
    await client.signIn(bob);
    const revoked: string[] = [];
    const scopes = [...(await client.get(`${LIST}/new`)).text.matchAll(/name="scopes" value="([^"]+)"/g)];
    expect(scopes.length).toBeGreaterThan(5);
    for (let number = 1; number <= 23; number++) {
      const token =
        /name="form_token" value="([^"]+)"/.exec((await client.get(`${LIST}/new`)).text)?.[1] ?? '';
      const made = await client.post(`${LIST}/new`, {
        label: `Job ${number} ${'of the night shift '.repeat(4)}`,
        scopes: scopes.map(([, scope]) => scope ?? ''),
        from: Array.from({ length: 20 }, (_, i) => `198.51.100.${i}/32`).join('\n'),
        form_token: token,
      });
      expect(made.status).toBe(200);
      if (number <= 2) revoked.push(/cred_[A-Za-z0-9]{20}/.exec(made.text)?.[0] ?? '');
    }
    for (const id of revoked) expect((await client.post(`${LIST}/${id}/revoke`)).status).toBe(303);

    const first = (await client.get(LIST)).text;
    expect(Buffer.byteLength(first)).toBeLessThan(60 * 1024);
    expect(labels(first)).toEqual(from(23, 4));
    for (const words of ['21 active, 2 ended.', '1–20 of 21', '198.51.100.9/32'])
      expect(first).toContain(words);
    expect(first).toContain(`rel="next" href="${LIST}?page=2">Older</a>`);
    // Said once, however many lines say the scope.
    expect(first.match(/id="scope-repository:delete"/g)).toHaveLength(1);

    const second = (await client.get(`${LIST}?page=2`)).text;
    expect(labels(second)).toEqual([3]);
    expect(second).toContain(`rel="prev" href="${LIST}">Newer</a>`);
    expect(second).not.toContain('rel="next"');

    const ended = (await client.get(`${LIST}?show=ended`)).text;
    expect(labels(ended)).toEqual([2, 1]);
    expect(ended).not.toContain('data-asks');
    const beyond = (await client.get(`${LIST}?show=ended&page=3`)).text;
    expect(beyond).toContain('There is no page 3');
    expect(beyond).toContain(`href="${LIST}?show=ended">Go to page 1</a>`);
    for (const page of ['sessions?page=2', 'access?page=3', 'access?show=ended&page=2'])
      expect((await client.get(`/account/settings/${page}`)).text).toContain('There is no page');
  });
});
