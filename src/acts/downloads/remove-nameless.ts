import type { Grant } from '../../gate/index.ts';
import { removeDownload } from '../../git/downloads.ts';
import { forgetDownload, namelessDownloads } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { orLog } from '../or-log.ts';

/** What is on its way to its name gets there in seconds. */
const LEFT_MS = 3600_000;

/**
 * Takes away the files of downloads that nobody reaches any more, and then the rows that tell of them. What cannot be done
 * is logged, and tried again by the host itself.
 */
export async function removeNameless(
  services: Services,
  downloads: readonly { readonly id: string; readonly repositoryId: string }[],
): Promise<void> {
  for (const { id, repositoryId } of downloads) {
    await orLog(services, 'The file of a download that is gone could not be removed.', async () => {
      await removeDownload(services.storage.pathOf(repositoryId, 'repository'), id);
      await forgetDownload(services.database, id);
    });
  }
}

/**
 * The same of those that a crash left; `atStart`, nothing is on its way. Files that no row tells of may belong to another state
 * of the database, and stay.
 */
export async function removeLeftDownloads(
  services: Services,
  _grant: Grant<'host.inspect'>,
  atStart = false,
): Promise<void> {
  const before = atStart ? Number.MAX_SAFE_INTEGER : services.clock() - LEFT_MS;
  await removeNameless(services, await namelessDownloads(services.database, before));
}
