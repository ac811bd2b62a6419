import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserContext } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { seeInEveryLook } from '../support/looks.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person } from '../support/world.ts';

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
  'workspace-new': '/-/new-workspace',
  workspace: '/acme',
  members: '/acme/-/members',
  'member-remove': '/acme/-/members/bob/remove',
  groups: '/acme/-/groups',
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
let session: BrowserContext;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  const make = world(server);
  ada = await make.account('ada', { admin: true, displayName: 'Ada Lovelace' });
  await make.account('bob', { displayName: 'Bob Example' });
  await make.workspace('acme', 'ada');
  await make.repository('acme/app', { public: true });
  await make.repository('acme/engine-room');
  await make.repository('acme/secret');
  await make.role('acme/app', 'bob', 'write');
  await make.do(['group', 'create', 'acme', 'Developers']);
  await make.do(['group', 'add', 'acme', 'developers', 'ada']).catch(() => '');
  await make.appPassword('ada', ['repository:write', 'wiki'], 'Nightly build on ci-3');
  await make.appPassword('ada', ['repository', 'account', 'repository:delete'], 'Backup');
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
