import { forEvery } from '../../git/for-every.ts';
import { removeUnfinished } from '../../git/inspect.ts';
import type { Grant } from '../../gate/index.ts';
import { everyRepository } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { removeLeftDownloads } from '../downloads/remove-nameless.ts';
import { clearKilledPushes } from '../git/clear-killed-pushes.ts';
import { orLog } from '../or-log.ts';
import { SETTLED_MS, unknownRepositories } from './unknown-repositories.ts';

/**
 * Brings the disk together with the database after a crash: takes away what an interrupted push, creation or deletion
 * left behind, and the locks that would block a ref for ever. What may be somebody's is left alone. Only for the start,
 * before the first request. What cannot be done on the disk is logged, and keeps nobody from the rest.
 */
export async function reconcileDisk(services: Services, grant: Grant<'host.inspect'>): Promise<void> {
  const { storage, spool, packs } = services;
  const now = new Date(services.clock());
  const known = new Set((await everyRepository(services.database)).map(({ id }) => id));
  const unfinished = new Date(now.getTime() - SETTLED_MS);
  await orLog(services, 'Repositories that were deleted could not be removed.', () =>
    storage.finishRemovals(),
  );
  await orLog(services, 'Files of requests that were cut off could not be removed.', () =>
    spool.sweep(Infinity),
  );
  await orLog(services, 'Downloads that are gone could not be removed.', () =>
    removeLeftDownloads(services, grant, true),
  );
  await orLog(services, 'Kept answers to clones could not be tidied.', () => packs.sweep());
  await orLog(services, 'Repositories that were never finished could not be removed.', async () =>
    forEvery(await storage.shelves(), (shelf) => removeUnfinished(shelf, unfinished)),
  );
  for (const { id, path } of await storage.list()) {
    if (known.has(id)) await clearKilledPushes(services, path, now);
  }
  await orLog(services, 'What the database does not know could not be looked at.', () =>
    reconcileUnknown(services, grant),
  );
}

async function reconcileUnknown(services: Services, grant: Grant<'host.inspect'>): Promise<void> {
  const unknown = await unknownRepositories(services, grant);
  const foreign = unknown.filter(({ isOurs }) => !isOurs);
  if (foreign.length > 0) {
    services.log.error(
      { repositories: foreign.length, path: foreign[0]?.path },
      'There are repositories on the disk that this database does not know; they are left alone. Is it the database of this data folder, and not an older state of it? `latchkey doctor` lists them.',
    );
  }
  await forEvery(
    unknown.filter(({ isOurs, isSettled }) => isOurs && isSettled),
    async ({ id }) => {
      await services.storage.remove(id);
      services.log.warn(
        { id },
        'Removed a repository that was never finished, or was deleted when the host stopped.',
      );
    },
  );
}
