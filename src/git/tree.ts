import { parseCommit } from './commit.ts';
import { ObjectNotFound } from './object-error.ts';
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
export class MalformedTree extends Error {
  override readonly name = 'MalformedTree';
}

/** A directory of some hundred thousand files is still listed; above it a repository is refused. */
const maximalTreeBytes = 64 * 1024 * 1024;
const slash = Buffer.from('/');

const kinds: Readonly<Record<string, EntryKind>> = {
  '040000': 'directory',
  '100755': 'executable',
  '120000': 'link',
  '160000': 'submodule',
};

/** Entries in the tree's own order. @throws MalformedTree */
export function parseTree(raw: Buffer, hashBytes: 20 | 32): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let position = 0;
  while (position < raw.length) {
    const space = raw.indexOf(0x20, position);
    const zero = raw.indexOf(0, space + 1);
    const end = zero + 1 + hashBytes;
    if (space === -1 || zero === -1 || end > raw.length)
      throw new MalformedTree('A tree ends in the middle of an entry.');
    const mode = raw.toString('latin1', position, space).padStart(6, '0');
    if (!/^[0-7]{6}$/.test(mode)) throw new MalformedTree('A tree entry has a mode that is not octal.');
    const nameBytes = raw.subarray(space + 1, zero);
    entries.push({
      nameBytes,
      name: nameBytes.toString('utf8'),
      kind: kinds[mode] ?? 'file',
      mode,
      id: raw.toString('hex', zero + 1, end),
    });
    position = end;
  }
  return entries;
}

/** The entries of the tree with this id. @throws ObjectNotFound if it is missing or no tree */
export async function readTree(
  reader: ObjectReader,
  handle: RepositoryHandle,
  tree: ObjectId,
): Promise<TreeEntry[]> {
  const { type, bytes } = await reader.readObject(handle, tree, maximalTreeBytes);
  if (type !== 'tree') throw new ObjectNotFound(tree);
  return parseTree(bytes, tree.length === 64 ? 32 : 20);
}

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
 * and `..` name nothing. The root itself is a directory with an empty name. Undefined if there is nothing.
 */
export async function findPath(
  reader: ObjectReader,
  handle: RepositoryHandle,
  commit: ObjectId,
  path: string | Buffer,
): Promise<PathEntry | undefined> {
  let found = rootEntry(await rootTree(reader, handle, commit));
  for (const part of pathParts(path)) {
    if (found.kind !== 'directory' || part.length === 0) return undefined;
    const entry = (await readTree(reader, handle, found.id)).find((candidate) =>
      candidate.nameBytes.equals(part),
    );
    if (!entry) return undefined;
    found = within(found.pathBytes, entry);
  }
  return found;
}

/** A directory's entries with their paths. `directory` comes from `findPath`. */
export async function listDirectory(
  reader: ObjectReader,
  handle: RepositoryHandle,
  directory: PathEntry,
): Promise<PathEntry[]> {
  const entries = await readTree(reader, handle, directory.id);
  return entries.map((entry) => within(directory.pathBytes, entry));
}

/**
 * What lies in a directory and below, breadth first, down to `maxDepth` levels (1: the directory's own entries).
 * Reads a tree only when the walk gets there: stop taking and nothing more is read.
 */
export async function* walkDirectory(
  reader: ObjectReader,
  handle: RepositoryHandle,
  directory: PathEntry,
  maxDepth: number,
): AsyncGenerator<PathEntry> {
  let level = [directory];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth += 1) {
    const next: PathEntry[] = [];
    for (const parent of level) {
      for (const entry of await listDirectory(reader, handle, parent)) {
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
