import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { seeInEveryLook } from '../support/looks.ts';
import { newRepository } from '../support/git.ts';
import { newPublicKey } from '../support/public-key.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { describeWithSsh, newSshKey, sshGit, type SshKey } from '../support/ssh.ts';
import { sshBlob, sshString } from '../support/ssh-blob.ts';
import { makeSite, signIn, type Site } from './web-repository-site.ts';

let server: TestServer;
let site: Site;
let browser: TestBrowser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  site = await makeSite(server);
}, 120_000);

const SSH_KEYS = '/account/settings/ssh-keys';
const ACCESS = '/account/settings/access';
const APP_KEYS = '/acme/app/settings/access-keys';

type Options = Parameters<TestBrowser['newPage']>[0];

async function adasPage(path: string, options: Options = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await signIn(page, server, site.ada, path);
  return page;
}
const main = (page: Page) => page.locator('main').innerText();
const press = (page: Page, label: string) => page.click(`main button:text-is("${label}")`);

async function look(page: Page, path: string, name: string): Promise<void> {
  await page.goto(server.url + path);
  await seeInEveryLook(page, `keys-${name}`);
}

async function cli(args: readonly string[], input = ''): Promise<string> {
  return site.made.do(args, input);
}

describe.each([{ scripts: true }, { scripts: false }])('SSH keys, scripts $scripts', ({ scripts }) => {
  it('are added, listed by fingerprint, and revoked', async () => {
    const page = await adasPage(SSH_KEYS, { scripts });
    const { line } = newPublicKey('ada@laptop');
    await page.getByRole('link', { name: 'Add SSH key' }).click();
    await page.fill('[name=key]', `  ${line}\n`);
    await page.fill('[name=label]', `Laptop ${scripts}`);
    await page.fill('[name=expires]', '2099-12-31');
    await press(page, 'Add SSH key');
    await page.getByText('The SSH key is added.').waitFor();
    const shown = page.locator('.credential', { hasText: `Laptop ${scripts}` });
    const words = await shown.innerText();
    const listed = JSON.parse(await cli(['ssh-key', 'list', 'ada', '--json'])) as {
      id: string;
      label: string;
      fingerprint: string;
      state: string;
    }[];
    const kept = listed.find(({ label }) => label === `Laptop ${scripts}`);
    expect(kept?.state).toBe('active');
    for (const each of ['Ed25519', kept?.fingerprint ?? '', kept?.id ?? '', 'Never used', '31 Dec 2099'])
      expect(words).toContain(each);
    // The whole key stands nowhere on the page: its fingerprint is what one compares.
    expect(await page.content()).not.toContain(line.split(' ')[1] ?? '');

    await shown.getByText('Revoke', { exact: true }).first().click();
    if (scripts) await page.locator('dialog[open]').getByRole('button', { name: 'Revoke' }).click();
    else await press(page, 'Revoke');
    await page.getByText('The SSH key is revoked.').waitFor();
    await page.getByText('Revoked and expired').click();
    expect(await page.locator('.credential-over').first().innerText()).toContain(`Laptop ${scripts}`);
    const again = await cli(['ssh-key', 'list', 'ada']);
    expect(again).toMatch(new RegExp(`${kept?.id}  revoked`));
  });
});

const rsa = (bits: number): string => {
  const { e = '', n = '' } = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({
    format: 'jwk',
  });
  const modulus = Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')]);
  return `ssh-rsa ${sshBlob('ssh-rsa', Buffer.from(e, 'base64url'), modulus).toString('base64')}`;
};
const certificate = () =>
  `ssh-ed25519-cert-v01@openssh.com ${sshString('ssh-ed25519-cert-v01@openssh.com').toString('base64')} ada`;
const privateKey = () => {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  expect(createPublicKey(key).asymmetricKeyType).toBe('ed25519');
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
};

