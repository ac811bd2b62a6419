import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeStaleQuarantines } from '../../src/git/inspect.ts';
import { mergeCommits } from '../../src/git/merge.ts';
import { newBlob, writePack } from '../../src/git/pack-writer.ts';
import { GitFailed } from '../../src/git/process-error.ts';
import { buildRepository, type BuiltFile, type BuiltRepository } from './build-repository.ts';

let built: BuiltRepository;
let count = 0;

beforeAll(async () => {
  built = await buildRepository();
});

afterAll(() => built.remove());

const soon = () => ({ signal: AbortSignal.timeout(30_000) });
const scratch = async (one: BuiltRepository): Promise<string[]> =>
  (await readdir(join(one.handle.path, 'objects'))).filter((name) => name.includes('incoming'));

/** Three commits: what both sides begin at, and each side. */
async function sides(
  base: readonly BuiltFile[],
  ours: readonly BuiltFile[],
  theirs: readonly BuiltFile[],
  one = built,
): Promise<readonly [string, string]> {
  count += 1;
  const [from, left, right] = [`base${count}`, `ours${count}`, `theirs${count}`];
  await one.commit({ branch: from, files: base });
  return [
    await one.commit({ branch: left, from, files: ours }),
    await one.commit({ branch: right, from, files: theirs }),
  ];
}

/** Merges, brings what came of it into the repository as a pack, and lists the files of the tree. */
async function merged([ours, theirs]: readonly [string, string], one = built): Promise<string[]> {
  const before = (await one.git(['count-objects', '-v'])).toString();
  const { conflicts, tree, objects, end } = await mergeCommits(one.handle, ours, theirs, soon());
  try {
    expect(conflicts).toEqual([]);
    expect((await one.git(['count-objects', '-v'])).toString()).toBe(before);
    const format = tree.length === 64 ? 'sha256' : 'sha1';
    const pack = await buffer(writePack(format, objects));
    await one.git(['index-pack', '--stdin', '--strict'], pack);
  } finally {
    await end();
  }
  expect(await scratch(one)).toEqual([]);
  // Git itself comes to the same, and to nothing that the pack had not.
  const again = (await one.git(['merge-tree', '--write-tree', ours, theirs])).toString().trim();
  expect(again).toBe(tree);
  const listed = await one.git(['ls-tree', '-r', '--format=%(objectmode) %(path)', tree]);
  return listed.toString().trim().split('\n');
}

const conflicts = async ([ours, theirs]: readonly [string, string]): Promise<readonly string[]> => {
  const found = await mergeCommits(built.handle, ours, theirs, soon());
  await found.end();
  expect(found.objects).toEqual([]);
  expect(await scratch(built)).toEqual([]);
  return found.conflicts;
};

const lines = (...changed: readonly (readonly [number, string])[]): string => {
  const all = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  for (const [index, text] of changed) all[index] = text;
  return `${all.join('\n')}\n`;
};

describe('a merge', () => {
  it('has the changes of both sides, renames and modes among them', async () => {
    const files = await merged(
      await sides(
        [
          { path: 'both', content: lines() },
          { path: 'old/name', content: lines([1, 'renamed']) },
          { path: 'tool', content: 'tool\n' },
          { path: 'gone', content: 'gone\n' },
        ],
        [
          { path: 'both', content: lines([0, 'ours']) },
          { path: 'old/name', content: lines([1, 'renamed'], [30, 'changed by us']) },
          { path: 'gone', content: undefined },
        ],
        [
          { path: 'both', content: lines([39, 'theirs']) },
          { path: 'old/name', content: undefined },
          { path: 'new/name', content: lines([1, 'renamed']) },
          { path: 'tool', content: 'tool\n', mode: '100755' },
          { path: 'sub/deep/file', content: 'x' },
        ],
      ),
    );
    expect(files).toEqual(['100644 both', '100644 new/name', '100644 sub/deep/file', '100755 tool']);
  });

  it('of a history that crosses itself leaves what Git needed on the way behind', async () => {
    await sides(
      [{ path: 'f', content: lines() }],
      [{ path: 'f', content: lines([0, 'a']) }],
      [{ path: 'f', content: lines([39, 'b']) }],
    );
    const [a, b] = [`ours${count}`, `theirs${count}`];
    // Not what Git makes of both on its way: that would be there already.
    const crossed = { path: 'f', content: lines([0, 'a'], [17, 'x'], [39, 'b']) };
    await built.git(['branch', `${a}-before`, a]);
    await built.commit({ branch: a, files: [crossed], merge: [b] });
    await built.commit({ branch: b, files: [crossed], merge: [`${a}-before`] });
    const ours = await built.commit({
      branch: a,
      files: [{ path: 'f', content: lines([0, 'a'], [10, 'c'], [17, 'x'], [39, 'b']) }],
    });
    const theirs = await built.commit({
      branch: b,
      files: [{ path: 'f', content: lines([0, 'a'], [17, 'x'], [25, 'd'], [39, 'b']) }],
    });
    const bases = (await built.git(['merge-base', '--all', ours, theirs])).toString().trim().split('\n');
    expect(bases).toHaveLength(2);
    const { objects, end } = await mergeCommits(built.handle, ours, theirs, soon());
    // The file and its folder, and not the ancestor that was made of two.
    expect(objects.map(({ type }) => type).toSorted()).toEqual(['blob', 'tree']);
    await end();
    expect(await merged([ours, theirs])).toEqual(['100644 f']);
  });

  it('is made in a repository with longer names of objects as well', async () => {
    const other = await buildRepository('sha256');
    const both = await sides(
      [{ path: 'a/f', content: lines() }],
      [{ path: 'a/f', content: lines([0, 'ours']) }],
      [{ path: 'a/f', content: lines([39, 'theirs']) }],
      other,
    );
    expect(await merged(both, other)).toEqual(['100644 a/f']);
    await other.remove();
  });

  it('gives a large file piece by piece', async () => {
    const large = (first: string, last: string): Buffer => {
      const bytes = Buffer.alloc(4 * 1024 * 1024, `${'x'.repeat(63)}\n`);
      bytes.write(first, 0);
      bytes.write(last, bytes.length - 64);
      return bytes;
    };
    const both = await sides(
      [{ path: 'large', content: large('base', 'base') }],
      [{ path: 'large', content: large('ours', 'base') }],
      [{ path: 'large', content: large('base', 'last') }],
    );
    const { objects, end } = await mergeCommits(built.handle, ...both, soon());
    const blob = objects.find(({ type }) => type === 'blob');
    if (blob === undefined || Buffer.isBuffer(blob.content)) throw new TypeError('It is not held.');
    let longest = 0;
    for await (const chunk of blob.content()) longest = Math.max(longest, chunk.length);
    expect(longest).toBeLessThan(256 * 1024);
    expect((await newBlob('sha1', blob.size, blob.content)).id).toBe(blob.id);
    await end();
  });
});

