import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
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