describe('what is no key', () => {
  const BAD: readonly (readonly [name: string, key: () => string, says: string])[] = [
    ['nothing', () => '   ', 'Give the public key'],
    ['words', () => 'let me in', 'That SSH key is invalid. Give the public key as its .pub file has it'],
    ['half a key', () => newPublicKey().key.slice(0, -9), 'That SSH key is invalid.'],
    ['a certificate', certificate, 'It is a certificate: give the public key itself.'],
    ['RSA of 1024 bits', () => rsa(1024), 'It is an RSA key of 1024 bits, and at least 2048 are needed'],
    [
      'options before it',
      () => `command="sh",no-pty ${newPublicKey().line}`,
      'Give the key without anything before it',
    ],
    ['two keys', () => `${newPublicKey().line}\n${newPublicKey().line}`, 'Give one key, on one line.'],
    ['markup', () => 'ssh-ed25519 <script>alert(1)</script>', 'That SSH key is invalid.'],
  ];

  it('is refused in one sentence, and what was typed is kept', async () => {
    const page = await adasPage(`${SSH_KEYS}/new`);
    const before = await cli(['ssh-key', 'list', 'ada', '--json']);
    for (const [name, key, says] of BAD) {
      const typed = key();
      await page.goto(`${server.url}${SSH_KEYS}/new`);
      await page.fill('[name=key]', typed);
      await page.fill('[name=label]', `Label of ${name}`);
      await page.fill('[name=expires]', '2099-12-31');
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        press(page, 'Add SSH key'),
      ]);
      expect(answer.status(), name).toBe(422);
      expect(await page.locator('#field-key-error').innerText(), name).toContain(says);
      expect(await page.inputValue('[name=key]'), name).toBe(typed);
      expect(await page.inputValue('[name=label]'), name).toBe(`Label of ${name}`);
      expect(await page.inputValue('[name=expires]'), name).toBe('2099-12-31');
      expect(await page.evaluate('document.activeElement.name'), name).toBe('key');
    }
    await page.fill('[name=key]', newPublicKey().line);
    await page.fill('[name=expires]', 'next year');
    await press(page, 'Add SSH key');
    await page.locator('#field-expires-error').waitFor();
    expect(await cli(['ssh-key', 'list', 'ada', '--json'])).toBe(before);
  });

  it('a private key is not sent back', async () => {
    const page = await adasPage(`${SSH_KEYS}/new`);
    const secret = privateKey();
    await page.fill('[name=key]', secret);
    await press(page, 'Add SSH key');
    await page.getByText('This is a private key, which belongs to its owner alone').waitFor();
    expect(await page.inputValue('[name=key]')).toBe('');
    expect(await page.content()).not.toContain(secret.split('\n')[1] ?? 'nothing');
    expect(server.output()).not.toContain(secret.split('\n')[1] ?? 'nothing');
  });

  it('a key that somebody has is refused in Bitbucket’s words, whoever has it', async () => {
    const { line } = newPublicKey();
    await cli(['ssh-key', 'add', 'eve', '--label', 'eves'], `${line}\n`);
    const page = await adasPage(`${SSH_KEYS}/new`);
    for (const path of [`${SSH_KEYS}/new`, `${APP_KEYS}/new`]) {
      await page.goto(server.url + path);
      await page.fill('[name=key]', `${line} again`);
      await page.locator('main form button[type=submit]').click();
      await page.getByText('Someone has already registered that SSH key.').waitFor();
      expect(await main(page)).not.toContain('eves');
    }
  });
});

