import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { editTree, EditMisfit, type TreeEdit } from '../../src/git/edit-tree.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { newBlob, writePack, type NewObject } from '../../src/git/pack-writer.ts';
import { buildRepository, type BuiltRepository } from './build-repository.ts';

let git: BuiltRepository;
const objects = new ObjectReader();

beforeAll(async () => {
  git = await buildRepository();
});
afterAll(() => objects.close());

const source = () => ({ objects, handle: git.handle, format: 'sha1' as const });
const blobOf = (content: string): Promise<NewObject> =>
  newBlob('sha1', Buffer.byteLength(content), () => Readable.from([Buffer.from(content)]));
const bring = async (made: readonly NewObject[]) =>
  git.git(['unpack-objects', '-q', '--strict'], await buffer(writePack('sha1', made)));
const listed = async (tree: string): Promise<string[]> =>
  (await git.git(['ls-tree', '-r', '-z', '--format=%(objectmode) %(objectname) %(path)', tree]))
    .toString()
    .split('\0')
    .filter(Boolean);

/** The tree with these files put and taken away, brought into the repository. */
async function edited(
  root: string | undefined,
  files: Readonly<Record<string, string | null>>,
  mode: '100644' | '100755' | '120000' = '100644',
) {
  const blobs: NewObject[] = [];
  const edits: TreeEdit[] = [];
  for (const [path, content] of Object.entries(files)) {
    if (content === null) edits.push({ path, entry: null });
    else {
      const blob = await blobOf(content);
      blobs.push(blob);
      edits.push({ path, entry: { mode, id: blob.id } });
    }
  }
  const { id, trees } = await editTree(source(), root, edits);
  await bring([...blobs, ...trees]);
  return id;
}

