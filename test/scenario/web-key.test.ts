import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { axe, launchBrowser, screenshot, type TestBrowser } from '../support/browser.ts';
import { commitFiles, git, gitOk, withCredentials, workFolder } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { makeSite, signIn, type Site } from './web-repository-site.ts';

let server: TestServer;
let site: Site;
let browser: TestBrowser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  site = await makeSite(server);
}, 120_000);

const APP_PASSWORDS = '/account/settings/app-passwords';

async function adasPage(path: string, options: Parameters<TestBrowser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await signIn(page, server, site.ada, path);
  return page;
}
const main = (page: Page) => page.locator('main').innerText();
/** Opens every fold of the form, as somebody does who looks for something. */
async function unfold(page: Page): Promise<void> {
  const folded = page.locator('form details.part:not([open]) > summary:visible');
  while ((await folded.count()) > 0) await folded.first().click();
}
const press = (page: Page, label: string) => page.click(`main button:text-is("${label}")`);
const secretOn = async (page: Page) => /lk[arpw][pt]_[A-Za-z0-9]{38}/.exec(await main(page))?.[0] ?? '';

/** A clone with a commit that was not pushed. */
async function cloneWithCommit(user: string, secret: string, name: string) {
  const cwd = workFolder(name);
  const address = withCredentials(`${server.url}/acme/app.git`, user, secret);
  await gitOk(['clone', '--quiet', address, cwd]);
  await gitOk(['commit', '--allow-empty', '--quiet', '-m', `For ${name}`], { cwd });
  return (refspec: string, ...options: string[]) => git(['push', ...options, 'origin', refspec], { cwd });
}

describe.each([{ scripts: true }, { scripts: false }])(
  'a key chosen by task, scripts $scripts',
  ({ scripts }) => {
    it('is read back part by part, and says what is not current', async () => {
      const page = await adasPage(`${APP_PASSWORDS}/new`, { scripts });
      const aside = page.getByRole('complementary');
      const readBack = async () => {
        if (!scripts) await aside.getByRole('button', { name: 'Read it back' }).click();
      };
      const type = async (name: string, text: string) => {
        await page.evaluate('for (const each of document.querySelectorAll("form details")) each.open = true');
        await page.fill(`[name=${name}]`, text);
      };
      await page.getByLabel('Push to branches').check();
      await type('branches', 'main:rewrite');
      await type('repository', 'acme/app');
      await type('from', 'nonsense');
      await type('expires', '2099-12-31');
      await readBack();
      await aside.getByText('only acme/app; until 2099-12-31 23:59 UTC.').waitFor();
      const partly = await aside.innerText();
      expect(partly).toContain('is no list of changes');
      expect(partly).toContain('nonsense');
      for (const wrong of ['until it is revoked', 'It never expires', 'every branch'])
        expect(partly).not.toContain(wrong);

      for (const [day, sentence] of [
        ['2001-01-01', 'The expiry must lie in the future.'],
        ['soon', 'Give the expiry as a date'],
      ] as const) {
        await type('expires', day);
        await readBack();
        await aside.getByText(sentence).waitFor();
        expect(await aside.innerText()).toContain('only acme/app; until a moment that is not clear yet.');
        expect(await aside.innerText()).not.toMatch(/until it is revoked|never expires/);
      }
      if (scripts) {
        await page.context().clearCookies();
        const summary = page.locator('.part > summary', { hasText: 'Where and how narrow?' });
        const before = await summary.innerText();
        await type('repository', 'acme/other');
        await aside.getByText('Not current').waitFor();
        expect(await summary.innerText()).toBe(before);
      }
    });

    it('is confined as the page says, and Git obeys', async () => {
      const page = await adasPage(`${APP_PASSWORDS}/new`, { scripts });
      const label = `Release job ${scripts}`;
      await page.fill('[name=label]', label);
      // What a task asks for shows only while it is ticked, with and without scripts.
      expect(await page.locator('[name=branches]').isVisible()).toBe(false);
      await page.getByLabel('Push to branches').check();
      expect(await page.locator('[name=branches]').isVisible()).toBe(true);
      expect(await page.locator('[name=tags]').isVisible()).toBe(false);

      // Nothing narrow yet: the summary says what that could do.
      const aside = page.getByRole('complementary');
      if (!scripts) await aside.getByRole('button', { name: 'Read it back' }).click();
      await aside.getByText('everywhere that you may go').waitFor();
      await aside.getByText('It could push to every branch').waitFor();
      await aside.getByText('It never expires').waitFor();

      await page.fill('[name=branches]', `release-${scripts}/*`);
      await page.getByText('Where and how narrow?').click();
      await page.fill('[name=repository]', 'acme/app');
      await page.getByText('Until when?').click();
      await page.fill('[name=expires]', '2099-12-31 12:30');
      if (!scripts) await aside.getByRole('button', { name: 'Read it back' }).click();
      await aside
        .getByText(
          `only acme/app; pushes to refs/heads/release-${scripts}/* (create, fast-forward); until 2099-12-31 12:30 UTC.`,
        )
        .waitFor();
      const sentence = await aside.innerText();
      expect(sentence).not.toContain('every branch');
      expect(sentence).not.toContain('never expires');
      expect(await page.locator('[name=label]').inputValue()).toBe(label);
      if (scripts) expect(await axe(page)).toEqual([]);
      await screenshot(page, `narrow-chooser-1280${scripts ? '' : '-no-script'}`);
      await press(page, 'Create app password');
      const secret = await secretOn(page);
      expect(secret).not.toBe('');

      const push = await cloneWithCommit('ada', secret, `release-${scripts}`);
      expect((await push(`HEAD:refs/heads/release-${scripts}/1`)).code).toBe(0);
      const toMain = await push('HEAD:refs/heads/main');
      expect(toMain.code).not.toBe(0);
      expect(toMain.stderr).toMatch(/cred_\w+|may change only/);
      expect((await push(`HEAD:refs/tags/v-${scripts}`)).code).not.toBe(0);
      expect((await push(`:refs/heads/release-${scripts}/1`)).code).not.toBe(0);
      const elsewhere = withCredentials(`${server.url}/acme/empty.git`, 'ada', secret);
      expect((await git(['ls-remote', elsewhere])).code).not.toBe(0);

      // The list and the key's own page say the same, and it can be narrowed further, never widened.
      await page.goto(server.url + APP_PASSWORDS);
      const line = page.locator('.credential', { hasText: label });
      expect(await line.innerText()).toContain(`refs/heads/release-${scripts}/* (create, fast-forward)`);
      await line.getByRole('link', { name: label, exact: true }).click();
      await page.getByRole('heading', { name: 'What it is confined to' }).waitFor();
      expect(await main(page)).toContain('only acme/app');
      expect(await main(page)).toContain('2099-12-31 12:30 UTC');
      await page.getByRole('link', { name: 'Narrow…' }).click();
      await unfold(page);
      await page.fill('[name=ref]', 'refs/heads/**:create');
      await page.fill('[name=uses]', 'many');
      await press(page, 'Narrow it');
      await page.getByText('as a whole number of at least 1').waitFor();
      expect(await page.locator('[name=ref]').inputValue()).toBe('refs/heads/**:create');
      await page.fill('[name=uses]', '2');
      await press(page, 'Narrow it');
      // It cannot be undone, so it is read back first, and nothing is done before that.
      await page.getByRole('heading', { name: `Narrow “${label}”?` }).waitFor();
      expect(await main(page)).toContain('at most 2 uses');
      expect(await main(page)).toContain('refs/heads/** (create)');
      const before = await server.cli(['credential', 'list', '--user', 'ada']);
      const itsLine = before.stdout.split('\n').find((each) => each.includes(label));
      expect(itsLine).not.toContain('at most 2 uses');
      if (scripts) expect(await axe(page)).toEqual([]);
      await press(page, 'Narrow it');
      await page.getByText('It is narrower from its next use on.').waitFor();
      await page.getByText('2 left').waitFor();
      if (scripts) expect(await axe(page)).toEqual([]);
      await screenshot(page, `narrow-detail-1280${scripts ? '' : '-no-script'}`);

      const again = await push(`HEAD~1:refs/heads/release-${scripts}/1`, '--force');
      expect(again.code).not.toBe(0);
      expect((await push(`HEAD:refs/heads/release-${scripts}/2`)).code).toBe(0);
      expect((await push(`HEAD:refs/heads/outside-${scripts}`)).code).not.toBe(0);
      await page.reload();
      expect(await main(page)).toMatch(/at most 2 uses.* (1|none) left/);
    });
  },
);

