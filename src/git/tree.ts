import { parseCommit } from './commit.ts';
import { ObjectNotFound } from './object-error.ts';
import { Breath } from './snapshot/breathe.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';

/** Trees, read and walked by ourselves: Git's `rev:path` syntax never sees what a user wrote. */

export type EntryKind = 'directory' | 'file' | 'executable' | 'link' | 'submodule';

export type TreeEntry = {
  /** The name's bytes: Git knows no encoding. */
  readonly nameBytes: Buffer;
  /** The name as text for people; not always the way back to the entry. */
  readonly name: string;
  readonly kind: EntryKind;
  /** Six octal digits, e.g. `100644`. */
  readonly mode: string;
  readonly id: ObjectId;
};

export type PathEntry = TreeEntry & {
  /** From the root of the tree, without a slash at either end. */
  readonly path: string;
  readonly pathBytes: Buffer;
};

/** The tree's bytes are not a tree. */
export class MalformedTree extends RangeError {
  override readonly name = 'MalformedTree';
}

/** A directory of some hundred thousand files is still listed; above it a repository is refused. */
export const maximalTreeBytes: number = 16 * 1024 * 1024;
/** As much as Linux takes. Trees hold more, and a name that is repeated for all that lies below it makes giants of small trees. */
export const longestPathBytes = 4096;
const slash = Buffer.from('/');
const SPACE = 0x20;
const LONGEST_MODE = 6;

const kinds: Readonly<Record<string, EntryKind>> = {
  '040000': 'directory',
  '100755': 'executable',
  '120000': 'link',
  '160000': 'submodule',
};

/** Goes over a tree's bytes entry by entry (`mode name\0id`), and makes nothing of those that nobody asks for. */
class Cursor {
  readonly #raw: Buffer;
  readonly #hashBytes: number;
  #start = 0;
  #space = 0;
  #zero = 0;
  #end = 0;

  constructor(raw: Buffer, hashBytes: 20 | 32) {
    this.#raw = raw;
    this.#hashBytes = hashBytes;
  }