describe('access keys', () => {
  it('read by default, open several places, and are taken away from one or from all', async () => {
    const page = await adasPage(APP_KEYS);
    const { line } = newPublicKey('deploy@ci');
    await page.getByRole('link', { name: 'Add an access key' }).click();
    expect(await page.getByLabel('Read', { exact: true }).isChecked()).toBe(true);
    await page.fill('[name=key]', line);
    await press(page, 'Add access key');
    await page.getByText('The access key is added').waitFor();
    // Its comment is its label, where none is given.
    const shown = page.locator('.credential', { hasText: 'deploy@ci' });
    expect(await shown.innerText()).toContain('Reads.');
    expect(await shown.innerText()).not.toContain('writes');

    await page.goto(`${server.url}${APP_KEYS}/new`);
    await page.fill('[name=key]', line);
    await press(page, 'Add access key');
    await page.getByText('Someone has already added that access key to this repository.').waitFor();

    await page.goto(`${server.url}/acme/open/settings/access-keys/new`);
    await page.fill('[name=key]', line);
    await page.fill('[name=label]', 'Release server');
    await page.getByLabel('Read and write').check();
    await press(page, 'Add access key');
    await page.getByText('The access key is added').waitFor();
    expect(await page.locator('.credential').innerText()).toMatch(/Reads and writes\..*another place, too/s);

    await page.goto(`${server.url}/acme/-/projects`);
    await page.getByRole('link', { name: 'Access keys of' }).click();
    await page.getByRole('link', { name: 'Add an access key' }).click();
    await page.fill('[name=key]', line);
    await page.fill('[name=label]', 'Whole project');
    await press(page, 'Add access key');
    await page.getByText('The access key is added').waitFor();
    // Not everywhere: a workspace of the same owner, through the command line.
    await cli(['repository', 'create', 'lab/other']);
    await cli(['access-key', 'add', 'lab/other', '--label', 'In the lab'], line);
    await look(page, APP_KEYS, 'access-keys');
    await look(page, `${APP_KEYS}/new`, 'access-key-new');
    await look(page, '/acme/-/projects/MAIN/access-keys', 'project-access-keys');
    await look(page, '/acme/-/projects', 'projects');

    await page.goto(server.url + APP_KEYS);
    await shown.getByRole('link', { name: 'Take away' }).click();
    const question = await main(page);
    expect(question).toMatch(/also opens .*acme\/open.*project MAIN of acme.*lab\/other/s);
    await look(page, new URL(page.url()).pathname, 'take-away');
    await press(page, 'Take away here');
    await page.getByText('The access key opens this no longer.').waitFor();
    await page.goto(`${server.url}/acme/open/settings/access-keys`);
    expect(await page.locator('.credential').innerText()).toContain('Release server');
    await page.getByRole('link', { name: 'Take away' }).click();
    await press(page, 'Take away here and there');
    await page.getByText('taken away wherever you administer it').waitFor();
    for (const place of [['lab/other'], ['acme/MAIN', '--for-project'], ['acme/open'], ['acme/app']])
      expect(await cli(['access-key', 'list', ...place])).toBe('');
    const all = await cli(['credential', 'list', '--json']);
    const ended = (JSON.parse(all) as { kind: string; state: string }[]).filter(
      ({ kind }) => kind === 'access_key',
    );
    expect(ended).toMatchObject([{ state: 'revoked' }]);
  });

  it('are not named to whoever does not administer them, and stay there', async () => {
    const { line } = newPublicKey('shared');
    await cli(['role', 'grant', 'acme/empty', 'eve', 'admin']);
    await cli(['repository', 'create', 'lab/secret']);
    await cli(['access-key', 'add', 'lab/secret', '--label', 'Of the lab'], line);
    const page = await browser.newPage();
    await signIn(page, server, site.eve, '/acme/empty/settings/access-keys/new');
    await page.fill('[name=key]', line);
    await press(page, 'Add access key');
    await page.getByText('The access key is added').waitFor();
    // When a machine of another workspace was at work is not for everybody who knows its public key.
    expect(await main(page)).toContain('When it was used is not told here');
    await page.getByRole('link', { name: 'Take away' }).click();
    const question = await main(page);
    expect(question).toContain('one place besides that you do not administer');
    expect(question).not.toContain('lab');
    // Asked for all of them, too, the others stay.
    const number = /access-keys\/(\d+)\/remove/.exec(page.url())?.[1] ?? '';
    await page.evaluate(
      `fetch('/acme/empty/settings/access-keys/${number}/remove', { method: 'POST', body: new URLSearchParams({ from: 'everywhere' }) })`,
    );
    expect(await cli(['access-key', 'list', 'acme/empty'])).toBe('');
    expect(await cli(['access-key', 'list', 'lab/secret'])).toContain('"Of the lab"');
  });
});

