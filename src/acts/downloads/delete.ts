import type { Grant } from '../../gate/index.ts';
import { openForWriting } from '../../git/open.ts';
import { holdRepository, takeNameOf } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { noSuchDownload } from './names.ts';
import { removeNameless } from './remove-nameless.ts';
import { viewDownload } from './view.ts';

/** Throws `Problem` where the repository has no download of that name. */
export async function deleteDownload(
  services: Services,
  grant: Grant<'download.delete'>,
  name: string,
): Promise<void> {
  const [repository] = grant.targets;
  const handle = await openForWriting(services.storage, grant);
  await viewDownload(services, grant, name);
  const id = await change(
    services,
    grant,
    async (trx) => {
      await holdRepository(trx, repository);
      const had = await takeNameOf(trx, repository.id, name);
      if (had === undefined) throw noSuchDownload();
      return had;
    },
    () => ({ target: { type: 'repository', id: repository.id }, detail: { deleted: name } }),
  );
  await removeNameless(services, [{ id, repositoryId: repository.id }]);
  services.sizes.forget(handle);
}
