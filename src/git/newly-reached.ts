import { createInterface } from 'node:readline';
import { readCommit } from './commits.ts';
import type { RepositoryHandle } from './handle.ts';
import { assertObjectId, type ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';
import { endGit, gitEnd, streamGit } from './process.ts';
import { GitFailed } from './process-error.ts';

/** As far as an ordinary push is followed without starting a process. */
const LONGEST_LINE = 32;

export interface Move {
  readonly old: ObjectId;
  readonly new: ObjectId;
}

/**
 * Which of these commits a branch came to contain as it moved: what its new tip leads to and its old one did not.
 *
 * @throws GitFailed where one of the tips is gone, as where somebody pruned
 */
export async function newlyReached(
  reader: ObjectReader,
  handle: RepositoryHandle,
  move: Move,
  candidates: ReadonlySet<ObjectId>,
): Promise<ReadonlySet<ObjectId>> {
  for (const id of [move.old, move.new, ...candidates]) assertObjectId(id);
  if (candidates.size === 0 || move.old === move.new) return new Set();
  const line = await lineOf(reader, handle, move);
  return line === undefined ? reachedByGit(handle, move, candidates) : candidates.intersection(line);
}

/** What was added on top of the old tip, where that is one short line of commits. */
async function lineOf(
  reader: ObjectReader,
  handle: RepositoryHandle,
  move: Move,
): Promise<ReadonlySet<ObjectId> | undefined> {
  const line = new Set<ObjectId>();
  let current = move.new;
  while (line.size < LONGEST_LINE) {
    // What cannot be read in this way is left to Git.
    const commit = await readCommit(reader, handle, current).catch(() => undefined);
    const [parent, ...more] = commit?.parents ?? [];
    if (parent === undefined || more.length > 0) return undefined;
    line.add(current);
    if (parent === move.old) return line;
    current = parent;
  }
  return undefined;
}

async function reachedByGit(
  handle: RepositoryHandle,
  { old, new: tip }: Move,
  candidates: ReadonlySet<ObjectId>,
): Promise<ReadonlySet<ObjectId>> {
  const found = new Set<ObjectId>();
  const child = streamGit(handle, ['rev-list', tip, `^${old}`], { noInput: true });
  try {
    for await (const id of createInterface({ input: child.stdout })) {
      if (candidates.has(id)) found.add(id);
      if (found.size === candidates.size) return found;
    }
    const { code, stderr } = await gitEnd(child);
    if (code !== 0) throw new GitFailed('rev-list', code, stderr);
    return found;
  } finally {
    endGit(child);
  }
}
