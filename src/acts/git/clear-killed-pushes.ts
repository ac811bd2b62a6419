import { removeStaleLocks, removeStaleQuarantines } from '../../git/inspect.ts';
import { letLeftFoldersGo } from '../../git/object-folders.ts';
import type { Services } from '../../services.ts';
import { orLog } from '../or-log.ts';

/**
 * Takes away what killed pushes left: the locks that would block a ref for ever, the folders that they kept, and their
 * quarantines, where nothing was written since `before`. Only for the start. Where something cannot be removed, the log
 * says so: somebody else's files in one repository must not keep the host from serving the others.
 */
export async function clearKilledPushes(services: Services, path: string, before: Date): Promise<void> {
  await orLog(
    services,
    'The locks of killed pushes could not be removed.',
    () => removeStaleLocks(path, before),
    {
      path,
    },
  );
  await letLeftFoldersGo(path, before);
  await orLog(
    services,
    'The quarantines of killed pushes could not be removed.',
    () => removeStaleQuarantines(path, before),
    { path },
  );
}