describe('a key that only watches its networks', () => {
  it('writes down what it would have refused, and its page shows it', async () => {
    const page = await adasPage(
      `${APP_PASSWORDS}/new?tasks=clone&from=203.0.113.0/24&observe=1&label=Watched`,
    );
    expect(await page.getByLabel('Only watch for now').isChecked()).toBe(true);
    // Opening the link made nothing.
    const { stdout } = await server.cli(['credential', 'list', '--user', 'ada']);
    expect(stdout).not.toContain('Watched');
    await press(page, 'Create app password');
    const secret = await secretOn(page);
    const address = withCredentials(`${server.url}/acme/app.git`, 'ada', secret);
    expect((await git(['ls-remote', address])).code).toBe(0);
    await page.goto(server.url + APP_PASSWORDS);
    await page.getByRole('link', { name: 'Watched', exact: true }).click();
    await page.getByRole('heading', { name: 'What its networks would have refused' }).waitFor();
    const row = page.locator('section[aria-labelledby=observed] tbody tr');
    expect(await row.first().innerText()).toMatch(/127\.0\.0\.1[\s\S]*clone or fetch a repository/);
    await screenshot(page, 'narrow-observed-1280');

    // Narrowed to the same network in earnest, it is refused from here.
    await page.getByRole('link', { name: 'Narrow…' }).click();
    await unfold(page);
    await page.fill('[name=from]', '203.0.113.0/24');
    await press(page, 'Narrow it');
    expect((await git(['ls-remote', address])).code).toBe(0);
    await press(page, 'Narrow it');
    expect((await git(['ls-remote', address])).code).not.toBe(0);
  });
});