describe('what cannot be merged', () => {
  it('is named: contents, files that are gone, links, submodules, modes', async () => {
    const commit = await built.commit({ branch: 'sub', files: [{ path: 's', content: 's' }] });
    const other = await built.commit({ branch: 'sub', files: [{ path: 's', content: 't' }] });
    expect(
      await conflicts(
        await sides(
          [
            { path: 'fine', content: 'fine\n' },
            { path: 'text', content: 'base\n' },
            { path: 'removed', content: 'base\n' },
            { path: 'link', content: 'base', mode: '120000' },
          ],
          [
            { path: 'fine', content: 'changed\n' },
            { path: 'text', content: 'ours\n' },
            { path: 'removed', content: undefined },
            { path: 'link', content: 'ours', mode: '120000' },
            { path: 'module', content: commit, mode: '160000' },
            { path: 'b\xffd', content: 'ours' },
          ],
          [
            { path: 'text', content: 'theirs\n' },
            { path: 'removed', content: 'theirs\n' },
            { path: 'link', content: 'theirs', mode: '120000' },
            { path: 'module', content: other, mode: '160000' },
            { path: 'b\xffd', content: 'theirs' },
          ],
        ),
      ),
    ).toEqual(['b\ufffdd', 'link', 'module', 'removed', 'text']);
  });

  it('is not decided by what the files say of themselves: no driver, no filter, no union', async () => {
    const attributes = { path: '.gitattributes', content: '* merge=union filter=evil\nevil merge=evil\n' };
    const config = {
      path: '.gitconfig',
      content: '[merge "evil"]\n\tdriver = touch /tmp/latchkey-evil\n[filter "evil"]\n\tclean = false\n',
    };
    const both = await sides(
      [attributes, config, { path: 'evil', content: 'base\n' }, { path: 'text', content: 'base\n' }],
      [
        { path: 'evil', content: 'ours\n' },
        { path: 'text', content: 'ours\n' },
      ],
      [
        { path: 'evil', content: 'theirs\n' },
        { path: 'text', content: 'theirs\n' },
      ],
    );
    await built.git(['symbolic-ref', 'HEAD', `refs/heads/theirs${count}`]);
    expect(await conflicts(both)).toEqual(['evil', 'text']);
  });

  it('is told of in so many names at most', async () => {
    const files = (content: string) =>
      Array.from({ length: 1100 }, (_, index) => ({ path: `f${index}`, content }));
    expect(await conflicts(await sides([], files('ours\n'), files('theirs\n')))).toHaveLength(1000);
  });

  it('fails, and leaves nothing behind: no common ancestor, a client that left', async () => {
    const [ours, theirs] = await sides(
      [{ path: 'f', content: lines() }],
      [{ path: 'f', content: lines([0, 'ours']) }],
      [{ path: 'f', content: lines([39, 'theirs']) }],
    );
    const alone = await built.commit({ branch: 'alone', files: [{ path: 'f', content: 'f' }] });
    await expect(mergeCommits(built.handle, ours, alone, soon())).rejects.toThrow(GitFailed);
    const left = AbortSignal.abort(new Error('left'));
    await expect(mergeCommits(built.handle, ours, theirs, { signal: left })).rejects.toThrow('left');
    expect(await scratch(built)).toEqual([]);
  });

  it('is swept away where a crash left it', async () => {
    const [ours, theirs] = await sides(
      [{ path: 'f', content: lines() }],
      [{ path: 'f', content: lines([0, 'ours']) }],
      [{ path: 'f', content: lines([39, 'theirs']) }],
    );
    const { end } = await mergeCommits(built.handle, ours, theirs, soon());
    const left = await scratch(built);
    expect(left).toHaveLength(1);
    expect(await removeStaleQuarantines(built.handle.path, new Date(0))).toEqual([]);
    expect(await removeStaleQuarantines(built.handle.path, new Date(Date.now() + 60_000))).toEqual(left);
    await end();
  });
});
