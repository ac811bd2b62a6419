import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { commitFiles, git, gitOk, newRepository } from '../support/git.ts';
import type { TestServer } from '../support/server.ts';
import { world, type Person, type World } from '../support/world.ts';

/** What the pages of repositories are tried on: people, an everyday repository with a wiki, and a hostile one. */
export interface Site {
  readonly server: TestServer;
  readonly made: World;
  /** Owner of the workspace `acme`. */
  readonly ada: Person;
  /** Reads `acme/app`. */
  readonly ben: Person;
  /** Has an account and no role. */
  readonly eve: Person;
}

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
  'base64',
);

const readme = `# Engine

Weaves **algebraic patterns**. Read [the guide](docs/guide.md#first-steps), the [source](/src/server.ts)
or [what lies outside](../../../../etc/passwd).

![The logo](docs/logo.png) ![Elsewhere](https://example.org/pixel.png)

<script>alert('readme')</script> <img src=x onerror="alert(1)">

[run](javascript:alert(1))

| Part | Cards |
|---|---:|
| Operation | 12 |
`;

export async function makeSite(server: TestServer): Promise<Site> {
  const made = world(server);
  const ada = await made.account('ada', { displayName: 'Ada Lovelace' });
  const ben = await made.account('ben', { displayName: 'Ben Franklin' });
  const eve = await made.account('eve');
  await made.workspace('acme', 'ada');
  await made.workspace('lab', 'ada');
  await made.repository('acme/app', { import: await everydayRepository() });
  await made.repository('acme/empty');
  await made.repository('acme/open', { public: true, import: await hostileRepository() });
  await made.role('acme/app', 'ben', 'read');
  return { server, made, ada, ben, eve };
}

async function everydayRepository(): Promise<string> {
  const folder = await newRepository('everyday', {
    'README.md': readme,
    'src/server.ts':
      "import { createServer } from 'node:http';\n\n/** Answers. */\nexport const port: number = 7990;\ncreateServer().listen(port);\n",
    'docs/guide.md': '# Guide\n\n## First steps\n\nBack to [the start](../README.md).\n',
    'docs/page.html': '<script>alert(document.domain)</script>\n',
    'docs/picture.svg':
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><circle r="4"/></svg>\n',
    'empty.txt': '',
  });
  writeFileSync(join(folder, 'docs/logo.png'), png);
  await commitFiles(
    folder,
    { 'data.bin': 'a\0b' },
    'Add a picture and data\n\nThe message goes on\nover lines.',
  );
  await gitOk(['tag', '-a', 'v1.0', '-m', 'The first release'], { cwd: folder });
  await gitOk(['switch', '--quiet', '--create', 'feature/x'], { cwd: folder });
  await commitFiles(folder, { 'docs/guide.md': '# Guide\n\nShorter on this branch.\n' }, 'Shorten the guide');
  await gitOk(['switch', '--quiet', 'main'], { cwd: folder });
  await emptyCommits(folder, 35);
  await commitFiles(
    folder,
    {
      'src/server.ts':
        "import { createServer } from 'node:http';\n\n/** Answers every request. */\nexport const port: number = 8080;\ncreateServer().listen(port);\n",
    },
    'Listen where everybody looks',
  );
  return folder;
}

export const hostileBranch = '"><img/src=x/onerror=alert(1)>';
/** Whatever of it reaches a page would turn round what follows. */
export const turnedBranch = 'fix\u202ehcnarb';
export const turnedName = '\u202egpj.exe';
export const scriptName = '<script>alert(1)</script>.txt'.replaceAll('/', '∕');
export const hostileSubject = `<script>alert('subject')</script> "'><b>bold`;