describe('an API token', () => {
  it('is made by task for a year, opens what its page says, and is narrowed, replaced and revoked like another key', async () => {
    const list = '/account/settings/api-tokens';
    const page = await adasPage(`${list}/new`);
    const inAYear = new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10);
    expect(await page.getByLabel('Last day').inputValue()).toBe(inAYear);
    expect(await page.getByLabel('Edit wikis').count()).toBe(0);
    await page.fill('[name=label]', 'Renovate');
    await page.getByLabel('Push to branches').check();
    await page.fill('[name=branches]', 'renovate/*');
    await page.getByText('I know the scopes').click();
    const offered = await page
      .locator('[name=scopes]')
      .evaluateAll((boxes) => boxes.map((box) => (box as HTMLInputElement).value));
    expect(offered).toContain('delete:ssh-key:bitbucket');
    expect(offered.filter((name) => !name.endsWith(':bitbucket'))).toEqual([]);
    await page.locator('[name=scopes][value="read:user:bitbucket"]').check();
    const aside = page.getByRole('complementary');
    await aside.getByText(`until ${inAYear} 23:59 UTC`).waitFor();
    expect(await aside.innerText()).not.toMatch(/never expires|wiki/);
    expect(await axe(page)).toEqual([]);

    await page.getByText('Until when?').click();
    await page.fill('[name=expires]', '2099-12-31');
    await press(page, 'Create API token');
    await page.locator('main form').getByText('API tokens always end').first().waitFor();
    await page.fill('[name=expires]', inAYear);
    await press(page, 'Create API token');
    await page.getByRole('heading', { name: 'API token created' }).waitFor();
    const secret = /lkat_[A-Za-z0-9]{38}/.exec(await main(page))?.[0] ?? '';
    expect(await main(page)).toContain('//x-bitbucket-api-token-auth@');
    await screenshot(page, 'api-token-made-1280');
    expect((await page.reload())?.status()).toBe(409);
    expect(await main(page)).toContain('If it made an API token before');

    const push = await cloneWithCommit('x-bitbucket-api-token-auth', secret, 'renovate');
    expect((await push('HEAD:refs/heads/renovate/1')).code).toBe(0);
    expect((await push('HEAD:refs/heads/main')).code).not.toBe(0);
    const user = async (name: string, key = secret) => {
      const authorization = `Basic ${Buffer.from(`${name}:${key}`).toString('base64')}`;
      return (await fetch(`${server.url}/2.0/user`, { headers: { authorization } })).status;
    };
    expect([await user('ada@example.org'), await user('ada'), await user('bob')]).toEqual([200, 200, 401]);

    await page.goto(server.url + list);
    expect(await axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'Renovate', exact: true }).click();
    const said = (await main(page)).replaceAll(/\s+/g, ' ');
    for (const sentence of [
      'refs/heads/renovate/* (create, fast-forward)',
      'push to a repository',
      'see the account',
    ])
      expect(said).toContain(sentence);
    await page.getByRole('link', { name: 'Why can it not…?' }).click();
    await page.selectOption('[name=operation]', 'repository.delete');
    await page.fill('[name=target]', 'acme/app');
    await page.locator('main form button[type=submit]').first().click();
    await page.getByText('It takes delete:repository:bitbucket; it holds').first().waitFor();
    expect(await page.locator('a[href*="api-tokens/new?"]').first().getAttribute('href')).toContain(
      'scopes=delete%3Arepository%3Abitbucket',
    );
    await page.goBack();
    await page.goto(server.url + list);
    await page.getByRole('link', { name: 'Renovate', exact: true }).click();
    await page.getByRole('link', { name: 'Narrow…' }).click();
    await unfold(page);
    await page.fill('[name=repository]', 'acme/app');
    await press(page, 'Narrow it');
    await press(page, 'Narrow it');
    await page.getByText('only acme/app').first().waitFor();
    const itself = page.url();
    await page.goto(`${itself}/pause`);
    await press(page, 'Pause');
    expect(await user('ada')).toBe(403);
    await page.goto(`${itself}/resume`);
    await press(page, 'Resume');
    expect(await user('ada')).toBe(200);
    await page.goto(itself);
    await page.getByRole('link', { name: 'Replace…' }).click();
    expect(await main(page)).toContain('A year from now at most.');
    await press(page, 'Replace it');
    await page.getByRole('heading', { name: 'API token replaced' }).waitFor();
    const next = /lkat_[A-Za-z0-9]{38}/.exec(await main(page))?.[0] ?? '';

    // Of both, what can act as her says so, and one by one they end.
    await page.goto(`${server.url}/account/settings/access`);
    expect(await page.locator('.credential', { hasText: 'Renovate' }).allInnerTexts()).toEqual([
      expect.stringContaining('API token'),
      expect.stringContaining('API token'),
    ]);
    await page.goto(server.url + list);
    await page
      .locator('.credential', { hasText: 'Retiring' })
      .getByRole('link', { name: 'Renovate', exact: true })
      .click();
    await page.goto(`${page.url()}/revoke`);
    await press(page, 'Revoke');
    await page.getByText('The API token is revoked.').waitFor();
    expect([await user('ada', secret), (await push('HEAD:refs/heads/renovate/2')).code]).toEqual([401, 128]);
    const clone = withCredentials(`${server.url}/acme/app.git`, 'ada', next);
    expect((await git(['ls-remote', clone])).code).toBe(0);
    await page.close();
  });
});

describe('an access token', () => {
  it('for tags pushes new tags and nothing else', async () => {
    const page = await adasPage('/acme/app/settings/access-tokens/new');
    await page.fill('[name=label]', 'Tagger');
    await page.getByLabel('Push tags').check();
    await page.fill('[name=tags]', 'rel-*');
    await press(page, 'Create access token');
    const secret = await secretOn(page);
    const push = await cloneWithCommit('x-token-auth', secret, 'tagger');
    expect((await push('HEAD:refs/tags/rel-1')).code).toBe(0);
    expect((await push('HEAD~1:refs/tags/rel-1', '--force')).code).not.toBe(0);
    expect((await push('HEAD:refs/tags/other')).code).not.toBe(0);
    expect((await push('HEAD:refs/heads/main')).code).not.toBe(0);
    await page.goto(`${server.url}/acme/app/settings/access-tokens`);
    await page.getByRole('link', { name: 'Tagger', exact: true }).click();
    expect(await main(page)).toContain('refs/tags/rel-* (create)');
    expect(await main(page)).toContain('@bots.localhost');
    expect(await axe(page)).toEqual([]);
  });
});

