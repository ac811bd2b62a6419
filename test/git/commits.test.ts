import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listChanges, parseChanges } from '../../src/git/changes.ts';
import { countAheadBehind, isAncestor, listCommitsByGit, readCommit } from '../../src/git/commits.ts';
import { readDiff, streamDiff } from '../../src/git/diff.ts';
import { lastCommitKey, lastCommits } from '../../src/git/last-commits.ts';
import { emptyTreeOf } from '../../src/git/object-id.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { waitForGit } from '../../src/git/process.ts';
import { findPath, listDirectory } from '../../src/git/tree.ts';
import { buildRepository } from './build-repository.ts';
import type { CommitQuery } from '../../src/git/commits.ts';
import type { BuiltRepository } from './build-repository.ts';

let built: BuiltRepository;
let reader: ObjectReader;
const ids: Record<string, string> = {};
const text = Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join('');

beforeAll(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
  const files = [
    { path: 'readme.md', content: text },
    { path: 'docs/a.txt', content: 'a\n' },
    { path: 'docs/caf\u00e9', content: 'x\n' },
    { path: 'docs/sub/deep.txt', content: 'd\n' },
    { path: 'star*', content: 's\n' },
  ];
  ids['one'] = await built.commit({ branch: 'main', files });
  ids['side'] = await built.commit({
    branch: 'side',
    from: 'main',
    files: [{ path: 'docs/a.txt', content: 'side\n' }],
  });
  ids['two'] = await built.commit({
    branch: 'main',
    files: [{ path: 'docs/sub/deep.txt', content: 'dd\n' }],
  });
  ids['merge'] = await built.commit({
    branch: 'main',
    files: [{ path: 'docs/a.txt', content: 'side\n' }],
    merge: ['side'],
  });
  ids['mixed'] = await built.commit({
    branch: 'main',
    files: [
      { path: 'readme.md', content: undefined },
      { path: 'intro.md', content: `${text}more\n` },
      { path: 'binary', content: Buffer.from([0, 1, 2, 0]) },
      { path: 'docs/caf\u00e9', content: undefined },
      { path: 'star*', content: 'star\ns\n' },
      { path: 'starfish', content: 'f\n' },
    ],
  });
  await built.git(['update-ref', 'refs/notes/commits', ids['one']]);
});

afterAll(async () => {
  reader.close();
  expect(await waitForGit(5_000)).toBe(0);
  await built.remove();
});

async function names(query: Partial<CommitQuery>): Promise<(string | boolean | undefined)[]> {
  const { commits, hasMore } = await listCommitsByGit(reader, built.handle, {
    offset: 0,
    limit: 10,
    ...query,
  });
  return [...commits.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id)), hasMore];
}

describe('history', () => {
  it('is listed newest first, over all branches unless told otherwise, in pages', async () => {
    expect(await names({})).toEqual(['mixed', 'merge', 'two', 'side', 'one', false]);
    expect(await names({ limit: 2 })).toEqual(['mixed', 'merge', true]);
    expect(await names({ offset: 3, limit: 2 })).toEqual(['side', 'one', false]);
    expect(await names({ offset: 50 })).toEqual([false]);
    expect(await names({ include: [ids['side']!] })).toEqual(['side', 'one', false]);
    expect(await names({ include: [ids['merge']!], exclude: [ids['side']!] })).toEqual([
      'merge',
      'two',
      false,
    ]);
    expect(await names({ exclude: [ids['merge']!] })).toEqual(['mixed', false]);
    expect(await names({ include: [] })).toEqual([false]);
  });

  it('is listed for a path, taken literally', async () => {
    expect(await names({ path: 'docs/a.txt' })).toEqual(['side', 'one', false]);
    expect(await names({ path: '/docs/sub/' })).toEqual(['two', 'one', false]);
    expect(await names({ path: 'star*' })).toEqual(['mixed', 'one', false]);
    expect(await names({ path: '*.md' })).toEqual([false]);
    expect(await names({ path: ':/docs' })).toEqual([false]);
    expect(await names({ path: '--all' })).toEqual([false]);
    expect(await names({ path: 'readme.md' })).toEqual(['mixed', 'one', false]);
  });

  it('takes full ids only', async () => {
    for (const bad of ['main', '--all', `${ids['one']}\n--all`]) {
      await expect(names({ include: [bad] })).rejects.toThrow(TypeError);
      await expect(names({ exclude: [bad] })).rejects.toThrow(TypeError);
    }
  });

  it('of an empty repository is empty', async () => {
    const empty = await buildRepository();
    expect(await listCommitsByGit(reader, empty.handle, { offset: 0, limit: 5 })).toEqual({
      commits: [],
      hasMore: false,
    });
    await empty.remove();
  });

  it('reads one commit as it was written', async () => {
    const commit = await readCommit(reader, built.handle, ids['merge']!);
    expect(commit.parents).toEqual([ids['two'], ids['side']]);
    expect(commit.author).toMatchObject({ name: 'Ada Example', date: expect.stringMatching(/\+05:30$/) });
    expect(commit.committer.date).toMatch(/-03:30$/);
  });

  it('knows who is ahead and who descends from whom', async () => {
    expect(await countAheadBehind(built.handle, ids['side']!, ids['two']!)).toEqual({ ahead: 1, behind: 1 });
    expect(await isAncestor(built.handle, ids['one']!, ids['side']!)).toBe(true);
    expect(await isAncestor(built.handle, ids['two']!, ids['side']!)).toBe(false);
    expect(await isAncestor(built.handle, ids['one']!, ids['one']!)).toBe(true);
  });
});

