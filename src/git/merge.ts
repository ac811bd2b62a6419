import { createReadStream } from 'node:fs';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { constants, createInflate, inflateSync } from 'node:zlib';
import type { ObjectType } from './batch-process.ts';
import { COMPARING, withoutAttributes } from './diff.ts';
import type { RepositoryHandle } from './handle.ts';
import { assertObjectId, parseObjectId, type ObjectId } from './object-id.ts';
import { LOOSE_FOLDER } from './object-listing.ts';
import type { NewObject } from './pack-writer.ts';
import { GitFailed, GitOutputTooLarge } from './process-error.ts';
import { gitSettings, runGit, type GitOptions } from './process.ts';
import { ObjectTooLarge } from './object-error.ts';
import { entriesIn, hashBytesOf, maximalTreeBytes } from './tree.ts';

/** Merges of two commits by git-merge-tree(1), which writes neither refs nor an index. */

export interface Merged {
  /** Paths that Git cannot merge, sorted as Git has them; empty where it could merge all. No more than a thousand. */
  readonly conflicts: readonly string[];
  /** The files of both; where there are conflicts, with the marks of them. */
  readonly tree: ObjectId;
  /** What of the tree the repository has not; none where there are conflicts. Read from the scratch folder when a pack is written. */
  readonly objects: readonly NewObject[];
  /** Removes the scratch folder. */
  readonly end: () => Promise<void>;
}

const MOST_CONFLICTS = 1000;
/** Each is a file, and remembered until it is pushed. */
const MOST_OBJECTS = 100_000;
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Nothing of a merge is for later, so that no disk is waited for; every file that went is held against every one that came,
 * and where there are more than these, only those that did not change count as renamed.
 */
const SETTINGS = { 'core.fsync': 'none', 'merge.renameLimit': '1000', 'merge.renormalize': 'false' };

/** Whatever removes the quarantines that a crash left finds it; and no prune of Git's takes it away from under a merge. */
const SCRATCH = 'incoming-merge-';

/**
 * Merges one commit into another. What Git writes lies in a scratch folder of the repository, in which nobody else looks,
 * until `end` is called: where it throws, it was removed. Nothing in the files can name a program or change how they are
 * merged: attributes in them do not count. @throws GitFailed where they have no common ancestor, and where Git gives up over
 * what it is to do; the reason of the signal
 */
export async function mergeCommits(
  handle: RepositoryHandle,
  ours: ObjectId,
  theirs: ObjectId,
  options: Pick<GitOptions, 'signal'>,
): Promise<Merged> {
  assertObjectId(ours);
  assertObjectId(theirs);
  const scratch = await mkdtemp(join(handle.path, 'objects', SCRATCH));
  const end = () => rm(scratch, { recursive: true, force: true });
  try {
    const { tree, conflicts } = await runMerge(handle, [ours, theirs], scratch, options);
    const objects = conflicts.length > 0 ? [] : await objectsBelow(scratch, tree);
    return { tree, conflicts, objects, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function runMerge(
  handle: RepositoryHandle,
  commits: readonly [ObjectId, ObjectId],
  scratch: string,
  options: Pick<GitOptions, 'signal'>,
): Promise<Pick<Merged, 'tree' | 'conflicts'>> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ...commits];
  try {
    const { stdout, stderr, code } = await runGit(handle, args, {
      ...options,
      ...COMPARING,
      env: {
        ...gitSettings(SETTINGS),
        ...withoutAttributes(commits[0]),
        GIT_OBJECT_DIRECTORY: scratch,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: join(handle.path, 'objects'),
      },
      maxOutputBytes: MOST_OUTPUT_BYTES,
    });
    if (code !== 0 && code !== 1) throw new GitFailed('merge-tree', code, stderr);
    const said = parseMerge(stdout);
    if (said === undefined || said.conflicts.length > 0 !== (code === 1))
      throw new GitFailed('merge-tree', code, stderr);
    return said;
  } catch (error) {
    // Nothing but conflicts makes it write so much.
    const said = error instanceof GitOutputTooLarge ? parseMerge(error.partial) : undefined;
    if (said === undefined) throw error;
    return said;
  }
}

/** The id of a tree, and of files that conflict their names, each with a zero byte at its end. */
function parseMerge(output: Buffer): Pick<Merged, 'tree' | 'conflicts'> | undefined {
  const words = output.toString('utf8').split('\0');
  // What stands behind the last one is nothing, or was cut off.
  words.pop();
  const [first = '', ...paths] = words;
  const tree = parseObjectId(first);
  return tree === undefined ? undefined : { tree, conflicts: paths.slice(0, MOST_CONFLICTS) };
}

/** What the tree leads to within the scratch folder: a merge of several ancestors leaves more in it. */
async function objectsBelow(scratch: string, root: ObjectId): Promise<NewObject[]> {
  const written = await objectsIn(scratch);
  if (written.size > MOST_OBJECTS) throw new GitFailed('merge-tree', 0, 'error: too many objects');
  const found: NewObject[] = [];
  const ahead: ObjectId[] = [];
  // Each is there once, however many trees name it.
  const meet = (id: ObjectId): void => {
    if (written.delete(id)) ahead.push(id);
  };
  meet(root);
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    const path = join(scratch, id.slice(0, 2), id.slice(2));
    const object = { id, ...(await headOf(path)), content: () => contentOf(path) };
    found.push(object);
    if (object.type !== 'tree') continue;
    if (object.size > maximalTreeBytes) throw new ObjectTooLarge(id, object.size, maximalTreeBytes);
    const bytes = await buffer(object.content());
    for (const entry of entriesIn(bytes, hashBytesOf(id))) meet(entry.id);
  }
  return found;
}

async function objectsIn(scratch: string): Promise<Set<ObjectId>> {
  const ids = new Set<ObjectId>();
  for (const folder of await readdir(scratch)) {
    if (!LOOSE_FOLDER.test(folder)) continue;
    for (const name of await readdir(join(scratch, folder))) {
      const id = parseObjectId(folder + name);
      if (id !== undefined) ids.add(id);
    }
  }
  return ids;
}

const HEAD = /^(commit|tree|blob|tag) (\d+)\0/;
/** Much more than a head has, compressed or not. */
const HEAD_BYTES = 128;

async function headOf(path: string): Promise<{ readonly type: ObjectType; readonly size: number }> {
  const file = await open(path);
  try {
    const { buffer: bytes, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const options = { finishFlush: constants.Z_SYNC_FLUSH };
    const text = inflateSync(bytes.subarray(0, bytesRead), options).toString('latin1');
    const [, type, size] = HEAD.exec(text) ?? [];
    if (type === undefined) throw new TypeError('Git wrote an object without its head.');
    return { type: type as ObjectType, size: Number(size) };
  } finally {
    await file.close();
  }
}

/** The bytes of a loose object behind its head, as they are unpacked. */
async function* contentOf(path: string): AsyncGenerator<Buffer> {
  const inflating = createInflate();
  const poured = pipeline(createReadStream(path), inflating);
  // What went wrong is heard from the stream that is read.
  poured.catch(() => {});
  let isBehindHead = false;
  for await (const chunk of inflating as AsyncIterable<Buffer>) {
    if (isBehindHead) yield chunk;
    else yield chunk.subarray(chunk.indexOf(0) + 1);
    isBehindHead = true;
  }
}
