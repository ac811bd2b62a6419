import { setImmediate } from 'node:timers/promises';
import { emptyTreeOf, objectFormatOf } from './object-id.ts';
import { ObjectNotFound } from './object-error.ts';
import { findPath } from './tree.ts';
import { everyChange, FILE, type TreeEntry } from './tree-changes.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';

/**
 * A few trees that name each other many times over hold more paths than any machine has memory for, and Git lists all of
 * them before it says the first word; far down in them it runs out of stack.
 */
const MOST_ENTRIES = 50_000;
const DEEPEST = 1_000;
const MOST_TREE_BYTES = 16 * 1024 * 1024;
const NO_ENTRIES = Buffer.alloc(0);

interface Pair {
  readonly before: ObjectId | null;
  readonly after: ObjectId | null;
  readonly depth: number;
}

/**
 * Whether two commits, or a commit and the empty tree, differ in so little that Git can compare them: at most 50,000 files
 * and folders, at most 1,000 deep. Reads the trees that differ and no file. @throws ObjectNotFound and what reading throws
 * @param paths where only these are compared
 */
export async function isComparable(
  reader: ObjectReader,
  handle: RepositoryHandle,
  before: ObjectId,
  after: ObjectId,
  paths: readonly string[] = [''],
): Promise<boolean> {
  const empty = emptyTreeOf(objectFormatOf(after));
  const folderAt = async (id: ObjectId, path: string): Promise<ObjectId | null> => {
    const entry = id === empty ? undefined : await findPath(reader, handle, id, path);
    return entry?.kind === 'directory' ? entry.id : null;
  };
  const pairs: Pair[] = [];
  for (const path of paths)
    pairs.push({ before: await folderAt(before, path), after: await folderAt(after, path), depth: 0 });
  let entries = 0;
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    if (pair.before === pair.after) continue;
    const depth = pair.depth + 1;
    if (depth > DEEPEST) return false;
    const [was, is] = [await treeOf(reader, handle, pair.before), await treeOf(reader, handle, pair.after)];
    const goesOn = everyChange(was, is, after.length / 2, (_name, old, now) => {
      entries += 1;
      if (old !== FILE || now !== FILE) pairs.push({ before: folderIn(old), after: folderIn(now), depth });
      return entries <= MOST_ENTRIES;
    });
    if (!goesOn) return false;
    await setImmediate();
  }
  return true;
}

const folderIn = (entry: TreeEntry | undefined): ObjectId | null =>
  entry === undefined || entry === FILE ? null : entry;

async function treeOf(reader: ObjectReader, handle: RepositoryHandle, id: ObjectId | null): Promise<Buffer> {
  if (id === null) return NO_ENTRIES;
  const { type, bytes } = await reader.readObject(handle, id, MOST_TREE_BYTES);
  if (type !== 'tree') throw new ObjectNotFound(id);
  return bytes;
}
