import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTag } from './commit.ts';
import { branchPrefix, isValidRefName, shortRefName } from './ref-name.ts';
import { bytesOfRefText } from './ref-text.ts';
import { runGitChecked } from './process.ts';
import type { ObjectInfo, ObjectType } from './batch-process.ts';
import type { Tag } from './commit.ts';
import type { RepositoryHandle, WritableRepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';
import type { RefKeeper } from './snapshot/keeper.ts';
import type { SnapshotRef } from './snapshot/snapshot.ts';

export type Ref = {
  /** The full name, e.g. `refs/heads/feature/x`. */
  readonly ref: string;
  /** What people call it, e.g. `feature/x`. */
  readonly name: string;
  readonly id: ObjectId;
  readonly type: ObjectType;
  /** What an annotated tag leads to (one step); for every other ref as `id` and `type`. */
  readonly target: ObjectId;
  readonly targetType: ObjectType;
};

const fields = '%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)';

/** Where refs are read: as they are remembered, with the kept processes for the objects that they lead to. */
export interface RefSource {
  readonly refs: Pick<RefKeeper, 'snapshot' | 'nature'>;
  readonly objects: ObjectReader;
}

/** The refs of exactly these full names that exist. Names that cannot be refs are answered with nothing. */
export async function readRefs(
  source: RefSource,
  handle: RepositoryHandle,
  names: readonly string[],
): Promise<ReadonlyMap<string, Ref>> {
  const snapshot = await source.refs.snapshot(handle);
  if (snapshot === undefined) return readRefsByGit(handle, names);
  const found = new Map<string, Ref>();
  for (const name of names) {
    const ref = snapshot.find(bytesOfRefText(name).toString('latin1'));
    if (ref !== undefined) found.set(name, await withTarget(source.objects, handle, name, ref));
  }
  return found;
}

/** A ref of the snapshot under its name in text, with what it leads to. */
export async function withTarget(
  reader: ObjectReader,
  handle: RepositoryHandle,
  name: string,
  { id, type }: Pick<SnapshotRef, 'id' | 'type'>,
): Promise<Ref> {
  const ref = { ref: name, name: shortRefName(name), id, type };
  if (type !== 'tag') return { ...ref, target: id, targetType: type };
  const { object, objectType } = await readTag(reader, handle, id);
  return { ...ref, target: object, targetType: objectType as ObjectType };
}

/** What `readRefs` answers, by processes of Git's own. */
export async function readRefsByGit(
  handle: RepositoryHandle,
  names: readonly string[],
): Promise<ReadonlyMap<string, Ref>> {
  const found = new Map<string, Ref>();
  const patterns = names.filter(isValidRefName).map(exactPattern);
  for (let start = 0; start < patterns.length; start += 500) {
    const output = await runGitChecked(handle, [
      'for-each-ref',
      `--format=${fields}`,
      ...patterns.slice(start, start + 500),
    ]);
    for (const line of output.toString('utf8').split('\n')) {
      const ref = parseRefLine(line);
      if (ref) found.set(ref.ref, ref);
    }
  }
  return found;
}

export async function readRef(
  source: RefSource,
  handle: RepositoryHandle,
  name: string,
): Promise<Ref | undefined> {
  return (await readRefs(source, handle, [name])).get(name);
}

/**
 * A plain name as pattern would also list everything below it, were it a folder of refs. One letter in brackets makes
 * it a glob, which matches the whole name only. Letters are never special there and every valid name under refs/ has one.
 */
function exactPattern(name: string): string {
  return name.replace(/^(.*)([A-Za-z0-9])/, '$1[$2]');
}

function parseRefLine(line: string): Ref | undefined {
  const [ref = '', id = '', type = '', target = '', targetType = ''] = line.split('\0');
  if (ref === '') return undefined;
  return {
    ref,
    name: shortRefName(ref),
    id,
    type: type as ObjectType,
    target: target === '' ? id : target,
    targetType: (targetType === '' ? type : targetType) as ObjectType,
  };
}

/** The annotation of an annotated tag; undefined for a lightweight one. */
export async function readAnnotation(
  reader: ObjectReader,
  handle: RepositoryHandle,
  ref: Ref,
): Promise<Tag | undefined> {
  if (ref.type !== 'tag') return undefined;
  return readTag(reader, handle, ref.id);
}

/** What names the tagged object comes first, and of a longer message only the beginning is shown: no tag is too large. */
const TAG_BYTES = 1024 * 1024;

async function readTag(reader: ObjectReader, handle: RepositoryHandle, id: ObjectId): Promise<Tag> {
  const { bytes } = await reader.readBeginning(handle, id, TAG_BYTES);
  return parseTag(id, bytes);
}

/** Follows annotated tags to what they tag. @throws ObjectNotFound */
export async function peel(
  reader: ObjectReader,
  handle: RepositoryHandle,
  id: ObjectId,
): Promise<ObjectInfo> {
  let object = await reader.objectInfo(handle, id);
  for (let depth = 0; object.type === 'tag' && depth < 50; depth += 1) {
    const tag = await readTag(reader, handle, object.id);
    object = await reader.objectInfo(handle, tag.object);
  }
  return object;
}

/** The full name of the branch that HEAD names, whether or not it exists yet; undefined where HEAD names none. */
export function readHead(handle: RepositoryHandle): string | undefined {
  // At once: handing over so short a file costs several times as much as reading it.
  const text = readFileSync(join(handle.path, 'HEAD'), 'utf8');
  return /^ref: (refs\/\S+)\n?$/.exec(text)?.[1];
}

/** The full name of the ref that HEAD names, and whether it exists; undefined where HEAD names none. */
export async function defaultRef(
  source: RefSource,
  handle: RepositoryHandle,
): Promise<{ readonly ref: string; readonly exists: boolean } | undefined> {
  const snapshot = await source.refs.snapshot(handle);
  if (snapshot !== undefined) {
    const { symbolic, id } = snapshot.head;
    if (symbolic === null) return undefined;
    return { ref: Buffer.from(symbolic, 'latin1').toString(), exists: id !== null };
  }
  const ref = readHead(handle);
  return ref === undefined ? undefined : { ref, exists: (await readRef(source, handle, ref)) !== undefined };
}

/** The ref that another one is only a name for; undefined for one with a value of its own. Symbolic refs are never packed. */
export async function symbolicTarget(handle: RepositoryHandle, ref: string): Promise<string | undefined> {
  if (!isValidRefName(ref)) return undefined;
  try {
    return /^ref:\s*(\S+)/.exec(await readFile(join(handle.path, ref), 'utf8'))?.[1];
  } catch (error) {
    // A folder of refs, a ref in packed-refs, or none.
    if (error instanceof Error && 'code' in error && ABSENT.has(error.code)) return undefined;
    throw error;
  }
}

const ABSENT: ReadonlySet<unknown> = new Set(['ENOENT', 'EISDIR', 'ENOTDIR']);

/** Makes a branch, by its full name, what HEAD names: the default branch of a clone. @throws TypeError for any other name */
export async function setHead(handle: WritableRepositoryHandle, ref: string): Promise<void> {
  if (!ref.startsWith(branchPrefix) || !isValidRefName(ref)) {
    throw new TypeError('The full name of a branch was expected.');
  }
  await runGitChecked(handle, ['symbolic-ref', 'HEAD', ref]);
}
