import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, git, gitOk, newRepository } from '../support/git.ts';

import { boundsWorld, type BoundsWorld, type Key } from './bounds-world.ts';
import { isAnywhere, traces } from './git-wire.ts';

let at: BoundsWorld;
let count = 0;

beforeAll(async () => {
  at = await boundsWorld();
});

interface Start {
  readonly path: string;
  readonly key: Key;
  readonly url: string;
  readonly cwd: string;
  readonly tip: string;
}

const FILES = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'src/x.c': 'x\n', 'README.md': 'r\n' };

/** A repository with documents and sources, and a key that may change the documents. */
async function start(options: readonly string[] = ['--path', 'docs/**']): Promise<Start> {
  count += 1;
  const cwd = await newRepository(`paths-${count}`, FILES);
  const path = await at.repository(cwd);
  const key = await at.key(options);
  return { path, key, url: at.url(path, key), cwd, tip: await gitOk(['rev-parse', 'HEAD'], { cwd }) };
}

const push = ({ url, cwd }: Start, ...args: readonly string[]) => git(['push', url, ...args], { cwd });

async function refused(on: Start, reason: string, ...args: readonly string[]): Promise<void> {
  const before = await at.refs(on.path);
  const { code, stderr } = await push(on, ...(args.length > 0 ? args : ['HEAD:refs/heads/main']));
  expect(code).not.toBe(0);
  expect(stderr).toContain(`${on.key.id}: ${reason}`);
  expect(await at.refs(on.path)).toEqual(before);
  const id = await gitOk(['rev-parse', 'HEAD'], { cwd: on.cwd });
  if (!Object.values(before).includes(id)) expect(await isAnywhere(at.server, id)).toBe(false);
}

async function taken(on: Start, ref = 'refs/heads/main'): Promise<void> {
  const { code, stderr } = await push(on, `HEAD:${ref}`);
  expect([code, stderr.includes('rejected')]).toEqual([0, false]);
  expect((await at.refs(on.path))[ref]).toBe(await gitOk(['rev-parse', 'HEAD'], { cwd: on.cwd }));
}

const outside = (file: string) => `it may change only files that match docs/**, and this changes ${file}.`;

describe('a key for certain files', () => {
  it('changes, adds and removes those', async () => {
    const on = await start();
    await commitFiles(on.cwd, { 'docs/a.md': 'other\n', 'docs/new/c.md': 'c\n' });
    await taken(on);
    rmSync(join(on.cwd, 'docs/b.md'));
    await commitFiles(on.cwd, {});
    await taken(on);
  });

  it('and no other, not even among allowed ones or where a later commit takes it back', async () => {
    const on = await start();
    await commitFiles(on.cwd, { 'docs/a.md': '1\n', 'src/x.c': '1\n' });
    await refused(on, outside('src/x.c'));
    await commitFiles(on.cwd, { 'src/x.c': FILES['src/x.c'] });
    await refused(on, outside('src/x.c'));
    await refused(on, outside('src/x.c'), 'HEAD:refs/heads/new');
    await refused(on, outside('src/x.c'), 'HEAD:refs/tags/v1');
  });

  it('is told by the first file, and others of the push are not held back', async () => {
    const on = await start();
    await commitFiles(on.cwd, { 'docs/a.md': '1\n' });
    await gitOk(['tag', 'good'], { cwd: on.cwd });
    await commitFiles(on.cwd, { Makefile: 'all:\n' });
    const { stderr } = await push(on, 'HEAD:refs/heads/bad', 'good:refs/heads/main');
    expect(stderr).toContain(`HEAD -> bad (${on.key.id}: ${outside('Makefile')})`);
    expect((await at.refs(on.path))['refs/heads/main']).toBe(
      await gitOk(['rev-parse', 'good'], { cwd: on.cwd }),
    );
    expect((await at.refs(on.path))['refs/heads/bad']).toBeUndefined();
  });

  it('moves nothing out of the folder and nothing into it', async () => {
    const out = await start();
    await gitOk(['mv', 'docs/a.md', 'a.md'], { cwd: out.cwd });
    await commitFiles(out.cwd, {});
    await refused(out, outside('a.md'));
    const into = await start();
    await gitOk(['mv', 'src/x.c', 'docs/x.c'], { cwd: into.cwd });
    await commitFiles(into.cwd, {});
    await refused(into, outside('src/x.c'));
    const inside = await start();
    await gitOk(['mv', 'docs/a.md', 'docs/z.md'], { cwd: inside.cwd });
    await commitFiles(inside.cwd, {});
    await taken(inside);
  });

  it('sees modes, links and submodules as changes of their path', async () => {
    const mode = await start();
    chmodSync(join(mode.cwd, 'src/x.c'), 0o755);
    await commitFiles(mode.cwd, {});
    await refused(mode, outside('src/x.c'));
    const bump = async (path: string) => {
      const on = await start();
      const cacheinfo = `160000,${'1'.repeat(40)},${path}`;
      await gitOk(['update-index', '--add', '--cacheinfo', cacheinfo], { cwd: on.cwd });
      await gitOk(['commit', '--quiet', '--message', 'Submodule'], { cwd: on.cwd });
      return on;
    };
    await refused(await bump('vendor/lib'), outside('vendor/lib'));
    const on = await bump('docs/theme');
    await taken(on);
    const again = `160000,${'2'.repeat(40)},docs/theme`;
    await gitOk(['update-index', '--cacheinfo', again], { cwd: on.cwd });
    await gitOk(['commit', '--quiet', '--message', 'Bump'], { cwd: on.cwd });
    await taken(on);
  });

  it('brings a root commit only with allowed files', async () => {
    const on = await start();
    await gitOk(['checkout', '--quiet', '--orphan', 'fresh'], { cwd: on.cwd });
    await gitOk(['commit', '--quiet', '--message', 'Root'], { cwd: on.cwd });
    await refused(on, 'it may change only files that match docs/**', 'HEAD:refs/heads/fresh');
    await gitOk(['rm', '-rq', '--cached', '.'], { cwd: on.cwd });
    await gitOk(['add', 'docs'], { cwd: on.cwd });
    await gitOk(['commit', '--quiet', '--amend', '--message', 'Root'], { cwd: on.cwd });
    await taken(on, 'refs/heads/fresh');
  });

  it('sees files whose names are hard to write', async () => {
    const on = await start(['--path', 'docs/**', '--path', 'ünï cödé/*']);
    mkdirSync(join(on.cwd, 'ünï cödé'));
    await commitFiles(on.cwd, { 'ünï cödé/"q" \t.md': 'x', 'docs/new\nline': 'x' });
    await taken(on);
    await commitFiles(on.cwd, { 'docs\n/x': 'x' });
    await refused(on, 'it may change only files that match docs/**, ünï cödé/*, and this changes docs /x.');
    const tricky = await start(['--path', 'docs/**', '--path', '*a']);
    await commitFiles(tricky.cwd, { '\u0001a': 'x', '\ndocs/x': 'x' });
    await refused(tricky, 'it may change only files that match docs/**, *a, and this changes  docs/x.');
  });
});