describe('a tree that is edited', () => {
  it('is the tree that Git would have made, and no more is written than what lies on the way', async () => {
    const first = await edited(undefined, { 'a/b/c': '1', 'a.txt': '2', a0: '3', 'z/y': '4' });
    // In Git's order `a.txt` comes before the directory `a`, and `a0` after it.
    expect((await listed(first)).map((line) => line.split(' ')[2])).toEqual(['a.txt', 'a/b/c', 'a0', 'z/y']);
    const blob = await blobOf('5');
    const { trees } = await editTree(source(), first, [
      { path: 'a/b/d', entry: { mode: '100755', id: blob.id } },
    ]);
    expect(trees).toHaveLength(3);
    expect(trees.every(({ type }) => type === 'tree')).toBe(true);
  });

  it('loses directories that become empty, and has a root all the same', async () => {
    const first = await edited(undefined, { 'a/b/c': '1', d: '2' });
    const second = await edited(first, { 'a/b/c': null });
    expect((await git.git(['ls-tree', '--name-only', second])).toString()).toBe('d\n');
    expect(await edited(second, { d: null })).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
  });

  it('lets a file give way to a directory, and the other way round where what is in it goes', async () => {
    const first = await edited(undefined, { a: '1', 'b/c': '2' });
    const second = await edited(first, { a: null, 'a/x': '3' });
    expect(second).toBe(await edited(undefined, { 'a/x': '3', 'b/c': '2' }));
  });

  it('lets others run meanwhile, though nothing has to be read', async () => {
    const { id } = await blobOf('');
    const edits = Array.from({ length: 4 }, (_, index) => ({
      path: `${index}/${'a/'.repeat(1500)}a`,
      entry: { mode: '100644' as const, id },
    }));
    let turns = 0;
    let isOver = false;
    const others = async () => {
      while (!isOver) {
        await setImmediate();
        turns += 1;
      }
    };
    void others();
    const { trees } = await editTree(source(), undefined, edits);
    isOver = true;
    expect(trees.length).toBeGreaterThan(1500);
    expect(turns).toBeGreaterThan(2);
  });

  it('takes a directory for one, whatever mode an old program gave it', async () => {
    const inner = await edited(undefined, { 'd/e': '1' });
    const [entry = ''] = (await git.git(['ls-tree', inner])).toString().split('\n');
    const d = entry.split(/\s/)[2] ?? '';
    const old = Buffer.concat([Buffer.from('40755 d\0'), Buffer.from(d, 'hex')]);
    const root = (await git.git(['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], old))
      .toString()
      .trim();
    await expect(edited(root, { d: null })).rejects.toThrow(EditMisfit);
    expect(await edited(root, { 'd/f': '2' })).toBe(await edited(undefined, { 'd/e': '1', 'd/f': '2' }));
  });

  it('keeps what is no UTF-8, submodules and modes that nobody touches', async () => {
    await git.commit({
      branch: 'odd',
      files: [
        { path: 'd/caf\xe9', content: 'latin' },
        { path: 'd/run', content: 'x', mode: '100755' },
        { path: 'd/sub', content: 'f'.repeat(40), mode: '160000' },
      ],
    });
    const root = await git.id('odd^{tree}');
    const before = (await git.git(['ls-tree', '-r', '-z', root])).toString('latin1');
    const after = (await git.git(['ls-tree', '-r', '-z', await edited(root, { 'd/new': '1' })])).toString(
      'latin1',
    );
    expect(after.split('\0').filter((line) => !line.endsWith('d/new'))).toEqual(before.split('\0'));
  });

  it.each<[string, Readonly<Record<string, string | null>>, string, string]>([
    ['deleting what is not there', { none: null }, 'none', 'There is no file none to delete.'],
    ['deleting below what is not there', { 'n/x': null }, 'n/x', 'There is no file n/x to delete.'],
    [
      'deleting a directory',
      { d: null },
      'd',
      'd is a directory: name the files in it that are to be deleted.',
    ],
    [
      'a file in place of a directory',
      { d: '1' },
      'd',
      'd is a directory: give the file another name, or delete what is in it.',
    ],
    [
      'a file below a file',
      { 'f/x': '1' },
      'f',
      'f is a file: nothing can lie below it unless it is deleted as well.',
    ],
    [
      'a file at and below a name',
      { 'new': '1', 'new/x': '1' },
      'new',
      'new is a directory: give the file another name, or delete what is in it.',
    ],
  ])('does not take %s', async (_what, files, path, message) => {
    const root = await edited(undefined, { f: '1', 'd/e': '2' });
    const error = await edited(root, files).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EditMisfit);
    expect(error).toMatchObject({ path, message });
  });

  it('holds, after whatever was done to it, the files that it should', async () => {
    const name = fc.stringMatching(/^[ab.0-]{1,2}$/).filter((part) => !/^\.+$/.test(part));
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const step = fc.dictionary(path, fc.option(fc.constantFrom('1', '2', '3')), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
        let root: string | undefined;
        let model = new Map<string, string>();
        for (const files of steps) {
          const next = new Map(model);
          for (const [each, content] of Object.entries(files)) {
            if (content === null) next.delete(each);
            else next.set(each, content);
          }
          const fits = [...next.keys()].every(
            (one) => ![...next.keys()].some((other) => other.startsWith(`${one}/`)),
          );
          const isThere = Object.entries(files).every(
            ([each, content]) => content !== null || model.has(each),
          );
          const made = await edited(root, files).catch((error: unknown) => {
            expect(error).toBeInstanceOf(EditMisfit);
            return null;
          });
          expect(made !== null).toBe(fits && isThere);
          if (made === null) continue;
          root = made;
          model = next;
          const expected = await Promise.all(
            [...model].map(async ([each, content]) => `100644 ${(await blobOf(content)).id} ${each}`),
          );
          expect((await listed(made)).toSorted()).toEqual(expected.toSorted());
        }
      }),
      { numRuns: 40 },
    );
    expect((await git.git(['fsck', '--strict', '--no-dangling'])).toString()).toBe('');
  });
});
