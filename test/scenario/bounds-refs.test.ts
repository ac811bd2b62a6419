import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, git, gitOk, newRepository } from '../support/git.ts';
import { run } from '../support/run.ts';
import { boundsWorld, type BoundsWorld, type Key } from './bounds-world.ts';
import { isAnywhere, repositoryFolders, traces } from './git-wire.ts';

let at: BoundsWorld;
let local: string;
let count = 0;

beforeAll(async () => {
  at = await boundsWorld();
  local = await newRepository('refs');
});

/** A repository with `main`, a new commit to push, and a key confined as told. */
async function start(options: readonly string[]): Promise<{
  readonly path: string;
  readonly key: Key;
  readonly url: string;
  readonly tip: string;
  readonly id: string;
}> {
  const tip = await gitOk(['rev-parse', 'HEAD'], { cwd: local });
  const path = await at.repository(local);
  const key = await at.key(options);
  count += 1;
  const id = await commitFiles(local, { 'counted.txt': `${count}\n` });
  return { path, key, url: at.url(path, key), tip, id };
}

const push = (url: string, ...args: readonly string[]) => git(['push', url, ...args], { cwd: local });

describe('a push of an allowed and a forbidden ref', () => {
  const good = 'HEAD:refs/heads/release/1';
  const bad = 'HEAD:refs/heads/main';

  it('moves the one and tells of the other, in both orders', async () => {
    for (const order of [
      [good, bad],
      [bad, good],
    ]) {
      const { path, key, url, tip, id } = await start(['--ref', 'refs/heads/release/*']);
      const { code, stderr } = await push(url, ...order);
      expect(code).not.toBe(0);
      expect(stderr).toContain(
        `! [remote rejected] HEAD -> main (${key.id}: it may change only refs/heads/release/*.)`,
      );
      expect(stderr).toMatch(/\* \[new branch\] +HEAD -> release\/1/);
      expect(await at.refs(path)).toEqual({ 'refs/heads/main': tip, 'refs/heads/release/1': id });
    }
  });

  it('is refused whole when it is atomic, in both orders', async () => {
    for (const order of [
      [good, bad],
      [bad, good],
    ]) {
      const { path, key, url, tip, id } = await start(['--ref', 'refs/heads/release/*']);
      const { code, stderr } = await push(url, '--atomic', ...order);
      expect(code).not.toBe(0);
      expect(stderr).toContain(`HEAD -> main (${key.id}: it may change only refs/heads/release/*.)`);
      expect(stderr).toContain(
        'HEAD -> release/1 (The push is atomic, and another of its refs was refused.)',
      );
      expect(await at.refs(path)).toEqual({ 'refs/heads/main': tip });
      expect(await isAnywhere(at.server, id)).toBe(false);
    }
  });
});