describeWithSsh('the page of a key', () => {
  const usesOn = async (page: Page) => {
    const rows = page.locator('section[aria-labelledby=used-for] .table-box tbody tr');
    return (await rows.allInnerTexts()).map((row) => row.replaceAll(/\s+/g, ' '));
  };
  const clone = (key: SshKey, path: string) => sshGit(key, ['ls-remote', `${server.ssh}/${path}.git`]);

  it('of a person: what the key is, what it was used for, and its end', async () => {
    const key = await newSshKey('ada-of-page');
    await cli(['ssh-key', 'add', 'ada', '--label', 'Workbench', '--one-push'], key.line);
    const page = await adasPage(SSH_KEYS, { scripts: false });
    const open = async (from: string) => {
      await page.goto(server.url + from);
      await page.getByRole('link', { name: 'Workbench', exact: true }).click();
    };
    await open(SSH_KEYS);
    expect(await main(page)).toContain('Nothing on record');
    expect((await clone(key, 'acme/app')).code).toBe(0);
    expect((await clone(key, 'acme/nothing')).code).not.toBe(0);
    await open(ACCESS);
    const words = await main(page);
    const fingerprint = /SHA256:\S+/.exec(words)?.[0] ?? '';
    expect(await cli(['ssh-key', 'list', 'ada'])).toContain(fingerprint);
    for (const each of ['SSH key cred_', 'Ed25519', '1 left', 'let in 1 time and refused 1 time'])
      expect(words).toContain(each);
    expect(await page.getByRole('textbox', { name: 'Public key' }).innerText()).toBe(key.line);
    expect(await usesOn(page)).toEqual([
      expect.stringMatching(/^clone or fetch a repository refused: nothing there .* 127\.0\.0\.1 OpenSSH/i),
      expect.stringMatching(/^clone or fetch a repository · acme\/app 127\.0\.0\.1 OpenSSH/i),
    ]);
    const seen = await browser.newPage({ cookiesFrom: page.context() });
    await look(seen, new URL(page.url()).pathname, 'ssh-key');
    await page.getByRole('link', { name: 'Revoke' }).click();
    await press(page, 'Revoke');
    await page.getByText('The SSH key is revoked.').waitFor();
    await open(`${SSH_KEYS}?show=ended`);
    expect(await main(page)).toMatch(/Revoked[\s\S]*acme\/app/);
    expect(await page.getByRole('link', { name: 'Revoke' }).count()).toBe(0);
  });

  it('of a machine: where it opens, and of its use what happened there', async () => {
    const key = await newSshKey('machine-of-page');
    await cli(['access-key', 'add', 'acme/app', '--label', 'Runner'], key.line);
    await clone(key, 'acme/app');
    const head = ['push', `${server.ssh}/acme/app.git`, 'HEAD:refs/heads/no'];
    expect((await sshGit(key, head, { cwd: await newRepository('pushes', { a: 'a' }) })).code).not.toBe(0);
    const page = await adasPage(APP_KEYS);
    await page.getByRole('link', { name: 'Runner', exact: true }).click();
    const alone = page.url();
    expect(await main(page)).toMatch(/Runner\s+access key cred_\w+ Active[\s\S]*acme\/app, to read/);
    expect(await main(page)).toContain('let in 1 time and refused 1 time');
    expect(await page.getByRole('textbox', { name: 'Public key' }).innerText()).toBe(key.line);

    await cli(['role', 'grant', 'acme/empty', 'eve', 'admin']);
    await cli(['repository', 'create', 'lab/machines']);
    await cli(['access-key', 'add', 'acme/empty', '--label', 'Known to Eve'], key.line);
    await cli(['access-key', 'add', 'acme/MAIN', '--for-project', '--label', 'All of it'], key.line);
    await cli(['access-key', 'add', 'lab/machines', '--label', 'Not hers'], key.line);
    for (const path of ['lab/machines', 'acme/empty']) expect((await clone(key, path)).code).toBe(0);
    // Each place tells of itself, and names the others to who administers them.
    await page.goto(alone);
    const words = await main(page);
    expect(words).toMatch(/Opens besides\s+acme\/empty, project MAIN of acme, lab\/machines\n/);
    expect(words).toContain('Not told here');
    expect(words).toContain('What it was used for in acme/app');
    expect(words).toContain('In 90 days it was let in 1 time. Days');
    expect(await usesOn(page)).toEqual([expect.stringContaining('· acme/app')]);
    await look(page, new URL(alone).pathname, 'access-key-of-several');
    await page.getByRole('link', { name: 'project MAIN of acme' }).click();
    expect((await usesOn(page)).map((row) => /· (\S+)/.exec(row)?.[1])).toEqual(['acme/empty', 'acme/app']);
    await page.goto(`${server.url}/acme/-/access`);
    await page.getByRole('link', { name: 'Runner', exact: true }).click();
    expect(page.url()).toBe(alone);

    const eves = await browser.newPage();
    await signIn(eves, server, site.eve, '/acme/empty/settings/access-keys');
    await eves.getByRole('link', { name: 'Known to Eve', exact: true }).click();
    expect(await usesOn(eves)).toEqual([expect.stringContaining('· acme/empty')]);
    expect(await main(eves)).toContain('3 other places');
    expect(await main(eves)).not.toMatch(/lab|acme\/app|MAIN/);
    for (const path of [new URL(alone).pathname, '/acme/empty/settings/access-keys/4000000'])
      expect((await eves.goto(server.url + path))?.status(), path).toBe(404);
    await cli(['role', 'revoke', 'acme/empty', 'eve']);
    await page.goto(alone);
    await page.getByRole('link', { name: 'Take away' }).click();
    await press(page, 'Take away here and there');
    await page.getByText('taken away wherever you administer it').waitFor();
    expect((await page.goto(alone))?.status()).toBe(404);
  });
});

