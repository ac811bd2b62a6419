import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { commitFiles, gitOk, newRepository } from '../support/git.ts';
import { seeInEveryLook } from '../support/looks.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person, type World } from '../support/world.ts';
import { signIn } from './web-repository-site.ts';

let server: TestServer;
let browser: TestBrowser;
let made: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  made = world(server);
  ada = await made.account('ada', { displayName: 'Ada Lovelace' });
  ben = await made.account('ben', { displayName: 'Ben Franklin' });
  await made.workspace('acme', 'ada');
  await made.repository('acme/app', { import: await weaving() });
  await made.role('acme/app', 'ben', 'write');
}, 120_000);

const SERVER =
  "import { createServer } from 'node:http';\n\nexport const port = 7990;\ncreateServer().listen(port);\n";

/** A repository with two branches beside its main one: one of one commit, one of several. */
async function weaving(): Promise<string> {
  const cwd = await newRepository('weaving', { 'README.md': '# Engine\n', 'src/server.ts': SERVER });
  await gitOk(['switch', '--quiet', '--create', 'feature/port'], { cwd });
  const asked = SERVER.replace('7990', 'Number(process.env.PORT ?? 7990)');
  await commitFiles(
    cwd,
    { 'src/server.ts': asked, 'docs/port.md': '# The port\n\nSet `PORT`.\n' },
    'Ask for the port\n\nIt was **fixed** before.',
  );
  await gitOk(['switch', '--quiet', '--create', 'feature/loom', 'main'], { cwd });
  await commitFiles(cwd, { 'src/loom.ts': 'export const cards = 12;\n' }, 'Begin the loom');
  await commitFiles(cwd, { 'src/loom.ts': 'export const cards = 24;\n' }, 'Twice as many cards');
  await gitOk(['switch', '--quiet', 'main'], { cwd });
  return cwd;
}

async function pageOf(person: Person, path: string, scripts: boolean): Promise<Page> {
  const page = await browser.newPage({ scripts });
  await signIn(page, server, person, path);
  return page;
}
const press = (page: Page, label: string) => page.click(`main button:text-is("${label}")`);
const follow = (page: Page, label: string) => page.click(`main a:text-is("${label}")`);
const main = (page: Page) => page.locator('main').innerText();

describe.each([
  { scripts: true, branch: 'feature/port' },
  { scripts: false, branch: 'feature/loom' },
])('a pull request from $branch, scripts $scripts', ({ scripts, branch }) => {
  it('is created, discussed, approved and merged by people', async () => {
    const page = await pageOf(ben, '/acme/app/branches', scripts);
    const see = async (name: string) => {
      if (scripts) await seeInEveryLook(page, `pull-request-${name}`);
    };
    await see('branches');
    await page.click(`tr:has-text("${branch}") a:text-is("Create")`);
    expect(await page.inputValue('[name=source]')).toBe(branch);
    expect(await page.inputValue('[name=destination]')).toBe('main');
    // Of one commit, its message says what it is about.
    expect(await page.inputValue('[name=title]')).toBe(scripts ? 'Ask for the port' : '');
    await page.fill('[name=title]', `What comes from ${branch} & <b>why</b>`);
    await page.check('[name=reviewers][value=ada]');
    await see('new');
    await press(page, 'Create pull request');
    expect(await page.locator('h1').innerText()).toContain(`What comes from ${branch} & <b>why</b>`);
    const address = page.url();

    await page.fill('[id=new-comment]', 'Please look at the **names**.');
    await press(page, 'Comment');
    expect(await page.locator('.comment strong:text-is("names")').count()).toBe(1);
    await page.fill('[id=new-task]', 'Write it down');
    await press(page, 'Add task');
    await see('open');

    const other = await pageOf(ada, new URL(address).pathname, scripts);
    await follow(other, 'Files changed');
    if (scripts) {
      await other.click('.diff-added .diff-number button >> nth=0');
    } else {
      await other.click('.line-chooser summary');
      await other.fill('.line-chooser [name=to]', '1');
      await press(other, 'Go on');
    }
    await other.fill('[name=content]', 'Why is this so?');
    await press(other, 'Comment');
    expect(await other.locator('.diff-said .comment').innerText()).toContain('Why is this so?');
    if (scripts) await seeInEveryLook(other, 'pull-request-files');
    await follow(other, 'Commits');
    expect(await other.locator('.commit').count()).toBe(scripts ? 1 : 2);
    await follow(other, 'Overview');
    await press(other, 'Approve');
    expect(await other.locator('.reviewers').innerText()).toMatch(/Ada Lovelace[\s\S]*approved/);

    await page.goto(address);
    await page.locator('.thread', { hasText: 'Why is this so?' }).locator('summary').click();
    await page.fill('.answer[open] textarea', 'It was asked for.');
    await press(page, 'Answer');
    await page
      .locator('.thread', { hasText: 'Why is this so?' })
      .locator('button:text-is("Resolve")')
      .click();
    await page.locator('.tasks button:text-is("Done")').click();
    expect(await main(page)).toContain('1 of 1 done');
    if (scripts) {
      await follow(page, 'Decline');
      await page.fill('dialog[open] [name=reason]', 'Not yet');
      await page.click('dialog[open] button:text-is("Cancel")');
    }
    await see('approved');
    await follow(page, 'Merge');
    await see('merge');
    await page.check('[name=close_source_branch]');
    await press(page, 'Merge');
    expect(await main(page)).toContain('The pull request is merged');
    await see('merged');
    const clone = await made.appPassword('ada', ['repository'], `read ${branch}`);
    const refs = await gitOk(['ls-remote', made.cloneUrl('acme/app', 'ada', clone)]);
    expect(refs).not.toContain(branch);
    await page.goto(`${server.url}/acme/app/pull-requests?state=merged`);
    expect(await main(page)).toContain(branch);
    await see('list');
  });
});
