import { removeUnfinished } from '../../git/inspect.ts';
import type { Grant } from '../../gate/index.ts';
import { everyRepository } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { clearKilledPushes } from '../git/clear-killed-pushes.ts';
import { SETTLED_MS, unknownRepositories } from './unknown-repositories.ts';

/**
 * Brings the disk together with the database after a crash: takes away what an interrupted push, creation or deletion
 * left behind, and the locks that would block a ref for ever. What may be somebody's is left alone. Only for the start,
 * before the first request.
 */
export async function reconcileDisk(services: Services, grant: Grant<'host.inspect'>): Promise<void> {
  const now = new Date(services.clock());
  const known = new Set((await everyRepository(services.database)).map(({ id }) => id));
  await services.storage.finishRemovals();
  await services.packs.sweep();
  for (const shelf of await services.storage.shelves()) {
    await removeUnfinished(shelf, new Date(now.getTime() - SETTLED_MS));
  }
  for (const { id, path } of await services.storage.list()) {
    if (known.has(id)) await clearKilledPushes(services, path, now);
  }
  const unknown = await unknownRepositories(services, grant);
  for (const { id } of unknown.filter(({ isOurs, isSettled }) => isOurs && isSettled)) {
    services.log.warn(
      { id },
      'Removed a repository that was never finished, or was deleted when the host stopped.',
    );
    await services.storage.remove(id);
  }
  const foreign = unknown.filter(({ isOurs }) => !isOurs);
  if (foreign.length > 0) {
    services.log.error(
      { repositories: foreign.length, path: foreign[0]?.path },
      'There are repositories on the disk that this database does not know; they are left alone. Is it the database of this data folder, and not an older state of it? `latchkey doctor` lists them.',
    );
  }
}