describe('merges', () => {
  /** Another's change to the sources stands on `main`; ours to the documents on `work`. */
  async function diverged(options?: readonly string[]): Promise<Start> {
    const on = await start(options);
    const { cwd } = on;
    await commitFiles(cwd, { 'src/x.c': 'theirs\n' });
    await gitOk(['push', at.url(on.path), 'HEAD:refs/heads/main'], { cwd });
    await gitOk(['checkout', '--quiet', '-b', 'work', on.tip], { cwd });
    await commitFiles(cwd, { 'docs/a.md': 'ours\n' });
    return on;
  }

  it('of our files into what others did is taken: theirs are not changed', async () => {
    const on = await diverged();
    await gitOk(['checkout', '--quiet', 'main'], { cwd: on.cwd });
    await gitOk(['merge', '--quiet', '--no-ff', '--no-edit', 'work'], { cwd: on.cwd });
    await taken(on);
  });

  it("that brings others' files into a ref is refused, however clean", async () => {
    const on = await diverged();
    await gitOk(['push', at.url(on.path, on.key), 'work:refs/heads/work'], { cwd: on.cwd });
    await gitOk(['merge', '--quiet', '--no-edit', 'main'], { cwd: on.cwd });
    await refused(on, outside('src/x.c'), 'HEAD:refs/heads/work');
    // As a new ref it changes nothing that was not there.
    await taken(on, 'refs/heads/merged');
  });

  it('whose second parent is an old tree and that takes files back is refused', async () => {
    const on = await diverged();
    const old = await gitOk(['rev-parse', `${on.tip}^{tree}`], { cwd: on.cwd });
    const main = await gitOk(['rev-parse', 'main'], { cwd: on.cwd });
    // Each file equals that of one parent, so the combined difference is empty.
    const evil = await gitOk(['commit-tree', old, '-p', main, '-p', on.tip, '-m', 'Merge'], { cwd: on.cwd });
    await gitOk(['checkout', '--quiet', '--detach', evil], { cwd: on.cwd });
    expect(
      await gitOk(['diff-tree', '-c', '-r', '--name-only', '--no-commit-id', evil], { cwd: on.cwd }),
    ).toBe('');
    await refused(on, outside('src/x.c'));
  });

  it('that differs from both its sides is judged by what is in neither', async () => {
    const on = await diverged();
    await gitOk(['checkout', '--quiet', 'main'], { cwd: on.cwd });
    await gitOk(['merge', '--quiet', '--no-ff', '--no-commit', 'work'], { cwd: on.cwd });
    await commitFiles(on.cwd, { 'src/x.c': 'smuggled\n' });
    await refused(on, outside('src/x.c'), 'HEAD:refs/heads/new');
    await refused(on, outside('src/x.c'));
  });
});

