import { stat } from 'node:fs/promises';
import { wasTarget } from '../../audit/index.ts';
import { shapeOf } from '../../git/upkeep/index.ts';
import type { Grant } from '../../gate/index.ts';
import { everyRepository } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';

/** Younger folders may belong to a command line that is making a repository at this moment. */
const SETTLED_MS = 3600_000;

export interface UnknownRepository {
  readonly id: string;
  readonly path: string;
  /**
   * It was never finished or is what a deletion left behind: it is empty, or this database has written down what was done
   * to it. Anything else may belong to another database, or to a newer state of this one than the one that was restored.
   */
  readonly isOurs: boolean;
}

/** Repositories and wikis on the disk that no row names, for an hour at least. */
export async function unknownRepositories(
  { database, storage, clock }: Services,
  _grant: Grant<'host.inspect'>,
): Promise<UnknownRepository[]> {
  const known = new Set((await everyRepository(database)).map(({ id }) => id));
  const unknown: UnknownRepository[] = [];
  for (const { id, path } of await storage.list()) {
    if (known.has(id) || (await settledSince(path)) >= clock() - SETTLED_MS) continue;
    const isOurs = (await isEmpty(path)) || (await wasTarget(database, 'repository', id));
    unknown.push({ id, path, isOurs });
  }
  return unknown;
}

/** When the folder was last made, moved to its place or written to. Its HEAD may be missing: it is not known to be whole. */
async function settledSince(path: string): Promise<number> {
  const { mtimeMs, ctimeMs } = await stat(path);
  return Math.max(mtimeMs, ctimeMs);
}

async function isEmpty(path: string): Promise<boolean> {
  const { packs, looseObjects } = await shapeOf(path);
  return packs === 0 && looseObjects === 0;
}
