import { beforeAll, describe, expect, it } from 'vitest';
import { gitOk, newRepository } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';
import { WebClient } from './web-client.ts';

/** The names of a repository that has more branches and tags than one page shows. */

const BRANCHES = 130;

let server: TestServer;
let ada: WebClient;

beforeAll(async () => {
  server = await startServer();
  const made = world(server);
  const person = await made.account('ada');
  await made.workspace('acme', 'ada');
  const folder = await newRepository('names', { 'README.md': 'Names\n' });
  await gitOk(['commit', '--quiet', '--allow-empty', '-m', 'Second', '--date', '2020-01-02T03:04:05Z'], {
    cwd: folder,
  });
  const named = Array.from({ length: BRANCHES }, (_, index) => `create refs/heads/release/${index} HEAD\n`);
  await gitOk(['update-ref', '--stdin'], { cwd: folder, input: named.join('') });
  await gitOk(['branch', 'zeta/Login', 'HEAD^'], { cwd: folder });
  await gitOk(['tag', '-a', 'v1.0', '-m', 'First', 'HEAD^'], { cwd: folder });
  await made.repository('acme/app', { import: folder });
  await made.appPassword('ada', ['repository']);
  ada = new WebClient(server.url);
  await ada.signIn(person);
}, 60_000);

/** The text of a page's content, without its tags. */
async function read(path: string): Promise<string> {
  const { text } = await ada.get(path);
  const main = /<main[^]*<\/main>/.exec(text)?.[0] ?? '';
  return main.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

describe('a search among branches', () => {
  it('finds one of any page by part of its name, in capitals or not', async () => {
    expect(await read('/acme/app/branches')).not.toContain('zeta/Login');
    const found = await read('/acme/app/branches?q=login');
    expect(found).toContain('1 branch with “login” in the name');
    expect(found).toContain('zeta/Login');
    expect(found).not.toContain('release/');
  });

  it('counts what matches, and keeps what is searched from page to page', async () => {
    const { text } = await ada.get('/acme/app/branches?q=release/1');
    expect(text).toContain('41 branches with “release/1” in the name');
    expect(text).toContain('1–25 of 41');
    expect(text).toContain('href="/acme/app/branches?q=release%2F1&amp;page=2"');
    expect(await read('/acme/app/branches?q=release%2F1&page=2')).toContain('26–41 of 41');
  });

  it('says where nothing matches', async () => {
    const { text } = await ada.get('/acme/app/branches?q=%3Cb%3E');
    expect(text).toContain('No branch matches “&lt;b&gt;”');
    expect(text).toContain('name="q" value="&lt;b&gt;"');
    expect(await read('/acme/app/tags?q=nightly')).toContain('No tag matches “nightly”');
    expect(await read('/acme/app/tags?q=V1')).toContain('1 tag with “V1” in the name');
  });

  it('is what the menu leads to where it does not hold every name', async () => {
    expect(await read('/acme/app')).toContain('Find others by name: All branches · All tags');
  });
});

describe('a page beyond the last', () => {
  it.each([
    ['/acme', '/acme?page=1'],
    ['/search?q=app', '/search?q=app&amp;page=1'],
    ['/acme/app/branches?q=release/', '/acme/app/branches?q=release%2F&amp;page=6'],
    ['/acme/app/tags', '/acme/app/tags'],
    ['/account/settings/access', '/account/settings/access'],
  ])('of %s is said not to be there, with a way to the last', async (path, last) => {
    const { text } = await ada.get(`${path}${path.includes('?') ? '&' : '?'}page=99`);
    expect(text).toContain('There is no page 99');
    expect(text).toContain(`href="${last}">Go to page `);
    expect(text).not.toMatch(/Create a repository|pushes it\.|Nothing was found/);
  });
});

describe('a commit', () => {
  it('is labelled with three of its names, the default branch first, and the number of the others', async () => {
    const shown = await read('/acme/app/commits/main');
    expect(shown).toContain(`Second main release/0 release/1 and ${BRANCHES - 2} more`);
    // However many changed later.
    expect(shown).toMatch(/zeta\/Login v1\.0/);
  });

  it('names its branches and tags on its page', async () => {
    const { text } = await ada.get('/acme/app/commit/v1.0');
    expect(text).toContain(
      '<a href="/acme/app/src/zeta/Login">zeta/Login</a>, <a href="/acme/app/src/v1.0">',
    );
    expect(await read('/acme/app/commit/main')).toContain(`and ${BRANCHES + 1 - 20} more`);
  });

  it('says to the minute when it was written, and when it was committed where that was later', async () => {
    const later = await read('/acme/app/commit/main');
    expect(later).toMatch(/2020-01-02 03:04 UTC \( 2 Jan 2020 \)/);
    expect(later).toMatch(/Committed 20\d\d-\d\d-\d\d \d\d:\d\d UTC \(/);
    expect(await read('/acme/app/commit/v1.0')).not.toContain('Committed');
  });
});