describe.each([
  { of: 'a project', list: '/acme/-/projects/MAIN/access-tokens', prefix: 'lkpt', from: '/acme/-/projects' },
  { of: 'a workspace', list: '/acme/-/access-tokens', prefix: 'lkwt', from: '/acme/-/settings' },
])('an access token of $of', ({ list, prefix, from }) => {
  it('is made, used, narrowed, replaced and revoked on pages of its own', async () => {
    const page = await adasPage(from);
    await page.locator(`main a[href="${list}"], nav a[href="${list}"]`).first().click();
    await page
      .getByRole('link', { name: /^Create (?:an )?access token$/ })
      .first()
      .click();
    await page.fill('[name=label]', `Mirror ${prefix}`);
    await page.getByLabel('Clone and fetch').check();
    await screenshot(page, `token-new-${prefix}`);
    expect(await axe(page)).toEqual([]);
    await press(page, 'Create access token');
    const secret = await secretOn(page);
    expect(secret).toMatch(new RegExp(`^${prefix}_`));
    const made = await main(page);
    expect(made).toContain('://x-token-auth@');
    expect(made).toContain('/acme/REPOSITORY.git');

    const reads = async (key: string) =>
      (await git(['ls-remote', withCredentials(`${server.url}/acme/app.git`, 'x-token-auth', key)])).code;
    expect(await reads(secret)).toBe(0);
    await page.goto(server.url + list);
    expect(await main(page)).toContain('It is a bot of its own');
    await page.getByRole('link', { name: `Mirror ${prefix}`, exact: true }).click();
    expect(await main(page)).toContain('clone or fetch a repository');
    await screenshot(page, `token-one-${prefix}`);
    expect(await axe(page)).toEqual([]);
    const one = page.url();

    await page.goto(`${one}/explain?operation=repository.push&target=acme/app`);
    expect(await main(page)).toContain('needs the scope repository:write');
    await page.goto(`${one}/narrow`);
    await page.evaluate('for (const each of document.querySelectorAll("form details")) each.open = true');
    await page.fill('[name=repository]', 'acme/empty');
    await press(page, 'Narrow it');
    await press(page, 'Narrow it');
    expect(await main(page)).toContain('only acme/empty');
    expect(await reads(secret)).not.toBe(0);

    await page.goto(`${one}/replace`);
    await press(page, 'Replace it');
    const successor = await secretOn(page);
    expect(successor).toMatch(new RegExp(`^${prefix}_`));
    expect(successor).not.toBe(secret);
    await page.goto(`${one}/revoke`);
    await press(page, 'Revoke');
    expect(page.url()).toBe(server.url + list);
    const empty = withCredentials(`${server.url}/acme/empty.git`, 'x-token-auth', secret);
    expect((await git(['ls-remote', empty])).stderr).toContain('was revoked on');

    // These pages are for owners of the workspace, and each place has its own tokens alone.
    const strangers = await browser.newPage({ scripts: false });
    await signIn(strangers, server, site.ben, '/');
    const other = one.includes('/projects/')
      ? one.replace('/projects/MAIN', '')
      : one.replace('/-/', '/-/projects/MAIN/');
    for (const below of ['', '/narrow', '/pause', '/resume', '/replace', '/revoke', '/explain']) {
      expect((await strangers.goto(one + below))?.status(), below).toBe(403);
      expect((await page.goto(other + below))?.status(), below).toBe(404);
    }

    // Nor does a form that is sent to another place's address.
    await page.goto(`${server.url}${list}`);
    const token = await site.made.do([
      'access-token',
      'create',
      'acme',
      '--for-workspace',
      '--name',
      'Elsewhere',
      '--scope',
      'repository',
      '--json',
    ]);
    const { id } = JSON.parse(token) as { id: string };
    const foreign = prefix === 'lkpt' ? `${server.url}${list}/${id}` : `${server.url}${APP_PASSWORDS}/${id}`;
    for (const [below, form] of [
      ['/pause', {}],
      ['/revoke', {}],
      ['/replace', { overlap_days: '7', form_token: 'Z'.repeat(22) }],
    ] as const) {
      const answer = await page.request.post(foreign + below, {
        form,
        headers: { origin: server.url },
        maxRedirects: 0,
      });
      expect(answer.status(), below).toBe(404);
    }
    const listed = JSON.parse(
      await site.made.do(['credential', 'list', '--workspace', 'acme', '--json']),
    ) as {
      id: string;
      state: string;
    }[];
    expect(listed.find((each) => each.id === id)?.state).toBe('active');
  });
});

