import { removeStaleLocks, removeStaleQuarantines } from '../../git/inspect.ts';
import { letLeftFoldersGo } from '../../git/object-folders.ts';
import type { Services } from '../../services.ts';

/**
 * Takes away what killed pushes left in quarantine, the folders that they kept, and the locks that would block a ref for
 * ever, where nothing was written since `before`. Only for the start. Where it cannot be done, the log says so: somebody
 * else's files in one repository must not keep the host from serving the others.
 */
export async function clearKilledPushes(services: Services, path: string, before: Date): Promise<void> {
  try {
    await removeStaleQuarantines(path, before);
    await letLeftFoldersGo(path);
    await removeStaleLocks(path, before);
  } catch (error) {
    services.log.error({ path, error }, 'What killed pushes left in a repository could not be removed.');
  }
}