describe('one page of everything', () => {
  it('of a person: every kind, each revoked with one click', async () => {
    await site.made.appPassword('ada', ['repository:write'], 'Backup');
    await cli(['ssh-key', 'add', 'ada', '--label', 'Desk', '--from', '192.0.2.0/24'], newPublicKey().line);
    const page = await adasPage(ACCESS);
    const words = await main(page);
    for (const each of ['Backup', 'App password', 'repository:write', 'Desk', 'SSH key', '192.0.2.0/24'])
      expect(words).toContain(each);
    // Nobody else’s.
    expect(words).not.toContain('eves');
    await look(page, ACCESS, 'own-access');
    await look(page, SSH_KEYS, 'ssh-keys');
    await page.getByText('This host over SSH').click();
    await seeInEveryLook(page, 'keys-host-over-ssh');
    await look(page, `${SSH_KEYS}/new`, 'ssh-key-new');
    for (const label of ['Desk', 'Backup']) {
      await page.goto(server.url + ACCESS);
      const line = page.locator('.credential', { hasText: label });
      await line.getByRole('link', { name: 'Revoke' }).click();
      await page.locator('dialog[open]').getByRole('button', { name: 'Revoke' }).click();
      await page.getByText('It is revoked.').waitFor();
      expect(await page.locator('.credential', { hasText: label }).count()).toBe(0);
    }
    await page.getByRole('link', { name: 'Revoked and expired' }).click();
    expect(await main(page)).toContain('Desk');
    await look(page, `${ACCESS}?show=ended`, 'own-access-ended');
    const states = JSON.parse(await cli(['ssh-key', 'list', 'ada', '--json'])) as {
      label: string;
      state: string;
    }[];
    expect(states.find(({ label }) => label === 'Desk')?.state).toBe('revoked');
  });

  it('reveals and revokes nothing of somebody else’s', async () => {
    const listed = JSON.parse(await cli(['ssh-key', 'list', 'eve', '--json'])) as { id: string }[];
    const id = listed[0]?.id ?? '';
    const page = await adasPage(ACCESS);
    expect((await page.goto(`${server.url}${SSH_KEYS}/${id}`))?.status()).toBe(404);
    for (const path of [`${ACCESS}/${id}/revoke`, `${SSH_KEYS}/${id}/revoke`]) {
      expect((await page.goto(server.url + path))?.status()).toBe(404);
      const status = await page.evaluate(`fetch('${path}', { method: 'POST' }).then((a) => a.status)`);
      expect(status).toBe(404);
    }
    expect(await cli(['ssh-key', 'list', 'eve'])).toContain('active');
  });

  it('of a repository and of a workspace', async () => {
    await site.made.accessToken('acme/app', ['repository:write'], { name: 'Builds' });
    await site.made.accessToken('acme/app', ['repository'], { name: 'Reader' });
    const larger = ['--scope', 'repository', '--name'];
    await cli(['access-token', 'create', 'acme', '--for-workspace', ...larger, 'Auditor']);
    await cli(['access-token', 'create', 'acme/MAIN', '--for-project', ...larger, 'Copier']);
    await cli(['access-key', 'add', 'acme/app', '--label', 'Deploys'], newPublicKey().line);
    await cli(['access-key', 'add', 'acme/MAIN', '--for-project', '--label', 'Mirror'], newPublicKey().line);
    await cli(['ssh-key', 'add', 'ben', '--label', 'Bens laptop'], newPublicKey().line);
    const page = await adasPage('/acme/app/settings/overview');
    const row = async (label: string) =>
      (await page.locator('tr', { hasText: label }).innerText()).split('\t');
    expect((await row('Builds')).slice(1, 3)).toEqual(['Yes', 'Yes']);
    expect((await row('Reader')).slice(1, 3)).toEqual(['Yes', '–']);
    expect((await row('Auditor')).slice(1, 3)).toEqual(['Yes', '–']);
    expect((await row('Copier')).slice(1, 3)).toEqual(['Yes', '–']);
    expect((await row('Deploys')).slice(1, 3)).toEqual(['Yes', '–']);
    expect((await row('Mirror')).slice(1, 3)).toEqual(['Yes', '–']);
    expect((await row('Bens laptop')).slice(2, 4)).toEqual(['Yes', '–']);
    expect((await row('Ada Lovelace')).slice(2)).toEqual(['Yes', 'Yes']);
    expect((await row('Ben Franklin')).slice(2)).toEqual(['Yes', '–']);
    await look(page, '/acme/app/settings/overview', 'repository-overview');
    await page.goto(`${server.url}/acme/-/access`);
    const words = await main(page);
    for (const each of [
      'Builds',
      'Reader',
      'Deploys',
      'Mirror',
      'Reads project MAIN',
      'Of app',
      'Of the whole workspace',
      'Of project MAIN',
      'Ben Franklin',
    ])
      expect(words).toContain(each);
    expect(words).not.toContain('Bens laptop');
    await look(page, '/acme/-/access', 'workspace-access');
    for (const [label, opens] of [
      ['Auditor', 'every repository of acme'],
      ['Copier', 'every repository of project MAIN'],
    ] as const) {
      await page.goto(`${server.url}/acme/-/access`);
      await page.getByRole('link', { name: label, exact: true }).click();
      expect(await main(page)).toContain(opens);
    }

    // A disabled person enters nothing, and the pages say so.
    await cli(['user', 'disable', 'ben']);
    await page.goto(`${server.url}/acme/app/settings/overview`);
    expect((await row('Ben Franklin')).slice(2)).toEqual(['–', '–']);
    expect(await main(page)).not.toContain('Bens laptop');
  });

  it('is closed to those who are neither', async () => {
    const page = await browser.newPage();
    await signIn(page, server, site.eve, '/');
    for (const path of ['/acme/app/settings/overview', APP_KEYS])
      expect((await page.goto(server.url + path))?.status(), path).toBe(404);
    for (const path of ['/acme/-/access', '/acme/-/projects/MAIN/access-keys'])
      expect((await page.goto(server.url + path))?.status(), path).toBe(403);
  });
});