  /** To the first entry or the next one; false where there is none. */
  advance(): boolean {
    const raw = this.#raw;
    this.#start = this.#end;
    if (this.#start === raw.length) return false;
    let space = this.#start;
    for (let byte = raw[space]; byte !== undefined && byte >= 0x30 && byte <= 0x37; ) byte = raw[++space];
    if (raw[space] !== SPACE || space - this.#start > LONGEST_MODE)
      throw new MalformedTree('A tree entry has a mode that is not octal.');
    this.#space = space;
    this.#zero = raw.indexOf(0, space + 1);
    this.#end = this.#zero + 1 + this.#hashBytes;
    if (this.#zero === -1 || this.#end > raw.length)
      throw new MalformedTree('A tree ends in the middle of an entry.');
    return true;
  }

  isNamed(name: Buffer): boolean {
    const start = this.#space + 1;
    if (this.#zero - start !== name.length) return false;
    for (let at = 0; at < name.length; at++) if (this.#raw[start + at] !== name[at]) return false;
    return true;
  }

  get entry(): TreeEntry {
    const raw = this.#raw;
    const mode = raw.toString('latin1', this.#start, this.#space).padStart(LONGEST_MODE, '0');
    const nameBytes = raw.subarray(this.#space + 1, this.#zero);
    return {
      nameBytes,
      name: nameBytes.toString('utf8'),
      kind: kinds[mode] ?? 'file',
      mode,
      id: raw.toString('hex', this.#zero + 1, this.#end),
    };
  }
}

/** Entries in the tree's own order, each when it is asked for. @throws MalformedTree */
export function* entriesIn(raw: Buffer, hashBytes: 20 | 32): Generator<TreeEntry> {
  for (const cursor = new Cursor(raw, hashBytes); cursor.advance(); ) yield cursor.entry;
}

/**
 * The first entry of this name, in whatever order they stand: nobody says that a tree is sorted.
 * @throws MalformedTree where no entry is found before the bytes are none
 */
export function findEntry(raw: Buffer, hashBytes: 20 | 32, name: Buffer): TreeEntry | undefined {
  for (const cursor = new Cursor(raw, hashBytes); cursor.advance(); )
    if (cursor.isNamed(name)) return cursor.entry;
  return undefined;
}

/** The bytes of the tree with this id. @throws ObjectNotFound if it is missing or no tree */
export async function readTree(
  reader: ObjectReader,
  handle: RepositoryHandle,
  tree: ObjectId,
): Promise<Buffer> {
  const { type, bytes } = await reader.readObject(handle, tree, maximalTreeBytes);
  if (type !== 'tree') throw new ObjectNotFound(tree);
  return bytes;
}

export const hashBytesOf = (tree: ObjectId): 20 | 32 => (tree.length === 64 ? 32 : 20);

/** @throws ObjectNotFound if the commit is missing or no commit */
export async function rootTree(
  reader: ObjectReader,
  handle: RepositoryHandle,
  commit: ObjectId,
): Promise<ObjectId> {
  const { type, bytes } = await reader.readObject(handle, commit);
  if (type !== 'commit') throw new ObjectNotFound(commit);
  return parseCommit(commit, bytes).tree;
}

/**
 * Finds what lies at a path (text as UTF-8, or bytes) in a commit. A slash at either end is allowed; empty parts, `.`
 * and `..` name nothing. The root itself is a directory with an empty name. Undefined if there is nothing, or the path is
 * longer than `longestPathBytes`.
 */
export async function findPath(
  reader: ObjectReader,
  handle: RepositoryHandle,
  commit: ObjectId,
  path: string | Buffer,
): Promise<PathEntry | undefined> {
  let found = rootEntry(await rootTree(reader, handle, commit));
  if (Buffer.byteLength(path) > longestPathBytes) return undefined;
  for (const part of pathParts(path)) {
    if (found.kind !== 'directory' || part.length === 0) return undefined;
    const entry = findEntry(await readTree(reader, handle, found.id), hashBytesOf(found.id), part);
    if (!entry) return undefined;
    found = within(found.pathBytes, entry);
  }
  return found;
}

/** A directory's entries with their paths. `directory` comes from `findPath`. */
export const listDirectory = (
  reader: ObjectReader,
  handle: RepositoryHandle,
  directory: PathEntry,
): Promise<PathEntry[]> => Array.fromAsync(walkDirectory(reader, handle, directory, 1));

/**
 * What lies in a directory and below, breadth first, down to `maxDepth` levels (1: the directory's own entries).
 * Reads a tree only when the walk gets there: stop taking and nothing more is read. Others run while it goes on. What has
 * a path longer than `longestPathBytes` is passed over.
 */
export async function* walkDirectory(
  reader: ObjectReader,
  handle: RepositoryHandle,
  directory: PathEntry,
  maxDepth: number,
): AsyncGenerator<PathEntry> {
  const breath = new Breath();
  let level = [directory];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth += 1) {
    const next: PathEntry[] = [];
    for (const parent of level) {
      const tree = await readTree(reader, handle, parent.id);
      for (const found of entriesIn(tree, hashBytesOf(parent.id))) {
        if (breath.isDue) await breath.take();
        if (parent.pathBytes.length + 1 + found.nameBytes.length > longestPathBytes) continue;
        const entry = within(parent.pathBytes, found);
        if (entry.kind === 'directory') next.push(entry);
        yield entry;
      }
    }
    level = next;
  }
}

/** Bytes of a file or link; undefined for directories and submodules, whose size Git does not know. */
export async function entrySize(
  reader: ObjectReader,
  handle: RepositoryHandle,
  entry: TreeEntry,
): Promise<number | undefined> {
  if (entry.kind === 'directory' || entry.kind === 'submodule') return undefined;
  return (await reader.objectInfo(handle, entry.id)).size;
}

function rootEntry(id: ObjectId): PathEntry {
  const none = Buffer.alloc(0);
  return { nameBytes: none, name: '', kind: 'directory', mode: '040000', id, path: '', pathBytes: none };
}

function within(parent: Buffer, entry: TreeEntry): PathEntry {
  const pathBytes = parent.length === 0 ? entry.nameBytes : Buffer.concat([parent, slash, entry.nameBytes]);
  return { ...entry, pathBytes, path: pathBytes.toString('utf8') };
}

function pathParts(path: string | Buffer): Buffer[] {
  // Latin-1 keeps every byte as one character, so splitting loses none.
  const text = (typeof path === 'string' ? Buffer.from(path) : path)
    .toString('latin1')
    .replace(/^\/|\/$/g, '');
  return text === '' ? [] : text.split('/').map((part) => Buffer.from(part, 'latin1'));
}
