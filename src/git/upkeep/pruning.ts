import { stat, utimes, writeFile } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { runGitChecked } from '../process.ts';
import { letCommitsGo } from './kept-commits.ts';
import type { RepositoryHandle, WritableRepositoryHandle } from '../handle.ts';

/**
 * Removing at once what no ref leads to is not safe beside a push, whose objects are there before its refs are. So a
 * prune leaves a mark, touched while it goes on: a push writes its intent, then looks at the mark, and moves nothing when
 * it finds it younger than its own beginning; the prune makes the mark, then waits for the intents that were there.
 */
const MARK = 'latchkey-pruned';
const TOUCH_MS = 2_000;
/** A mark that was not touched for so long is of a prune that has ended. */
const FRESH_MS = 10_000;

const TASKS = [
  ['repack', '-q', '-a', '-d', '--write-bitmap-index'],
  ['prune', '--expire=now'],
  ['commit-graph', 'write', '--reachable', '--changed-paths'],
] as const;

const markOf = ({ path }: RepositoryHandle): string => join(path, MARK);

/** Whether something may have been pruned since then, by the system's clock in milliseconds. One look at a file. */
export async function prunedSince(handle: RepositoryHandle, time: number): Promise<boolean> {
  const found = await stat(markOf(handle)).catch(() => undefined);
  return found !== undefined && found.mtimeMs >= time - FRESH_MS;
}

/** When something was last pruned; 0 for never. */
export const lastPruned = (path: string): number =>
  statSync(join(path, MARK), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/**
 * Removes everything that no ref leads to, now, what pull requests show included. `settled` waits until no push is left that has said what it will move and
 * has not yet done so. @throws GitFailed, what `settled` throws, and the reason of the signal, when Git has ended; then
 * nothing is lost that a ref leads to
 */
export async function pruneNow(
  handle: WritableRepositoryHandle,
  settled: () => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  await writeFile(markOf(handle), '', { mode: 0o600 });
  const touch = () => {
    const now = new Date();
    return utimes(markOf(handle), now, now);
  };
  await touch();
  const timer = setInterval(() => void touch().catch(() => {}), TOUCH_MS);
  try {
    await settled();
    await letCommitsGo(handle);
    for (const task of TASKS) {
      signal?.throwIfAborted();
      await runGitChecked(handle, task, signal === undefined ? {} : { signal });
    }
  } finally {
    clearInterval(timer);
    await touch();
  }
}