describe('derived tokens', () => {
  const deriving = async (authorization: string, label: string) => {
    const answer = await fetch(`${server.url}/2.0/latchkey/credentials/derived`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ label, scopes: ['repository'], refs: ['refs/heads/bot/*'] }),
    });
    expect(answer.status).toBe(201);
    return (await answer.json()) as { id: string; secret: string };
  };
  const idOf = async (of: { user: string } | { repository: string }, label: string) =>
    String((await site.made.credentials(of)).find((each) => each['label'] === label)?.['id']);

  it('of an app password stand with that, each with a page, and are revoked there', async () => {
    const secret = await site.made.appPassword('ada', ['repository:write'], 'Build server');
    const authorization = `Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`;
    const one = await deriving(authorization, 'Job 1');
    await deriving(authorization, 'Job 2');
    const parent = await idOf({ user: 'ada' }, 'Build server');
    const page = await adasPage(`/account/settings/app-passwords/${parent}`);
    await page.getByRole('link', { name: '2 active' }).click();
    expect(await main(page)).toContain('Job 1');
    expect(await main(page)).toContain(`Derived from ${parent}, and confined as that one is.`);
    await look(page, `/account/settings/app-passwords/${parent}/derived`, 'derived');

    await page.getByRole('link', { name: 'Job 1', exact: true }).click();
    const words = await main(page);
    expect(words).toContain(`${parent}, within what that one may do`);
    expect(words).toContain('refs/heads/bot/*');
    // What is short-lived and comes of another one is not replaced.
    expect(words).not.toContain('Replace…');
    expect((await page.goto(`${page.url()}/replace`))?.status()).toBe(200);
    expect(await main(page)).toContain('whatever uses that one derives another');

    await page.goto(`${server.url}/account/settings/app-passwords/${one.id}/revoke`);
    await press(page, 'Revoke');
    await page.goto(`${server.url}/account/settings/app-passwords/${parent}`);
    expect(await main(page)).toContain('1 active, 1 ended');
    await page.goto(`${server.url}/account/settings/app-passwords/${parent}/revoke`);
    expect(await main(page)).toContain('The token that was derived from it is revoked with it');
    // The list of app passwords is as short as if there were none.
    await page.goto(`${server.url}/account/settings/app-passwords`);
    expect(await main(page)).toContain('Build server');
    expect(await main(page)).not.toContain('Job 2');
    await page.goto(server.url + ACCESS);
    expect(await main(page)).toContain('Job 2');
  });

  it('of an access token stand with that', async () => {
    const secret = await site.made.accessToken('acme/app', ['repository'], { name: 'Deployer' });
    const { id } = await deriving(`Bearer ${secret}`, 'Its job');
    const parent = await idOf({ repository: 'acme/app' }, 'Deployer');
    const page = await adasPage(`/acme/app/settings/access-tokens/${parent}/derived`);
    await page.getByRole('link', { name: 'Its job', exact: true }).click();
    expect(new URL(page.url()).pathname).toBe(`/acme/app/settings/access-tokens/${id}`);
    await page.goto(`${server.url}/acme/app/settings/access-tokens`);
    expect(await main(page)).not.toContain('Its job');
    expect(
      (await page.goto(`${server.url}/acme/app/settings/access-tokens/cred_none/derived`))?.status(),
    ).toBe(404);
  });
});

