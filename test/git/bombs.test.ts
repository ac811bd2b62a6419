import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isComparable } from '../../src/git/comparable.ts';
import { streamDiff } from '../../src/git/diff.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { emptyTreeOf } from '../../src/git/object-id.ts';
import { outputOf } from '../../src/git/output.ts';
import { runGit, runningGit, streamGit } from '../../src/git/process.ts';
import { MalformedTree } from '../../src/git/tree.ts';
import { keepInShape } from '../../src/git/upkeep/index.ts';
import { buildRepository, type BuiltRepository } from './build-repository.ts';
import { deepTree, treeBomb } from './bombs.ts';

const empty = emptyTreeOf('sha1');

let built: BuiltRepository;
let reader: ObjectReader;

beforeAll(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
});

afterAll(async () => {
  reader.close();
  await built.remove();
});

const comparable = (before: string, after: string): Promise<boolean> =>
  isComparable(reader, built.handle, before, after);

describe('what can be compared', () => {
  it('is the ordinary commit, against its parent and against nothing', async () => {
    const files = [
      { path: 'a', content: 'a' },
      { path: 'b/c/d', content: 'd' },
    ];
    const first = await built.commit({ branch: 'main', files });
    const second = await built.commit({ branch: 'main', files: [{ path: 'b/c/d', content: 'e' }] });
    expect(await comparable(empty, first)).toBe(true);
    expect(await comparable(first, second)).toBe(true);
    expect(await comparable(second, second)).toBe(true);
  });

  it('is not a few trees that hold more paths than fit anywhere, and saying so takes a moment', async () => {
    const bomb = await treeBomb(built, 9);
    const began = performance.now();
    expect(await comparable(empty, bomb)).toBe(false);
    expect(performance.now() - began).toBeLessThan(10_000);
    // What is alike is not looked into.
    expect(await comparable(bomb, bomb)).toBe(true);
    expect(await comparable(empty, await treeBomb(built, 2))).toBe(true);
  });

  it('is not what is no tree, and that is told as damage', async () => {
    const odd = Buffer.concat([Buffer.from('1 a\0'), Buffer.alloc(20, 1)]);
    const tree = (await built.git(['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], odd))
      .toString()
      .trim();
    const first = await built.commit({ branch: 'odd', files: [{ path: 'a', content: 'a' }] });
    const text = (await built.git(['cat-file', 'commit', first]))
      .toString()
      .replace(/^tree .*/, `tree ${tree}`);
    const commit = (await built.git(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], text))
      .toString()
      .trim();
    await expect(comparable(first, commit)).rejects.toBeInstanceOf(MalformedTree);
  });

  it('is not what lies a thousand folders deep', async () => {
    expect(await comparable(empty, await deepTree(built, 900))).toBe(true);
    expect(await comparable(empty, await deepTree(built, 1100))).toBe(false);
  });
});

it('Git that is given so much memory ends where it would take more', async () => {
  const bomb = await treeBomb(built, 9);
  const args = ['diff-tree', '-r', '--raw', empty, bomb];
  const { code, stderr, stdout } = await runGit(built.handle, args, { mostMemoryMb: 150 });
  expect([code, stdout.length]).toEqual([128, 0]);
  expect(stderr).toMatch(/out of memory/i);
  const small = await treeBomb(built, 1);
  expect((await runGit(built.handle, ['diff-tree', '-r', empty, small], { mostMemoryMb: 150 })).code).toBe(0);
});

it('Git that is given so much processor time ends where it would take more', async () => {
  const options = { mostMemoryMb: 1000, mostCpuSeconds: 1 };
  const spin = ['-c', 'alias.spin=!while :; do :; done', 'spin'];
  expect((await runGit(built.handle, spin, options)).code).not.toBe(0);
  const { code, stdout } = await runGit(built.handle, ['rev-parse', '--sq-quote', 'a b'], options);
  expect([code, stdout.toString()]).toEqual([0, " 'a b'\n"]);
});

describe('a stream of what Git prints', () => {
  it('ends the process when it is given up, also before anything came', async () => {
    const child = streamGit(built.handle, ['cat-file', '--batch']);
    const failed = vi.fn(() => new Error('failed'));
    const stream = outputOf(child, failed);
    stream.on('data', () => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(runningGit().some(({ pid }) => pid === child.pid)).toBe(true);
    stream.destroy();
    await vi.waitFor(() => expect(runningGit().some(({ pid }) => pid === child.pid)).toBe(false));
    // Nothing is told of it, such as to the log: whoever gave it up had a reason of their own.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(failed).not.toHaveBeenCalled();
  });

  it('keeps nothing open when it is given up in its middle', async () => {
    const content = Buffer.alloc(3_000_000, 'line of text\n');
    await built.commit({ branch: 'half', files: [{ path: 'half', content }] });
    const child = streamGit(built.handle, ['cat-file', 'blob', 'half:half'], { noInput: true });
    const stream = outputOf(child, () => new Error('failed'));
    await vi.waitFor(() => expect(stream.read()).not.toBeNull());
    await vi.waitFor(() => expect(child.stdout.isPaused()).toBe(true));
    stream.destroy();
    await vi.waitFor(() => expect(child.stdout.closed).toBe(true));
  });

  it('comes whole, slowly read as well, and says when Git failed', async () => {
    const content = Buffer.alloc(3_000_000, 'line of text\n');
    const id = await built.commit({ branch: 'big', files: [{ path: 'big', content }] });
    const chunks: Buffer[] = [];
    for await (const chunk of streamDiff(built.handle, {
      before: empty,
      after: id,
    }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (chunks.length % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const diff = Buffer.concat(chunks).toString();
    expect(diff.match(/^\+line of text$/gm)).toHaveLength(Math.floor(content.length / 13));
    const missing = streamDiff(built.handle, { before: empty, after: 'e'.repeat(40) });
    await expect(missing.toArray()).rejects.toThrow(/diff-tree failed/);
  });
});

it('a repository with folders too deep for Git is kept in shape without what changed in them', async () => {
  const deep = await buildRepository();
  await deepTree(deep, 20_000);
  const report = await keepInShape(deep.handle, { whole: true, now: Date.now() });
  expect(report.failure).toBeNull();
  expect(report.did).toContain('commit-graph');
  expect(report.after.hasCommitGraph).toBe(true);
  await deep.remove();
}, 120_000);