describe('a token for one push of some files', () => {
  it('is good for that and for nothing after it', async () => {
    const page = await adasPage('/acme/app/settings/access-tokens/new?tasks=push&branches=docs&label=Writer');
    await unfold(page);
    await page.fill('[name=path]', 'docs/**');
    await page.getByLabel('Good for one push').check();
    await page.fill('[name=max-bytes]', '1 MB');
    await press(page, 'Create access token');
    const secret = await secretOn(page);
    const cwd = workFolder('writer');
    const address = withCredentials(`${server.url}/acme/app.git`, 'x-token-auth', secret);
    await gitOk(['clone', '--quiet', address, cwd]);
    await commitFiles(cwd, { 'src/other.ts': 'x\n' }, 'Outside');
    expect((await git(['push', 'origin', 'HEAD:refs/heads/docs'], { cwd })).code).not.toBe(0);
    await gitOk(['reset', '--hard', '--quiet', 'HEAD~1'], { cwd });
    await commitFiles(cwd, { 'docs/new.md': 'x\n' }, 'Inside');
    // Pushed without the one that was refused, by a fresh token: there is no refund for a push that was looked into.
    const fresh = await adasPage(
      '/acme/app/settings/access-tokens/new?tasks=push&branches=docs&label=Writer%202&path=docs/**&one-push=1',
    );
    await press(fresh, 'Create access token');
    const again = withCredentials(`${server.url}/acme/app.git`, 'x-token-auth', await secretOn(fresh));
    expect((await git(['push', again, 'HEAD:refs/heads/docs'], { cwd })).code).toBe(0);
    await commitFiles(cwd, { 'docs/new.md': 'y\n' }, 'Inside again');
    expect((await git(['push', again, 'HEAD:refs/heads/docs'], { cwd })).code).not.toBe(0);
    expect((await git(['ls-remote', again])).code).toBe(0);
    await fresh.goto(`${server.url}/acme/app/settings/access-tokens`);
    await fresh.getByRole('link', { name: 'Writer 2', exact: true }).click();
    expect(await main(fresh)).toMatch(/at most 1 push.*none left/);
  });
});