describe('the last commit of each entry', () => {
  async function last(path: string, bounds?: { maxCommits: number; milliseconds: number }) {
    const directory = (await findPath(reader, built.handle, ids['mixed']!, path))!;
    const entries = await listDirectory(reader, built.handle, directory);
    const { commits: found } = await lastCommits(
      reader,
      built.handle,
      ids['mixed']!,
      directory,
      entries,
      bounds,
    );
    return Object.fromEntries(
      entries.map((entry) => [
        entry.name,
        Object.keys(ids).find((name) => ids[name] === found.get(lastCommitKey(entry))?.id),
      ]),
    );
  }

  it('is found at the root and below', async () => {
    expect(await last('')).toEqual({
      binary: 'mixed',
      docs: 'mixed',
      'intro.md': 'mixed',
      'star*': 'mixed',
      starfish: 'mixed',
    });
    expect(await last('docs')).toEqual({ 'a.txt': 'side', sub: 'two' });
    expect(await last('docs/sub')).toEqual({ 'deep.txt': 'two' });
  });

  it('is left out where history is longer than the bounds', async () => {
    expect(await last('docs', { maxCommits: 1, milliseconds: 5_000 })).toEqual({
      'a.txt': undefined,
      sub: undefined,
    });
    expect(await last('docs', { maxCommits: 3, milliseconds: 5_000 })).toEqual({
      'a.txt': undefined,
      sub: 'two',
    });
  });
});

describe('changes', () => {
  it('name every file with its kind, its lines and where it came from', async () => {
    const { files, truncated } = await listChanges(built.handle, {
      before: ids['merge']!,
      after: ids['mixed']!,
    });
    const rows = files.map((file) => [
      file.status,
      file.path,
      file.oldPath,
      file.linesAdded,
      file.linesRemoved,
    ]);
    expect(rows.sort((a, b) => String(a[1]).localeCompare(String(b[1])))).toEqual([
      ['added', 'binary', undefined, undefined, undefined],
      ['removed', 'docs/caf\ufffd', undefined, 0, 1],
      ['renamed', 'intro.md', 'readme.md', 1, 0],
      ['modified', 'star*', undefined, 1, 0],
      ['added', 'starfish', undefined, 1, 0],
    ]);
    expect(truncated).toBe(false);
    expect(files.find((file) => file.status === 'removed')?.pathBytes.toString('latin1')).toBe(
      'docs/caf\u00e9',
    );
  });

  it('of a root commit are those from the empty tree, and may be cut', async () => {
    const { files } = await listChanges(built.handle, { before: emptyTreeOf('sha1'), after: ids['one']! });
    expect(files).toHaveLength(5);
    const cut = await listChanges(built.handle, { before: emptyTreeOf('sha1'), after: ids['one']! }, 2);
    expect([cut.files.length, cut.truncated]).toEqual([2, true]);
  });

  it('cut off in the middle are read as far as they go', async () => {
    const args = [
      'diff-tree',
      '-r',
      '-z',
      '-M',
      '--raw',
      '--numstat',
      '--no-abbrev',
      ids['merge']!,
      ids['mixed']!,
    ];
    const whole = await built.git(args);
    for (let length = 0; length < whole.length; length += 1) {
      expect(parseChanges(whole.subarray(0, length)).length).toBeLessThanOrEqual(5);
    }
    expect(parseChanges(whole)).toHaveLength(5);
  });
});

describe('diffs', () => {
  const query = () => ({ before: ids['merge']!, after: ids['mixed']! });

  it('are what Git writes', async () => {
    const bytes = Buffer.concat(await streamDiff(built.handle, query()).toArray());
    expect(bytes.toString()).toContain('rename from readme.md\nrename to intro.md');
    expect(bytes.toString()).toContain('Binary files /dev/null and b/binary differ');
    const one = await readDiff(built.handle, { ...query(), paths: ['star*'], context: 0 }, 10_000);
    expect(one.bytes.toString()).toMatch(/^diff --git a\/star\* b\/star\*\n/);
    expect(one.bytes.toString()).toContain('\n+star\n');
    expect(one.bytes.toString()).not.toContain('starfish');
    expect(one.truncated).toBe(false);
  });

  it('are cut after a whole line', async () => {
    const whole = (await readDiff(built.handle, query(), 1_000_000)).bytes;
    const { bytes, truncated } = await readDiff(built.handle, query(), 200);
    expect(truncated).toBe(true);
    expect(bytes.length).toBeLessThanOrEqual(200);
    expect(whole.subarray(0, bytes.length).equals(bytes)).toBe(true);
    expect(bytes.at(-1)).toBe(0x0a);
  });

  it('fail where a commit is missing', async () => {
    await expect(readDiff(built.handle, { before: 'd'.repeat(40), after: ids['one']! }, 10)).rejects.toThrow(
      /diff-tree failed/,
    );
    expect(() => streamDiff(built.handle, { before: '--output=/tmp/x', after: ids['one']! })).toThrow(
      TypeError,
    );
  });
});
