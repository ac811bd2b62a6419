import { stat } from 'node:fs/promises';
import { wasTarget } from '../../audit/index.ts';
import { mayHoldObjects } from '../../git/inspect.ts';
import type { Grant } from '../../gate/index.ts';
import { everyRepository } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';

/** Younger folders may belong to a command line that is making a repository at this moment: they are told of, and never removed. */
export const SETTLED_MS = 3600_000;

/** A repository on the disk, with its wiki. */
export interface UnknownRepository {
  readonly id: string;
  /** Of one of its folders. */
  readonly path: string;
  /**
   * It was never finished or is what a deletion left behind: all of it is empty, or this database has written down what
   * was done to it. Anything else may belong to another database, or to a newer state of this one than was restored.
   */
  readonly isOurs: boolean;
  /** It has lain there for `SETTLED_MS`; what was restored from a backup a moment ago has not. */
  readonly isSettled: boolean;
}

/** What lies on the disk and no row names. */
export async function unknownRepositories(
  { database, storage, clock }: Services,
  _grant: Grant<'host.inspect'>,
): Promise<UnknownRepository[]> {
  const known = new Set((await everyRepository(database)).map(({ id }) => id));
  const folders = Map.groupBy(await storage.list(), ({ id }) => id);
  const unknown: UnknownRepository[] = [];
  for (const [id, [first, ...others]] of folders) {
    if (known.has(id) || first === undefined) continue;
    // Both folders go together, so that one of them speaks for neither alone.
    const paths = [first, ...others].map(({ path }) => path);
    const settledAt = Math.max(...(await Promise.all(paths.map(settledSince))));
    const holds = await Promise.all(paths.map(mayHoldObjects));
    const isOurs = !holds.includes(true) || (await wasTarget(database, 'repository', id));
    unknown.push({ id, path: first.path, isOurs, isSettled: settledAt < clock() - SETTLED_MS });
  }
  return unknown;
}

/** When the folder was last made, moved to its place or written to. Its HEAD may be missing: it is not known to be whole. */
async function settledSince(path: string): Promise<number> {
  const { mtimeMs, ctimeMs } = await stat(path);
  return Math.max(mtimeMs, ctimeMs);
}
