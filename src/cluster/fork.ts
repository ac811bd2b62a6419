import cluster, { type Worker } from 'node:cluster';
import { availableParallelism } from 'node:os';
import { workerPath } from '../main-path.ts';

let early: Worker | undefined;

/**
 * Begins loading the first worker of a host that will have several, before its command line is read: that takes a tenth of
 * a second, in which another core loads what answers. It waits for what it begins with (`worker.ts`).
 *
 * @param data the data folder
 * @param workers how many were asked for, where it was said
 */
export function forkEarly(data: string, workers: string | undefined): { readonly endUnused: () => void } {
  if (Number(workers ?? availableParallelism()) > 1) early = fork(data);
  return { endUnused };
}

/** A process that loads what answers requests: the one that was begun early, where there is one. */
export function forkWorker(data: string): Worker {
  const worker = early;
  early = undefined;
  return worker === undefined || worker.isDead() ? fork(data) : worker;
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