describe('the form', () => {
  it('keeps what was typed and says at the field what is wrong, and makes nothing', async () => {
    const page = await adasPage(`${APP_PASSWORDS}/new`, { scripts: false });
    await page.fill('[name=label]', 'Careless');
    await page.getByLabel('Clone and fetch').check();
    await page.getByText('Where and how narrow?').click();
    for (const [name, wrong, right, says] of [
      ['repository', 'acme/secret-of-others', 'acme/app', 'There is no repository'],
      ['from', '10.0.0.1/8', '10.0.0.0/8', 'is no network'],
      ['path', 'a//b', 'docs/**', 'cannot be used'],
      ['deny-ref', 'main', 'refs/heads/main', 'matches no ref'],
      ['max-bytes', 'lots', '5 MB', 'in bytes, or as 20 MB'],
    ] as const) {
      await unfold(page);
      await page.fill(`[name=${name}]`, wrong);
      await press(page, 'Create app password');
      const field = page.locator('.field', { has: page.locator(`[name=${name}]`) }).last();
      expect(await field.locator('.error').innerText(), name).toContain(says);
      expect(await page.locator(`[name=${name}]`).inputValue()).toBe(wrong);
      expect(await page.locator('[name=label]').inputValue()).toBe('Careless');
      expect(await page.locator(`[name=${name}]`).isVisible(), name).toBe(true);
      await page.fill(`[name=${name}]`, right);
    }
    const { stdout } = await server.cli(['credential', 'list', '--user', 'ada']);
    expect(stdout).not.toContain('Careless');
    await press(page, 'Create app password');
    expect(await secretOn(page)).not.toBe('');
  });

  it('says of each scope the routes and Git verbs that it opens, and that reading by path cannot be confined', async () => {
    const page = await adasPage(`${APP_PASSWORDS}/new?scopes=repository:write`);
    const option = page.locator('.choice', { has: page.locator('[value="repository:write"]') });
    await option.locator('details > summary').click();
    expect(await option.innerText()).toMatch(/push to a repository[\s\S]*git push/);
    expect(await option.innerText()).not.toContain('git clone');
    const reads = page.locator('.choice', { has: page.locator('[value="repository"]') });
    await reads.locator('details > summary').click();
    expect(await reads.innerText()).toMatch(/git clone[\s\S]*GET \/2\.0\/repositories\/\{workspace\}/);
    expect(await reads.innerText()).toMatch(
      /write the build statuses of commits[\s\S]*POST \S+\/statuses\/build/,
    );
    await unfold(page);
    expect(await main(page)).toContain('Reading cannot be confined to paths');
    // What has no pages and routes yet is offered by nothing.
    expect(await page.content()).not.toMatch(/value="(?:pipeline|issue|snippet|runner)/);
    expect((await page.content()).length).toBeLessThan(60_000);
  });

  it('refuses to be filled in with what nobody would type', async () => {
    const page = await adasPage('/');
    const label = encodeURIComponent('<b>"x');
    const repository = 'a'.repeat(3000);
    await page.goto(
      `${server.url}${APP_PASSWORDS}/new?tasks=everything&scopes=root&label=${label}&repository=${repository}`,
    );
    expect(await page.locator('[name=label]').inputValue()).toBe('<b>"x');
    expect(await page.locator('input:checked').count()).toBe(3);
    expect(await page.locator('[name=repository]').inputValue()).toBe('');
  });
});

describe('a key for a project', () => {
  it('names it as people do, and goes where the project goes', async () => {
    const page = await adasPage(`${APP_PASSWORDS}/new?tasks=clone&label=Of%20a%20project`);
    await unfold(page);
    await page.fill('[name=project]', 'acme/main');
    await press(page, 'Create app password');
    const secret = await secretOn(page);
    expect(
      (await git(['ls-remote', withCredentials(`${server.url}/acme/app.git`, 'ada', secret)])).code,
    ).toBe(0);
    await page.goto(server.url + APP_PASSWORDS);
    await page.getByRole('link', { name: 'Of a project', exact: true }).click();
    expect(await main(page)).toContain('only project acme/MAIN');
    expect(await main(page)).not.toMatch(/\{[0-9a-f-]{36}\}/);
  });
});

describe('somebody else', () => {
  it('finds no page of a key that is not theirs, and cannot narrow or ask about it', async () => {
    const [key] = JSON.parse(
      (await server.cli(['credential', 'list', '--user', 'ada', '--json'])).stdout,
    ) as {
      id: string;
    }[];
    const page = await browser.newPage();
    await signIn(page, server, site.eve);
    for (const below of [
      '',
      '/narrow',
      '/explain',
      '/explain?operation=repository.push&target=acme/app',
      '/revoke',
    ]) {
      const answer = await page.goto(`${server.url}${APP_PASSWORDS}/${key?.id}${below}`);
      expect(answer?.status(), below).toBe(404);
    }
  });
});

describe('at phone width and in the dark', () => {
  it('nothing sticks out', async () => {
    const page = await adasPage(`${APP_PASSWORDS}/new?tasks=push&branches=release/*&repository=acme/app`, {
      width: 390,
      dark: true,
    });
    await unfold(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await axe(page)).toEqual([]);
    await screenshot(page, 'narrow-chooser-390-dark');
  });
});

describe('the page of a key', () => {
  it('says what it was used for, and which of its scopes nothing needed', async () => {
    const made = await server.cli([
      'app-password',
      'create',
      'ada',
      '--label',
      'Nightly',
      '--scope',
      'repository',
      '--scope',
      'wiki',
    ]);
    expect(made.code, made.stderr).toBe(0);
    const secret = made.stdout.trim();
    const headers = {
      authorization: `Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`,
      'user-agent': 'nightly-job/2.1 (somebody@example.org)',
    };
    const api = `${server.url}/2.0/repositories/acme/app`;
    const open = async (options: Parameters<TestBrowser['newPage']>[0] = {}) => {
      const page = await adasPage(APP_PASSWORDS, options);
      await page.getByRole('link', { name: 'Nightly', exact: true }).click();
      return page;
    };
    const untouched = await open();
    expect(await main(untouched)).toContain('Nothing on record');
    await untouched.close();

    expect(
      (await git(['ls-remote', withCredentials(`${server.url}/acme/app.git`, 'ada', secret)])).code,
    ).toBe(0);
    for (let i = 0; i < 3; i++) expect((await fetch(api, { headers })).status).toBe(200);
    expect((await fetch(api, { headers, method: 'DELETE' })).status).toBe(403);
    const stranger = `Basic ${Buffer.from(`wes:${secret}`).toString('base64')}`;
    expect((await fetch(api, { headers: { ...headers, authorization: stranger } })).status).toBe(401);

    for (const [name, options] of [
      ['1280', {}],
      ['dark-1280', { dark: true }],
      ['360', { width: 360 }],
    ] as const) {
      const page = await open(options);
      const section = page.locator('section[aria-labelledby=used-for]');
      const text = (await section.innerText()).replaceAll(/\s+/g, ' ');
      expect(text).toMatch(/let in [4-6] times and refused 2 times/);
      const rows = (await section.locator('.table-box tbody tr').allInnerTexts()).map((row) =>
        row.replaceAll(/\s+/g, ' '),
      );
      expect(rows).toContainEqual(
        expect.stringMatching(/read the commits, .* acme\/app .*127\.0\.0\.1 nightly-job\/2\.1 .*3/i),
      );
      expect(rows).toContainEqual(
        expect.stringMatching(/clone or fetch a repository · acme\/app .*127\.0\.0\.1 git\/2/i),
      );
      expect(rows).toContainEqual(expect.stringMatching(/delete a repository refused: a scope was missing/i));
      expect(rows).toContainEqual(expect.stringMatching(/refused: the user name beside it was not its own/i));
      expect(text).not.toContain('somebody@example.org');
      expect(text).toMatch(/Nothing of this needed wiki/);
      expect(await axe(page)).toEqual([]);
      await screenshot(page, `key-used-${name}`);
      await page.close();
    }

    const { id } = (
      JSON.parse((await server.cli(['credential', 'list', '--user', 'ada', '--json'])).stdout) as {
        id: string;
        label: string;
      }[]
    ).find(({ label }) => label === 'Nightly')!;
    const told = JSON.parse((await server.cli(['credential', 'uses', id, '--json'])).stdout);
    expect(told.unneeded_scopes).toEqual(['wiki']);
    expect(told.days).toHaveLength(90);
    expect(told.days.at(-1)).toMatchObject({ refused: 2 });
    expect(told.uses).toContainEqual(
      expect.objectContaining({
        operation: 'source.read',
        target: 'acme/app',
        outcome: 'allowed',
        address: '127.0.0.1',
        agent: 'nightly-job/2.1',
        count: 3,
      }),
    );
    expect(told.uses).toContainEqual(
      expect.objectContaining({
        operation: 'repository.delete',
        target: null,
        outcome: 'scope_missing',
        count: 1,
      }),
    );
    const lines = (await server.cli(['credential', 'uses', id])).stdout;
    expect(lines).toMatch(
      /^source\.read {2}acme\/app {2}allowed {2}127\.0\.0\.1 nightly-job\/2\.1 {2}3 times {2}last /m,
    );
    expect(lines).toMatch(/Nothing of this needed: wiki$/m);
    expect((await server.cli(['credential', 'uses', 'cred_nobody'])).stderr).toContain(
      'There is no credential cred_nobody.',
    );
  });
});

describe.each([{ scripts: true }, { scripts: false }])(
  'a key that is replaced, scripts $scripts',
  ({ scripts }) => {
    const make = async (kind: 'app-password' | 'access-token', ...args: string[]) => {
      const { stdout, stderr, code } = await server.cli([kind, 'create', ...args, '--json']);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout) as { id: string; secret: string };
    };
    const lsRemote = async (user: string, secret: string) =>
      (await git(['ls-remote', withCredentials(`${server.url}/acme/app.git`, user, secret)])).code;
    const idOn = async (page: Page) => /cred_[A-Za-z0-9]{20}/.exec(await main(page))?.[0] ?? '';

    it('works on beside its successor, and its page says what still comes with it', async () => {
      const label = scripts ? 'Deploy job' : 'Deploy by hand';
      const old = await make('app-password', 'ada', '--label', label, '--scope', 'repository');
      expect(await lsRemote('ada', old.secret)).toBe(0);
      const page = await adasPage(`${APP_PASSWORDS}/${old.id}`, { scripts });
      await page.getByRole('link', { name: 'Replace…' }).click();
      expect((await main(page)).replaceAll(/\s+/g, ' ')).toMatch(
        /What needs the new secret .*clone or fetch a repository · acme\/app 127\.0\.0\.1 git\/2/i,
      );
      if (scripts) expect(await axe(page)).toEqual([]);
      await screenshot(page, `replace-1280${scripts ? '' : '-no-script'}`);
      for (const [days, expires, sentence] of [
        ['many', '2099-12-31', 'a whole number of days from 0 to 30'],
        ['3', 'soon', 'Give the expiry as a date'],
      ] as const) {
        await page.fill('[name=overlap_days]', '').catch(() => {});
        await page.evaluate(
          `document.querySelector('[name=overlap_days]').type = 'text'; document.querySelector('[name=overlap_days]').value = ${JSON.stringify(days)}`,
        );
        await page.fill('[name=expires]', expires);
        await press(page, 'Replace it');
        await page.getByText(sentence).waitFor();
        expect(await page.locator('[name=expires]').inputValue()).toBe(expires);
      }
      await page.fill('[name=expires]', '2099-12-31');
      await press(page, 'Replace it');
      await page.getByRole('heading', { name: 'App password replaced' }).waitFor();
      const [secret, id] = [await secretOn(page), await idOn(page)];
      expect(secret).toMatch(/^lkap_/);
      expect([old.secret, old.id]).not.toContain(secret);
      expect(await main(page)).toMatch(new RegExp(`The one before, ${old.id}, goes on working until 20`));
      const again = await page.reload();
      expect(again?.status()).toBe(409);
      expect(await main(page)).toContain('This form was sent already');
      expect(await main(page)).not.toContain(secret);

      for (const each of [old.secret, secret]) expect(await lsRemote('ada', each)).toBe(0);
      await page.goto(server.url + APP_PASSWORDS);
      const lines = await page.locator('.credential', { hasText: label }).allInnerTexts();
      expect(lines).toHaveLength(2);
      const line = (which: string) => lines.find((each) => each.includes(which))!;
      expect(line(old.id)).toMatch(/Retiring[^]*Expires in [23] days/);
      expect(line(id)).not.toContain('Retiring');

      await page.goto(`${server.url}${APP_PASSWORDS}/${old.id}`);
      const section = page.locator('section[aria-labelledby=replaced]');
      const said = (await section.innerText()).replaceAll(/\s+/g, ' ');
      expect(said).toContain(`${id} took its place`);
      expect(said).toMatch(
        /What has used this one since .*clone or fetch a repository · acme\/app 127\.0\.0\.1 git\/2/i,
      );
      expect(await page.getByRole('link', { name: 'Replace…' }).count()).toBe(0);
      if (scripts) expect(await axe(page)).toEqual([]);
      await screenshot(page, `replaced-1280${scripts ? '' : '-no-script'}`);
      await section.getByRole('link', { name: id }).click();
      expect(await main(page)).toContain(`${old.id}, which still works until`);
      expect(await main(page)).toMatch(/Expires\s+2099-12-31|31 December 2099/);
      if (scripts) {
        for (const [name, options] of [
          ['dark-1280', { dark: true }],
          ['360', { width: 360 }],
        ] as const) {
          const other = await adasPage(`${APP_PASSWORDS}/${old.id}`, options);
          await screenshot(other, `replaced-${name}`);
          await other.goto(`${server.url}${APP_PASSWORDS}/${id}/replace`);
          await screenshot(other, `replace-${name}`);
          expect(await other.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
          await other.close();
        }
      }
      // Whoever knows of the form is told what to do instead.
      await page.goto(`${server.url}${APP_PASSWORDS}/${old.id}/replace`);
      await page.getByRole('heading', { name: 'cannot be replaced' }).waitFor();
      expect(await page.locator('main').getByRole('link', { name: id }).count()).toBe(1);
      expect(await page.locator('main button').count()).toBe(0);
      // Of two that live, the other one is named where something is done to one of them.
      for (const [deed, done] of [
        ['revoke', 'revoked'],
        ['narrow', 'narrowed'],
        ['pause', 'paused'],
      ] as const) {
        await page.goto(`${server.url}${APP_PASSWORDS}/${id}/${deed}`);
        expect((await main(page)).replaceAll(/\s+/g, ' ')).toMatch(
          new RegExp(`took the place of ${old.id}, which still works until .*, and is not ${done} with it`),
        );
      }
      await page.goto(`${server.url}/account/settings/access/${id}/revoke`);
      expect(await page.locator('main').getByRole('link', { name: old.id }).count()).toBe(1);

      await page.goto(`${server.url}${APP_PASSWORDS}/${old.id}`);
      const pausing = page.locator('dialog[open], main .confirm');
      await page.getByRole('link', { name: 'Pause…' }).click();
      expect((await pausing.innerText()).replaceAll(/\s+/g, ' ')).toMatch(
        /In the last 30 days it came from 127\.0\.0\.1 \(git\/2[^)]*\)\. .*refused from the next request on.*took its place, and is not paused with it/,
      );
      await screenshot(page, `pause-1280${scripts ? '' : '-no-script'}`);
      expect(await lsRemote('ada', old.secret)).toBe(0);
      await pausing.getByRole('button', { name: 'Pause' }).click();
      await page.getByText('It is paused. Whatever uses it is refused').waitFor();
      expect(await main(page)).toMatch(/Paused\s+20\d\d-/);
      if (scripts) expect(await axe(page)).toEqual([]);
      await screenshot(page, `paused-1280${scripts ? '' : '-no-script'}`);
      const address = withCredentials(`${server.url}/acme/app.git`, 'ada', old.secret);
      expect((await git(['ls-remote', address])).stderr).toContain(`(${old.id}) that is paused`);
      expect(await lsRemote('ada', secret)).toBe(0);
      await page.goto(server.url + APP_PASSWORDS);
      expect(await page.locator('.credential', { hasText: old.id }).innerText()).toContain('Paused');
      await page.goto(`${server.url}${APP_PASSWORDS}/${old.id}`);
      await page.getByRole('link', { name: 'Resume…' }).click();
      await pausing.getByRole('button', { name: 'Resume' }).click();
      await page.getByText('It goes on from now on.').waitFor();
      expect(await lsRemote('ada', old.secret)).toBe(0);

      await page.goto(`${server.url}${APP_PASSWORDS}/${old.id}/revoke`);
      await press(page, 'Revoke');
      expect(await lsRemote('ada', old.secret)).not.toBe(0);
      expect(await lsRemote('ada', secret)).toBe(0);
      await page.close();
    });

    it('of a repository acts as the same bot, and ends at once only after a question', async () => {
      const old = await make(
        'access-token',
        'acme/app',
        '--name',
        `CI ${scripts}`,
        '--scope',
        'repository:write',
        '--expires',
        '2099-12-31',
      );
      const bot = async (secret: string) => {
        const answer = await fetch(`${server.url}/2.0/latchkey/credentials/self`, {
          headers: { authorization: `Bearer ${secret}` },
        });
        const { owner } = (await answer.json()) as { owner?: { type: string; created_on: string } };
        return [answer.status, owner];
      };
      const before = await bot(old.secret);
      expect(before).toMatchObject([200, { type: 'app_user', created_on: expect.any(String) }]);
      const replaced = await server.cli(['credential', 'replace', old.id, '--overlap-days', '1', '--json']);
      const second = JSON.parse(replaced.stdout) as { id: string; secret: string };
      const place = `${server.url}/acme/app/settings/access-tokens`;
      const page = await adasPage(`/acme/app/settings/access-tokens/${second.id}/replace`, { scripts });
      expect(await page.locator('[name=expires]').inputValue()).toMatch(/^2099-12-3[01]|^2100-01-01/);
      expect(await main(page)).toMatch(/its bot stays the same[^]*still works beside it/);
      await page.fill('[name=overlap_days]', '0');
      await press(page, 'Replace it');
      await page.getByRole('heading', { name: `Replace “CI ${scripts}” at once?` }).waitFor();
      expect(await main(page)).toMatch(
        new RegExp(`${second.id}: it was never used[^]*${old.id}: it was last used`),
      );
      expect((await bot(old.secret))[0]).toBe(200);
      await press(page, 'Replace it');
      await page.getByRole('heading', { name: 'Access token replaced' }).waitFor();
      const [secret, id] = [await secretOn(page), await idOn(page)];
      expect(await main(page)).toContain(`The one before, ${second.id}, has ended`);
      expect(await bot(secret)).toEqual(before);
      for (const each of [old, second]) expect((await bot(each.secret))[0]).toBe(401);
      const refused = await git([
        'ls-remote',
        withCredentials(`${server.url}/acme/app.git`, 'x-token-auth', old.secret),
      ]);
      expect(refused.stderr).toMatch(/was replaced, and stopped on .* Use the one that took its place/);
      expect((await page.reload())?.status()).toBe(409);
      expect(await main(page)).toContain('This form was sent already');
      await page.goto(`${place}/${old.id}/replace`);
      await page.getByText('no active access token of this id').waitFor();
      await page.goto(`${place}/${old.id}`);
      const said = (await main(page)).replaceAll(/\s+/g, ' ');
      expect(said).toContain(`${id} took its place`);
      expect(said).toMatch(/What has used this one since .*refused: it had ended/i);
      await page.goto(`${place}/${old.id}/revoke`);
      await page.getByText('was replaced').waitFor();
      await page.close();
    });
  },
);
