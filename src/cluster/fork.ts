import cluster, { type Worker } from 'node:cluster';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { workerPath } from '../main-path.ts';

let early: Worker | undefined;
/** What the early one said while nobody listened yet. */
const unheard: unknown[] = [];
const keep = (message: unknown): void => void unheard.push(message);

/**
 * Begins loading the first worker of a host that will have several, before its command line is read: that takes a tenth of
 * a second, in which another core loads what answers. It waits for what it begins with (`worker.ts`).
 *
 * @param data the data folder
 * @param workers how many were asked for, where the command line or the environment says so
 */
export function forkEarly(data: string, workers: string | undefined): { readonly endUnused: () => void } {
  if (Number(workers || (settingsFile(data)['workers'] ?? availableParallelism())) > 1) {
    try {
      early = fork(data);
      early.on('message', keep);
    } catch {
      // Where no process can be started, whoever needs one says so.
    }
  }
  return { endUnused };
}

/**
 * A process that loads what answers requests: the one that was begun early, where there is one. What it says is heard by
 * whoever listens by the end of this turn.
 */
export function forkWorker(data: string): Worker {
  const worker = early;
  early = undefined;
  if (worker === undefined || worker.isDead()) return fork(data);
  worker.off('message', keep);
  process.nextTick(() => {
    for (const message of unheard) worker.emit('message', message);
  });
  return worker;
}

/** Whoever has no use for the one that was begun early: it would keep this process from ending. */
export function endUnused(): void {
  early?.process.kill('SIGKILL');
  early = undefined;
}

function fork(data: string): Worker {
  cluster.setupPrimary({ exec: workerPath, args: [data] });
  const worker = cluster.fork();
  // Of one whose channel broke we are told by its exit.
  worker.on('error', () => {});
  return worker;
}

/** Unread where it cannot be: what is wrong with it is said by who reads it for good. */
function settingsFile(data: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(readFileSync(join(data, 'latchkey.json'), 'utf8'))) as Record<string, unknown>;
  } catch {
    return {};
  }
}