describe('what happens to a ref', () => {
  it('creating, moving on, rewriting and deleting are allowed one by one', async () => {
    for (const [changes, allowed] of [
      ['', ['create', 'fast-forward']],
      [':create', ['create']],
      [':fast-forward', ['fast-forward']],
      [':force', ['force']],
      [':delete', ['delete']],
      [':create,fast-forward,force,delete', ['create', 'fast-forward', 'force', 'delete']],
    ] as const) {
      const { path, key, url, tip, id } = await start(['--ref', `refs/heads/w/*${changes}`]);
      const before = {
        'refs/heads/main': tip,
        'refs/heads/w/moves': tip,
        'refs/heads/w/goes': tip,
        'refs/heads/w/turns': id,
      };
      await gitOk(
        [
          'push',
          at.url(path),
          `${tip}:refs/heads/w/moves`,
          `${tip}:refs/heads/w/goes`,
          `${id}:refs/heads/w/turns`,
        ],
        { cwd: local },
      );
      const { stderr } = await push(
        url,
        `${id}:refs/heads/w/comes`,
        `${id}:refs/heads/w/moves`,
        `+${tip}:refs/heads/w/turns`,
        ':refs/heads/w/goes',
      );
      const may = (change: string) => (allowed as readonly string[]).includes(change);
      const { 'refs/heads/w/goes': _, ...kept } = before;
      expect(await at.refs(path), changes).toEqual({
        ...(may('delete') ? kept : before),
        ...(may('create') && { 'refs/heads/w/comes': id }),
        ...(may('fast-forward') && { 'refs/heads/w/moves': id }),
        ...(may('force') && { 'refs/heads/w/turns': tip }),
      });
      for (const [change, ref] of [
        ['create', 'comes'],
        ['fast-forward', 'moves'],
        ['force', 'turns'],
        ['delete', 'goes'],
      ] as const) {
        const said = `${key.id}: on refs/heads/w/${ref} it may ${allowed.join(', ')}, and this would ${change}.`;
        if (may(change)) expect(stderr).not.toContain(said);
        else expect(stderr).toContain(said);
      }
    }
  });

  it('a push without objects is told as clearly', async () => {
    const { path, key, url, tip } = await start(['--ref', 'refs/heads/x']);
    await gitOk(['push', at.url(path), `${tip}:refs/heads/goes`], { cwd: local });
    const { stderr } = await push(url, ':refs/heads/goes', `${tip}:refs/heads/comes`);
    expect(stderr).toContain(`goes (${key.id}: it may change only refs/heads/x.)`);
    expect(await at.refs(path)).toEqual({ 'refs/heads/main': tip, 'refs/heads/goes': tip });
  });

  it('deny wins over allow', async () => {
    const { path, key, url, tip, id } = await start([
      '--ref',
      'refs/heads/**:create,fast-forward,force,delete',
      '--deny-ref',
      'refs/heads/main',
      '--deny-ref',
      'refs/heads/hot/**',
    ]);
    const { stderr } = await push(
      url,
      'HEAD:refs/heads/main',
      'HEAD:refs/heads/hot/fix',
      'HEAD:refs/heads/other',
      'HEAD:refs/tags/v1',
    );
    expect(await at.refs(path)).toEqual({ 'refs/heads/main': tip, 'refs/heads/other': id });
    expect(stderr).toContain(`${key.id}: it may not change refs that match refs/heads/main.`);
    expect(stderr).toContain(`${key.id}: it may not change refs that match refs/heads/hot/**.`);
    expect(stderr).toContain(`${key.id}: it may change only refs/heads/**.`);
  });

  it('all refused, it is said on lines of its own, too', async () => {
    const { key, url } = await start(['--ref', 'refs/heads/w:force']);
    await gitOk(['push', url.replace(/\/\/.*@/, `//ada:${at.wide}@`), 'HEAD~1:refs/heads/w'], { cwd: local });
    const { stderr } = await push(url, 'HEAD:refs/heads/w');
    expect(stderr).toContain(`remote: ${key.id}: on refs/heads/w it may force, and this would fast-forward.`);
  });
});

