import { stat } from 'node:fs/promises';
import { removeStaleLocks, removeStaleQuarantines, removeUnfinished } from '../../git/inspect.ts';
import type { Grant } from '../../gate/index.ts';
import { everyRepository } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';

/** Younger folders may belong to a command line that is making a repository at this moment. */
const SETTLED_MS = 3600_000;

/** When the folder was last made, moved to its place or written to. Its HEAD may be missing: it is not known to be whole. */
async function settledSince(path: string): Promise<number> {
  const { mtimeMs, ctimeMs } = await stat(path);
  return Math.max(mtimeMs, ctimeMs);
}

/**
 * Brings the disk together with the database after a crash: takes away what an interrupted push, creation or deletion
 * left behind, and the locks that would block a ref for ever. Only for the start, before the first request.
 */
export async function reconcileDisk(services: Services, _grant: Grant<'host.inspect'>): Promise<void> {
  const now = new Date(services.clock());
  const known = new Set((await everyRepository(services.database)).map(({ id }) => id));
  await services.storage.finishRemovals();
  await services.packs.sweep();
  for (const shelf of await services.storage.shelves()) {
    await removeUnfinished(shelf, new Date(now.getTime() - SETTLED_MS));
  }
  for (const { id, path } of await services.storage.list()) {
    if (known.has(id)) {
      await removeStaleQuarantines(path, now);
      await removeStaleLocks(path, now);
    } else if ((await settledSince(path)) < now.getTime() - SETTLED_MS) {
      services.log.warn(
        { id },
        'Removed a repository that was never finished, or was deleted when the host stopped.',
      );
      await services.storage.remove(id);
    }
  }
}
