import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { pruneNow } from '../../../src/git/upkeep/pruning.ts';
import { keepInShape } from '../../../src/git/upkeep/run.ts';
import { atEndOfFile } from '../../support/cleanup.ts';
import { buildRepository, type BuiltRepository } from '../build-repository.ts';

const DAY = 24 * 3600_000;

let built: BuiltRepository;
let folder: string;
let old: string;

const age = async (files: readonly string[], days: number): Promise<void> => {
  const then = new Date(Date.now() - days * DAY);
  for (const file of files) await utimes(file, then, then);
};
const packs = async (): Promise<string[]> =>
  (await readdir(join(folder, 'pack'))).map((name) => join(folder, 'pack', name));
const isThere = (id: string): Promise<boolean> =>
  built.git(['cat-file', '-e', id]).then(
    () => true,
    () => false,
  );
const keepWhole = () => keepInShape(built.handle, { whole: true, now: Date.now() });

/** What was there gives way to a history that has nothing in common with it. */
const rewrite = () =>
  built.commit({ branch: 'main', from: '', files: [{ path: 'other', content: 'Something else.\n' }] });

beforeEach(async () => {
  const made = await buildRepository();
  atEndOfFile(() => made.remove());
  built = made;
  folder = join(built.handle.path, 'objects');
  await built.commit({ branch: 'main', files: [{ path: 'a', content: 'One.\n' }] });
  old = await built.commit({ branch: 'main', files: [{ path: 'b', content: 'Two.\n' }] });
});

describe('what no ref leads to any more', () => {
  it('is kept for two weeks, however long ago it was packed', async () => {
    await keepWhole();
    await age(await packs(), 20);
    await rewrite();
    expect((await keepWhole()).failure).toBeNull();
    expect(await isThere(old)).toBe(true);
    // Nor does it go the next time, or the time after that.
    await keepWhole();
    await keepWhole();
    expect(await isThere(old)).toBe(true);
  });

  it('is kept as long where its objects lay in files of their own, and is packed', async () => {
    const written = await built.git(['hash-object', '-w', '--stdin'], 'Nobody knows me.\n');
    const blob = written.toString().trim();
    const file = join(folder, blob.slice(0, 2), blob.slice(2));
    await age([file], 20);
    await keepWhole();
    expect(await isThere(blob)).toBe(true);
    expect(await readdir(join(folder, blob.slice(0, 2))).catch(() => [])).toEqual([]);
  });

  it('goes after that', async () => {
    await keepWhole();
    await age(await packs(), 20);
    await rewrite();
    // Each object of this pack is noted as twenty days old, as it is when it has lain there for so long.
    await built.git(['repack', '-q', '-d', '--cruft']);
    expect(await isThere(old)).toBe(true);
    await keepWhole();
    expect(await isThere(old)).toBe(false);
    expect(await isThere('main')).toBe(true);
  });
});

describe('what is shown although no ref leads to it', () => {
  const keep = (kept: readonly string[]) => keepInShape(built.handle, { whole: true, kept, now: Date.now() });
  /** A branch as a pull request leaves it that was declined: nothing leads to it. */
  const declined = async (): Promise<string> => {
    const id = await built.commit({
      branch: 'topic',
      from: 'main',
      files: [{ path: 'c', content: 'Three.\n' }],
    });
    await built.git(['update-ref', '-d', 'refs/heads/topic']);
    return id;
  };
  /** What two weeks do: everything goes that nothing holds. */
  const pass = () => built.git(['repack', '-q', '-d', '--cruft', '--cruft-expiration=now']);
  const names = async (ending: string): Promise<string[]> =>
    (await readdir(join(folder, 'pack'))).filter((name) => name.endsWith(ending));

  it('stays with all that it needs, however often it is packed, and goes when it is shown no more', async () => {
    const shown = await declined();
    const other = await built.commit({
      branch: 'gone',
      from: 'main',
      files: [{ path: 'd', content: 'Four.\n' }],
    });
    await built.git(['update-ref', '-d', 'refs/heads/gone']);
    for (let time = 0; time < 3; time++) {
      const report = await keep([shown, await built.id('main'), 'e'.repeat(40)]);
      expect(report).toMatchObject({ failure: null, did: ['refs', 'whole repack', 'commit-graph'] });
      expect(await names('.keep')).toHaveLength(1);
      expect(await names('.bitmap')).toHaveLength(1);
      await pass();
    }
    expect(await isThere(other)).toBe(false);
    await rewrite();
    await keep([shown]);
    await pass();
    // Its history is nobody's any more, and stays with it.
    expect((await built.git(['log', '--format=%H', shown])).toString()).toContain(old);
    expect((await built.git(['show', `${shown}:c`])).toString()).toBe('Three.\n');
    await built.git(['fsck', '--full', '--strict']);

    await keep([]);
    expect(await names('.keep')).toEqual([]);
    await pass();
    expect(await isThere(shown)).toBe(false);
  });

  it('is nothing of its own while branches lead to it', async () => {
    expect((await keep([old])).failure).toBeNull();
    expect(await names('.keep')).toEqual([]);
  });

  it('is removed at once by whoever removes what no ref leads to', async () => {
    const shown = await declined();
    await keep([shown]);
    await pruneNow(built.handle, async () => {});
    expect(await isThere(shown)).toBe(false);
    expect(await names('.keep')).toEqual([]);
  });

  it('leaves the marks of others alone', async () => {
    await keep([]);
    const [pack = ''] = await names('.pack');
    const mark = join(folder, 'pack', pack.replace(/pack$/, 'keep'));
    await writeFile(mark, 'Mine.\n');
    await keep([await declined()]);
    await keep([]);
    expect(await readFile(mark, 'utf8')).toBe('Mine.\n');
  });

  it('lets nothing go where it cannot be put aside', async () => {
    await keepWhole();
    await age(await packs(), 20);
    await rewrite();
    await built.git(['repack', '-q', '-d', '--cruft']);
    const shown = await declined();
    const tree = (await built.git(['rev-parse', `${shown}^{tree}`])).toString().trim();
    await rm(join(folder, tree.slice(0, 2), tree.slice(2)));
    const report = await keep([shown]);
    expect(report.failure).toMatch(/pack-objects/);
    expect(report.did).toContain('whole repack');
    expect(await isThere(old)).toBe(true);
    await keep([]);
    expect(await isThere(old)).toBe(false);
  });
});
