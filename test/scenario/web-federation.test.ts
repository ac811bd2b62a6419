import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { jobClaims, keySetOf, signed, signingKey, type SigningKey } from '../federation/ci-issuer.ts';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { seeInEveryLook } from '../support/looks.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { makeSite, signIn, type Site } from './web-repository-site.ts';

const ISSUER = 'https://ci.example.com';
const POLICIES = '/acme/app/settings/trust-policies';

let server: TestServer;
let site: Site;
let browser: TestBrowser;
let key: SigningKey;

beforeAll(async () => {
  [server, browser, key] = await Promise.all([startServer(), launchBrowser(), signingKey('ci')]);
  site = await makeSite(server);
}, 120_000);

const token = (more: Record<string, unknown> = {}): Promise<string> =>
  signed(
    key,
    jobClaims(ISSUER, {
      aud: server.url,
      sub: 'repo:acme/app:ref:refs/heads/main',
      repository_id: '42',
      ref: 'refs/heads/main',
      ...more,
    }),
  );

const exchange = async (subjectToken: string): Promise<Record<string, unknown>> => {
  const response = await fetch(`${server.url}/site/oauth2/access_token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: subjectToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: 'acme/app',
    }),
  });
  return response.json() as Promise<Record<string, unknown>>;
};

const main = (page: Page) => page.locator('main').innerText();
const press = (page: Page, label: string) => page.click(`main button:text-is("${label}")`);

describe('federation on pages', () => {
  it('is set up by an administrator and by an admin of the repository, who see what comes of it', async () => {
    const page = await browser.newPage();
    await signIn(page, server, site.ada, `${POLICIES}/new`);
    expect(await main(page)).toContain('No CI system is registered');

    // The host first.
    const root = await site.made.account('root', { admin: true });
    const admins = await browser.newPage();
    await signIn(admins, server, root, '/-/admin/issuers');
    expect(await main(admins)).toContain('No issuer yet');
    await admins.click('main a:text-is("GitHub Actions")');
    expect(await admins.inputValue('[name=issuer]')).toBe('https://token.actions.githubusercontent.com');
    await admins.fill('[name=issuer]', ISSUER);
    await admins.fill('[name=title]', 'Our CI');
    await admins.fill('[name=keys]', '{"keys":[]}');
    await press(admins, 'Register issuer');
    expect(await main(admins)).toContain('holds no public key');
    await seeInEveryLook(admins, 'federation-issuer-new');
    await admins.fill('[name=keys]', keySetOf(key));
    await press(admins, 'Register issuer');
    expect(await main(admins)).toContain(ISSUER);
    await seeInEveryLook(admins, 'federation-issuers');
    await admins.click('main a:text-is("Give others…")');
    await admins.fill('[name=keys]', '[]');
    await press(admins, 'Give these keys');
    expect(await main(admins)).toContain('This is no JWK set');
    await admins.fill('[name=keys]', keySetOf(key));
    await press(admins, 'Give these keys');
    expect(await main(admins)).toContain('Give others…');

    // Then the repository: names alone are refused, and what was typed stays.
    await page.reload();
    await page.fill('[name=label]', 'deploy');
    await page.fill('[name=conditions]', 'repository=acme/app');
    await page.getByLabel('Push to branches').check();
    await page.fill('[name=branches]', 'main');
    await press(page, 'Create trust policy');
    expect(await main(page)).toContain('Names can be given up');
    expect(await page.inputValue('[name=conditions]')).toBe('repository=acme/app');
    await seeInEveryLook(page, 'federation-policy-new');
    await page.fill('[name=conditions]', 'repository_id=42\nref=refs/heads/*');
    await page.fill('[name=lifetime]', '5');
    await press(page, 'Create trust policy');
    await page.waitForURL(/trust-policies\/cred_/);
    expect(await main(page)).toContain('ref=refs/heads/*');
    const policy = page.url();

    // A job comes, and one that may not.
    expect(await exchange(await token())).toMatchObject({ scope: 'repository:write', expires_in: 300 });
    expect(await exchange(await token({ ref: 'refs/tags/v1', sub: 'the tag' }))).toMatchObject({
      error: 'invalid_target',
    });
    await expect
      .poll(
        async () => {
          await page.goto(policy);
          return main(page);
        },
        { timeout: 10_000 },
      )
      .toContain('claim ref: It must be "refs/heads/*"; in the token: "refs/tags/v1".');
    expect(await main(page)).toContain('repo:acme/app:ref:refs/heads/main');
    await seeInEveryLook(page, 'federation-policy');
    await page.goto(server.url + POLICIES);
    expect(await main(page)).toContain('Our CI: repository_id=42, ref=refs/heads/*.');
    await seeInEveryLook(page, 'federation-policies');

    // Why it may not, line by line; the token is not shown again.
    await page.click('main a:text-is("Try a token")');
    const bad = await token({ ref: 'refs/tags/v1' });
    await page.fill('[name=token]', bad);
    await press(page, 'Try it');
    expect(await main(page)).toMatch(/claim ref\s+no\s+It must be "refs\/heads\/\*"/);
    expect(await page.content()).not.toContain(bad);
    await page.fill(
      '[name=token]',
      JSON.stringify(jobClaims(ISSUER, { aud: server.url, repository_id: 42, ref: 'refs/heads/x' })),
    );
    await press(page, 'Try it');
    expect(await main(page)).toContain('Nobody signed them');
    expect(await main(page)).toContain('deploy accepts it');
    await seeInEveryLook(page, 'federation-test');

    // A token of one job ends alone; the policy with all of them.
    await page.goto(policy);
    await page.click(
      'section[aria-labelledby=job-tokens] a:text-is("Revoke"), section[aria-labelledby=job-tokens] button:text-is("Revoke")',
    );
    await page.click('dialog[open] button:text-is("Revoke")');
    await page.waitForURL(policy);
    expect(await main(page)).toContain('None now');
    const { access_token: living } = await exchange(await token());
    const status = async () =>
      (
        await fetch(`${server.url}/2.0/repositories/acme/app`, {
          headers: { authorization: `Bearer ${String(living)}` },
        })
      ).status;
    expect(await status()).toBe(200);
    for (const [path, label, then] of [
      ['/pause', 'Pause', 403],
      ['/resume', 'Resume', 200],
    ] as const) {
      await page.goto(policy + path);
      await press(page, label);
      expect(await status()).toBe(then);
    }
    await page.goto(`${policy}/narrow`);
    await page.fill('[name=ref]', 'refs/heads/main');
    await press(page, 'Narrow it');
    await press(page, 'Narrow it');
    await page.waitForURL(policy);
    await page.goto(`${policy}/revoke`);
    await press(page, 'Revoke');
    expect(await status()).toBe(401);
    await page.goto(`${policy}/revoke`);
    expect(await main(page)).toContain('was revoked');
  }, 120_000);
});
