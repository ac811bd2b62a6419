import { statfs } from 'node:fs/promises';
import { isFolder, missingFolder } from '../inspect.ts';
import { GitFailed } from '../process-error.ts';
import { gitSettings, runGitChecked, type GitOptions } from '../process.ts';
import { keepCommits } from './kept-commits.ts';
import { removeLeftovers } from './leftovers.ts';
import { KEPT_UNREACHABLE_DAYS, tasksFor, type Task } from './plan.ts';
import { readUpkeep, writeUpkeep } from './record.ts';
import { renewTimes } from './renew.ts';
import { shapeOf, type Shape } from './shape.ts';
import type { WritableRepositoryHandle } from '../handle.ts';
import type { ObjectId } from '../object-id.ts';

export interface UpkeepReport {
  readonly before: Shape;
  readonly after: Shape;
  readonly did: readonly Task[];
  /** What killed processes had left, as paths within the repository. */
  readonly removed: readonly string[];
  /** Why it did not all work, as a sentence for the operator; null where it did. */
  readonly failure: string | null;
  readonly tookMs: number;
}

export interface UpkeepOptions {
  /** Packs as a whole whatever the shape is. */
  readonly whole?: boolean;
  /** Commits that stay with all that they lead to, although no ref may lead to them. */
  readonly kept?: readonly ObjectId[];
  /** Ends what runs; what was done until then stays, and nothing is half done. */
  readonly signal?: AbortSignal;
  readonly now: number;
}

/** What Git is told beside what holds for every command. */
const SETTINGS = {
  'core.fsync': 'committed,pack-metadata,reference,commit-graph',
  // It has time, and others do not.
  'pack.threads': '1',
  // A third of what Git takes of itself: repacking and the graph of large histories were as quick, in 65 MB less.
  'core.deltaBaseCacheLimit': '32m',
} as const;

/** What no ref leads to goes into a pack of its own. */
const WHOLE = ['repack', '-q', '-d', '--cruft', '--write-bitmap-index'];

const ARGUMENTS: Readonly<Record<Task, readonly string[]>> = {
  refs: ['pack-refs', '--all', '--prune'],
  // And out of it when it is old enough.
  'whole repack': [...WHOLE, `--cruft-expiration=${KEPT_UNREACHABLE_DAYS}.days.ago`],
  'added repack': ['repack', '-q', '-d', '--geometric=2', '--write-midx', '--write-bitmap-index'],
  'commit-graph': ['commit-graph', 'write', '--reachable', '--split', '--changed-paths'],
};

/** Where folders lie too deep for Git to list what changed in them, it does without that. */
const PLAIN_GRAPH = ['commit-graph', 'write', '--reachable', '--split'];

const SPARE_BYTES = 256 * 1024 * 1024;

/**
 * Brings one repository into shape, beside clones and pushes that run. Every task leaves a sound repository wherever it
 * is stopped: new packs are in place before old ones go, and what is unreachable is kept for two weeks. Never throws for
 * what Git says; throws the reason of the signal.
 */
export async function keepInShape(
  handle: WritableRepositoryHandle,
  { whole = false, kept = [], signal, now }: UpkeepOptions,
): Promise<UpkeepReport> {
  const began = performance.now();
  const { path } = handle;
  if (!(await isFolder(path))) {
    const none = await shapeOf(path);
    return { before: none, after: none, did: [], removed: [], failure: missingFolder(path), tookMs: 0 };
  }
  const past = await readUpkeep(path);
  const removed = await removeLeftovers(path, now);
  const before = await shapeOf(path);
  const tasks: readonly Task[] = whole
    ? ['refs', 'whole repack', 'commit-graph']
    : tasksFor(before, past, now);
  const did: Task[] = [];
  const failures: string[] = [];
  for (const task of tasks) {
    signal?.throwIfAborted();
    if (before.packs === 0 && before.looseObjects === 0 && task !== 'refs') continue;
    const { failure, isDone } = await run(handle, task, before, kept, signal);
    if (isDone) did.push(task);
    if (failure !== null) failures.push(failure);
  }
  const failure = failures[0] ?? null;
  const tookMs = Math.round(performance.now() - began);
  if (tasks.length > 0) {
    await writeUpkeep(path, {
      at: now,
      wholeAt: did.includes('whole repack') ? now : past.wholeAt,
      tookMs,
      did,
      failures: failure === null ? 0 : past.failures + 1,
      failure,
    });
  }
  return { before, after: await shapeOf(path), did, removed, failure, tookMs };
}

interface Ran {
  readonly isDone: boolean;
  /** What did not work of it, as a sentence. */
  readonly failure: string | null;
}

async function run(
  handle: WritableRepositoryHandle,
  task: Task,
  shape: Shape,
  kept: readonly ObjectId[],
  signal: AbortSignal | undefined,
): Promise<Ran> {
  const options = {
    env: gitSettings(SETTINGS),
    background: true,
    ...(signal !== undefined && { signal }),
  };
  const failureOf = (work: Promise<unknown>): Promise<string | null> =>
    work.then(
      () => null,
      (error: unknown) => {
        signal?.throwIfAborted();
        return error instanceof Error ? error.message : String(error);
      },
    );
  if (task !== 'whole repack') {
    const failure = await failureOf(runTask(handle, task, options));
    return { isDone: failure === null, failure };
  }
  if (!(await hasRoom(handle.path, shape))) {
    const failure = 'There is too little room on the disk to pack the repository anew.';
    return { isDone: false, failure };
  }
  const unkept = await failureOf(keepCommits(handle, kept, options));
  // Where what is to stay could not be put aside, everything stays.
  const args = unkept === null ? ARGUMENTS[task] : WHOLE;
  const failure = await failureOf(renewTimes(handle.path).then(() => runGitChecked(handle, args, options)));
  return { isDone: failure === null, failure: failure ?? unkept };
}

async function runTask(handle: WritableRepositoryHandle, task: Task, options: GitOptions): Promise<void> {
  await runGitChecked(handle, ARGUMENTS[task], options).catch(async (error: unknown) => {
    const ranOut = error instanceof GitFailed && error.code < 0;
    if (task !== 'commit-graph' || !ranOut || options.signal?.aborted === true) throw error;
    await runGitChecked(handle, PLAIN_GRAPH, options);
  });
}

/** The new pack is written before the old ones go. */
async function hasRoom(path: string, { packBytes }: Shape): Promise<boolean> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize > packBytes + SPARE_BYTES;
}