describe('what moves a ref without a new commit', () => {
  it('is judged by the difference of its ends', async () => {
    const on = await start();
    const next = await commitFiles(on.cwd, { 'src/x.c': 'next\n' });
    await gitOk(['push', at.url(on.path), 'HEAD:refs/heads/next', 'HEAD:refs/tags/next'], { cwd: on.cwd });
    await refused(on, outside('src/x.c'), `${next}:refs/heads/main`);
    await refused(on, outside('src/x.c'), `+${on.tip}:refs/heads/next`);
    await refused(on, outside('src/x.c'), `+${on.tip}:refs/tags/next`);
  });

  it('deleting is asked for by name, so that no ref is deleted and made anew from another tree', async () => {
    const on = await start();
    await gitOk(['push', at.url(on.path), 'HEAD:refs/heads/old', 'HEAD:refs/heads/w/x'], { cwd: on.cwd });
    await refused(
      on,
      'on refs/heads/old it may create, fast-forward, force, and this would delete.',
      ':refs/heads/old',
    );
    const deletes = await at.key(['--path', 'docs/**', '--ref', 'refs/heads/w/*:create,delete']);
    await gitOk(['push', at.url(on.path, deletes), ':refs/heads/w/x'], { cwd: on.cwd });
    expect((await at.refs(on.path))['refs/heads/w/x']).toBeUndefined();
  });

  it('twice in one push is refused', async () => {
    const on = await start(['--ref', 'refs/heads/w:create,delete']);
    await gitOk(['push', at.url(on.path), 'HEAD:refs/heads/w'], { cwd: on.cwd });
    const { code } = await push(on, ':refs/heads/w', 'HEAD:refs/heads/w');
    expect(code).not.toBe(0);
    expect((await at.refs(on.path))['refs/heads/w']).toBe(on.tip);
  });

  it('a tag on a tree or a blob cannot be judged, nor one that leaves such a thing', async () => {
    const on = await start();
    const cannot = 'it is confined to certain files or committers, so it may push only what leads to commits';
    for (const object of ['HEAD^{tree}', 'HEAD:docs/a.md']) {
      await gitOk(['tag', '-f', 'thing', object], { cwd: on.cwd });
      await refused(on, cannot, '+refs/tags/thing');
      await gitOk(['push', '-f', at.url(on.path), 'refs/tags/thing'], { cwd: on.cwd });
      await gitOk(['tag', '-f', 'thing', 'HEAD'], { cwd: on.cwd });
      if (object.includes(':')) await refused(on, cannot, '+refs/tags/thing');
    }
    await gitOk(['tag', '-a', '-m', 'x', 'annotated'], { cwd: on.cwd });
    await gitOk(['tag', '-a', '-m', 'y', 'of-a-tag', 'annotated'], { cwd: on.cwd });
    await gitOk(['push', on.url, 'annotated', 'of-a-tag'], { cwd: on.cwd });
  });
});

describe('deny', () => {
  it('wins over allow, and alone leaves everything else', async () => {
    const on = await start(['--path', 'docs/**', '--deny-path', '**/secret*']);
    await commitFiles(on.cwd, { 'docs/secret.md': 's\n' });
    await refused(on, 'it may not change files that match **/secret*, and this changes docs/secret.md.');
    const but = await start(['--deny-path', '.github/**']);
    await commitFiles(but.cwd, { 'src/x.c': '1\n' });
    await taken(but);
    await commitFiles(but.cwd, { '.github/workflows/x.yml': '1\n' });
    await refused(
      but,
      'it may not change files that match .github/**, and this changes .github/workflows/x.yml.',
    );
  });
});