/** Names and contents that an enemy would choose; made object by object, as no file system holds them. */
async function hostileRepository(): Promise<string> {
  const folder = await newRepository('hostile', { 'plain.txt': 'plain\n' });
  const cwd = folder;
  const blob = (text: string) => gitOk(['hash-object', '-w', '--stdin'], { cwd, input: text });
  const tree = async (entries: readonly (readonly [mode: string, id: string, name: string])[]) => {
    const input = entries
      .map(
        ([mode, id, name]) =>
          `${mode} ${mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob'} ${id}\t${name}\0`,
      )
      .join('');
    const { stdout, code, stderr } = await git(['mktree', '-z', '--missing'], { cwd, input });
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const text = await blob('hello <script>alert(1)</script> "quotes"\n');
  const wide = await blob(`${'x'.repeat(200_000)}\n`);
  const large = await blob('0123456789abcde\n'.repeat(80_000));
  const target = await blob('plain.txt');
  const outside = await blob('../../../../etc/passwd');
  const thousands = await tree(
    Array.from(
      { length: 10_000 },
      (_, index) => ['100644', text, `file-${String(index).padStart(5, '0')}`] as const,
    ),
  );
  const deep = await deepTree(folder, 60, text);
  const root = await tree([
    ['100644', text, scriptName],
    ['100644', text, '"><img src=x onerror=alert(1)>.md'],
    ['100644', text, "quote'and`tick`.js"],
    ['100644', text, 'per%20cent%2F?query#hash.txt'],
    ['100644', text, 'new\nline\tand\u001bescape.txt'],
    ['100644', text, 'back\\slash.txt'],
    ['100644', text, turnedName],
    ['100644', wide, 'wide.js'],
    ['100644', large, 'large.txt'],
    ['120000', target, 'link-inside'],
    ['120000', outside, 'link-outside'],
    ['160000', '1234567890123456789012345678901234567890', 'submodule'],
    ['040000', thousands, 'thousands'],
    ['040000', deep, 'deep'],
  ]);
  const commit = await gitOk(['commit-tree', root, '-m', hostileSubject, '-p', 'HEAD'], {
    cwd,
    env: {
      GIT_AUTHOR_NAME: '<script>alert(2)</script>',
      GIT_AUTHOR_EMAIL: '"><svg onload=alert(3)>@example.org',
      GIT_AUTHOR_DATE: '@99999999999999 +0000',
    },
  });
  await gitOk(['update-ref', 'refs/heads/main', commit], { cwd });
  await gitOk(['update-ref', `refs/heads/${hostileBranch}`, commit], { cwd });
  await gitOk(['update-ref', 'refs/heads/50%25/a+b&c', commit], { cwd });
  await gitOk(['tag', '-a', "<b>tag'</b>", '-m', '<script>alert(4)</script>', commit], { cwd });
  await latinName(cwd, commit);
  await turnedText(cwd);
  return folder;
}

/** Adds commits `Step 1` and so on to `main`, which are young and change nothing. */
async function emptyCommits(cwd: string, count: number): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const steps = Array.from({ length: count }, (_, index) => `Step ${index + 1}\n`).map(
    (message, index) =>
      `commit refs/heads/main\ncommitter Test Person <person@example.org> ${now} +0000\ndata ${message.length}\n${message}${index === 0 ? 'from refs/heads/main^0\n' : ''}\n`,
  );
  await gitOk(['fast-import', '--quiet'], { cwd, input: steps.join('') });
}

/** A folder in a folder and so on, with this blob as `bottom.txt` in the last; the id of the tree that holds `level-1`. */
async function deepTree(cwd: string, depth: number, blob: string): Promise<string> {
  const levels = Array.from({ length: depth }, (_, index) => `level-${index + 1}`).join('/');
  const input = `commit refs/deep\ncommitter T <t@example.org> 1700000000 +0000\ndata 5\ndeep\nM 100644 ${blob} ${levels}/bottom.txt\n\n`;
  await gitOk(['fast-import', '--quiet'], { cwd, input });
  const id = await gitOk(['rev-parse', 'refs/deep^{tree}'], { cwd });
  await gitOk(['update-ref', '-d', 'refs/deep'], { cwd });
  return id;
}

/** A branch whose tree holds a name that is not UTF-8; its bytes go in by fast-import, which takes them as they are. */
async function latinName(cwd: string, parent: string): Promise<void> {
  const input = `commit refs/heads/latin\ncommitter T <t@example.org> 1700000000 +0000\ndata 5\nlatin\nfrom ${parent}\nM 100644 inline "caf\\351.txt"\ndata 2\nx\n\n`;
  const { code, stderr } = await git(['fast-import', '--quiet'], { cwd, input });
  if (code !== 0) throw new Error(stderr);
}

/** A branch whose name, message, author and code hold marks that turn the text round. */
async function turnedText(cwd: string): Promise<void> {
  const message = 'Fix \u202eeht gub\n\nAnd \u2067more.\n';
  const code = 'const level = 1; // \u202e } \u2066if (isAdmin)\n';
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}`;
  const input = `commit refs/heads/${turnedBranch}\ncommitter E\u202eve <e\u202eve@example.org> 1700000000 +0000\n${data(message)}M 100644 inline ${turnedName}.js\n${data(code)}\n`;
  await gitOk(['fast-import', '--quiet'], { cwd, input });
  await gitOk(['tag', '-a', turnedBranch, '-m', 'Says \u202enothing', turnedBranch], { cwd });
}

export async function signIn(page: Page, server: TestServer, person: Person, next = '/'): Promise<void> {
  await page.goto(`${server.url}/login?next=${encodeURIComponent(next)}`);
  await page.fill('[name=name]', person.name);
  await page.fill('[name=password]', person.password);
  await Promise.all([
    page.waitForURL((url) => !url.pathname.startsWith('/login')),
    page.press('[name=password]', 'Enter'),
  ]);
}