describe('the command line', () => {
  it('says in one sentence what is wrong', async () => {
    const refuse = async (args: readonly string[], input: string) => {
      const { code, stderr, stdout } = await server.cli(args, { input });
      expect([code, stdout]).toEqual([1, '']);
      return stderr;
    };
    expect(await refuse(['ssh-key', 'add', 'ada'], '')).toContain('Give the public key on standard input.');
    expect(await refuse(['ssh-key', 'add', 'ada'], 'nonsense')).toContain('That SSH key is invalid.');
    const { key, line } = newPublicKey();
    expect(await refuse(['ssh-key', 'add', 'ada'], key)).toContain('label');
    expect(await refuse(['ssh-key', 'add', 'nobody'], line)).toMatch(/^latchkey: .*\n$/);
    expect(await refuse(['access-key', 'add', 'acme', '--label', 'x'], line)).toContain('WORKSPACE/');
    expect(await refuse(['access-key', 'add', 'acme/nothing', '--label', 'x'], line)).toMatch(/^latchkey: /);
    expect(await refuse(['access-key', 'revoke', 'acme/app', '4000000'], '')).toContain(
      'There is no access key',
    );
    const help = await server.cli(['access-key', 'add', '--help']);
    expect(help.stdout).toContain('latchkey access-key add team/app --label deploy < deploy.pub');
  });

  it('adds, lists and revokes a key of several places', async () => {
    const { line } = newPublicKey('ci@build');
    const first = await cli(['access-key', 'add', 'acme/app', '--write', '--json'], line);
    const second = await cli(['access-key', 'add', 'lab/other', '--json'], line);
    const [a, b] = [first, second].map((text) => JSON.parse(text) as { number: number; id: string });
    expect(b?.id).toBe(a?.id);
    const listed = JSON.parse(await cli(['access-key', 'list', 'acme/app', '--json'])) as object[];
    expect(listed).toContainEqual(
      expect.objectContaining({ number: a?.number, label: 'ci@build', may: 'write', places: 2 }),
    );
    await cli(['access-key', 'revoke', 'lab/other', String(b?.number), '--everywhere']);
    expect(await cli(['access-key', 'list', 'acme/app'])).not.toContain('ci@build');
  });
});