describe('a key that commits only as itself', () => {
  const as = (email: string) => ({ GIT_COMMITTER_EMAIL: email });
  it('of a person', async () => {
    const on = await start(['--author-self']);
    writeFileSync(join(on.cwd, 'mine'), 'x');
    await gitOk(['add', '.'], { cwd: on.cwd });
    await gitOk(['commit', '-qm', 'Mine'], { cwd: on.cwd, env: as('Ada@Example.org') });
    await taken(on);
    await gitOk(['commit', '-qm', 'Theirs', '--allow-empty'], { cwd: on.cwd, env: as('eve@example.org') });
    await gitOk(['commit', '-qm', 'Mine', '--allow-empty'], { cwd: on.cwd, env: as('ada@example.org') });
    const theirs = await gitOk(['rev-parse', '--short=12', 'HEAD~1'], { cwd: on.cwd });
    await refused(
      on,
      `it may push only commits whose committer is ada@example.org, and ${theirs} was committed by eve@example.org.`,
    );
    await refused(on, 'it may push only commits whose committer is ada@example.org', 'HEAD:refs/heads/new');
  });

  it('is not fooled by a line that old faults make hard to read', async () => {
    const on = await start(['--author-self']);
    const tree = await gitOk(['rev-parse', 'HEAD^{tree}'], { cwd: on.cwd });
    const parent = await gitOk(['rev-parse', 'HEAD'], { cwd: on.cwd });
    for (const [index, line] of [
      '<ada@example.org> <eve@example.org> 1 +0000',
      'Eve<eve@example.org> <ada@example.org> 1 +0000',
      '<eve@example.org> 1 +0000',
      'Eve<eve@example.org> 01 +0000',
      'ada@example.org< 1 +0000',
    ].entries()) {
      const id = await gitOk(['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'], {
        cwd: on.cwd,
        input: `tree ${tree}\nparent ${parent}\nauthor ${line}\ncommitter ${line}\n\nold\n`,
      });
      await refused(
        on,
        'it may push only commits whose committer is ada@example.org',
        `${id}:refs/heads/new`,
      );
      await refused(
        on,
        'it may push only commits whose committer is ada@example.org',
        `${id}:refs/heads/main`,
      );
      await gitOk(['push', at.url(on.path), `${id}:refs/heads/wide${index}`], { cwd: on.cwd });
    }
  });

  it('of a bot', async () => {
    const on = await start();
    const token = await at.token(on.path, ['--author-self']);
    const [listed] = (await at.made.credentials({ repository: on.path })) as [
      { app_user: { account_id: string } },
    ];
    const email = `${listed.app_user.account_id}@bots.localhost`;
    const url = at.url(on.path, token);
    await gitOk(['commit', '-qm', 'Bot', '--allow-empty'], { cwd: on.cwd, env: as(email) });
    await gitOk(['push', url, 'HEAD:refs/heads/main'], { cwd: on.cwd });
    await gitOk(['commit', '-qm', 'Ada', '--allow-empty'], { cwd: on.cwd, env: as('ada@example.org') });
    const { code, stderr } = await git(['push', url, 'HEAD:refs/heads/main'], { cwd: on.cwd });
    expect(code).not.toBe(0);
    expect(stderr).toContain(`${token.id}: it may push only commits whose committer is ${email}, and`);
  });
});

it('a wiki obeys the same bounds', async () => {
  const on = await start([
    '--path',
    'docs/**',
    '--ref',
    'refs/heads/main',
    '--max-bytes',
    '100000',
    '--author-self',
  ]);
  const wiki = on.url.replace(/\.git$/, '.git/wiki');
  const self = { GIT_COMMITTER_EMAIL: 'ada@example.org' };
  await gitOk(['checkout', '-q', '--orphan', 'pages'], { cwd: on.cwd });
  await gitOk(['rm', '-rqf', '.'], { cwd: on.cwd });
  const page = async (file: string, content: string, env: Record<string, string> = self) => {
    mkdirSync(join(on.cwd, file, '..'), { recursive: true });
    writeFileSync(join(on.cwd, file), content);
    await gitOk(['add', '.'], { cwd: on.cwd });
    await gitOk(['commit', '-qm', 'Page'], { cwd: on.cwd, env });
  };
  const pushed = async (ref = 'refs/heads/main') => git(['push', wiki, `HEAD:${ref}`], { cwd: on.cwd });
  await page('docs/Home.md', 'Home\n');
  expect((await pushed()).code).toBe(0);
  const good = await gitOk(['rev-parse', 'HEAD'], { cwd: on.cwd });
  const back = () => gitOk(['reset', '-q', '--hard', good], { cwd: on.cwd });
  expect((await pushed('refs/heads/other')).stderr).toContain(
    `${on.key.id}: it may change only refs/heads/main.`,
  );
  await page('Other.md', 'x');
  expect((await pushed()).stderr).toContain(`${on.key.id}: ${outside('Other.md')}`);
  await back();
  await page('docs/Other.md', 'x', { GIT_COMMITTER_EMAIL: 'eve@example.org' });
  expect((await pushed()).stderr).toContain(`${on.key.id}: it may push only commits whose committer is`);
  await back();
  await page('docs/Big.bin', Array.from({ length: 60_000 }, () => Math.random()).join());
  expect((await pushed()).stderr).toContain(`${on.key.id}: it may push at most 100000 bytes`);
  expect(await gitOk(['ls-remote', wiki, 'refs/*'])).toBe(`${good}\trefs/heads/main`);
});

it('leaves nothing behind', () => {
  expect(traces(at.server)).toEqual([]);
});