describe('tags and notes', () => {
  it('a tag that may be made may not be moved, whichever way', async () => {
    const { path, key, url, tip, id } = await start(['--ref', 'refs/tags/v*:create,fast-forward']);
    await gitOk(['push', url, `${tip}:refs/tags/v1`], { cwd: local });
    const { stderr } = await push(url, `+${id}:refs/tags/v1`);
    expect(stderr).toContain(`${key.id}: on refs/tags/v1 it may create, fast-forward, and this would force.`);
    expect((await at.refs(path))['refs/tags/v1']).toBe(tip);
  });

  it('annotated ones, tags of tags and tags of trees are tags', async () => {
    const { path, key, url, tip } = await start([
      '--ref',
      'refs/tags/ok/*:create',
      '--ref',
      'refs/heads/tree',
    ]);
    const options = { cwd: local };
    await gitOk(['tag', '-f', '-a', '-m', 'one', `one${count}`], options);
    await gitOk(['tag', '-f', '-a', '-m', 'two', `two${count}`, `one${count}`], options);
    await gitOk(['tag', '-f', `tree${count}`, 'HEAD^{tree}'], options);
    await gitOk(
      [
        'push',
        url,
        `one${count}:refs/tags/ok/one`,
        `two${count}:refs/tags/ok/two`,
        `tree${count}:refs/tags/ok/tree`,
      ],
      options,
    );
    const refused = await push(
      url,
      `two${count}:refs/tags/other`,
      `+two${count}:refs/tags/ok/one`,
      `+tree${count}:refs/heads/tree`,
    );
    expect(refused.stderr).toContain(`${key.id}: it may change only refs/tags/ok/*, refs/heads/tree.`);
    expect(refused.stderr).toContain(`${key.id}: on refs/tags/ok/one it may create, and this would force.`);
    const refs = await at.refs(path);
    expect(
      Object.keys(refs)
        .filter((name) => !name.endsWith('^{}'))
        .toSorted(),
    ).toEqual(['refs/heads/main', 'refs/tags/ok/one', 'refs/tags/ok/tree', 'refs/tags/ok/two']);
    expect(refs['refs/heads/main']).toBe(tip);
  });

  it('notes move on as branches do', async () => {
    const { path, url } = await start(['--ref', 'refs/notes/*']);
    for (const text of ['first', 'second']) {
      await gitOk(['notes', 'add', '-f', '-m', `${text} ${count}`, 'HEAD'], { cwd: local });
      await gitOk(['push', url, 'refs/notes/commits'], { cwd: local });
    }
    const notes = await gitOk(['rev-parse', 'refs/notes/commits'], { cwd: local });
    expect((await at.refs(path))['refs/notes/commits']).toBe(notes);
    await gitOk(['update-ref', '-d', 'refs/notes/commits'], { cwd: local });
  });
});

describe('names that are not what they seem', () => {
  it('differ in case', async () => {
    const { path, key, url, tip, id } = await start(['--ref', 'refs/heads/Main']);
    const { stderr } = await push(
      url,
      'HEAD:refs/heads/main',
      'HEAD:refs/heads/Main',
      'HEAD:refs/heads/MAIN',
    );
    expect(await at.refs(path)).toEqual({ 'refs/heads/main': tip, 'refs/heads/Main': id });
    expect(stderr).toContain(`HEAD -> MAIN (${key.id}: it may change only refs/heads/Main.)`);
  });

  it('a symbolic ref is another name for a ref that the key may not change', async () => {
    const { path, key, url, tip } = await start([
      '--ref',
      'refs/heads/alias:create,fast-forward,force,delete',
      '--ref',
      'refs/heads/unborn',
    ]);
    const repository = (await at.made.do(['credential', 'list'])) && repositoryFolders(at.server);
    for (const folder of repository) {
      if ((await run('git', ['--git-dir', folder, 'rev-parse', 'refs/heads/main'])).stdout.trim() !== tip)
        continue;
      await run('git', ['--git-dir', folder, 'symbolic-ref', 'refs/heads/alias', 'refs/heads/main']);
      await run('git', ['--git-dir', folder, 'symbolic-ref', 'refs/heads/unborn', 'refs/heads/secret']);
    }
    for (const ref of ['refs/heads/alias', 'refs/heads/unborn']) {
      const { code, stderr } = await push(url, `HEAD:${ref}`);
      expect(code).not.toBe(0);
      expect(stderr).toContain(`${key.id}: this ref is only another name for refs/heads/`);
    }
    const refs = await at.refs(path);
    expect(refs['refs/heads/main']).toBe(tip);
    expect(refs['refs/heads/secret']).toBeUndefined();
  });

  it('HEAD and refs outside the three folders stay closed, whatever a pattern says', async () => {
    const { path, url, tip } = await start(['--ref', 'refs/heads/**']);
    const { code } = await push(url, 'HEAD:refs/hidden/x');
    expect(code).not.toBe(0);
    expect(await at.refs(path)).toEqual({ 'refs/heads/main': tip });
  });
});

it('leaves nothing behind', () => {
  expect(traces(at.server)).toEqual([]);
});
