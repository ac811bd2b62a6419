import { randomUUID } from 'node:crypto';
import { accountOf, appUserOf, type Grant } from '../../gate/index.ts';
import { keepDownload } from '../../git/downloads.ts';
import { openForWriting } from '../../git/open.ts';
import {
  announceDownloads,
  countDownloads,
  holdRepository,
  nameDownload,
  takeNameOf,
  type DownloadAuthor,
} from '../../hosting/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { chooseDownloadName } from './names.ts';
import { removeNameless } from './remove-nameless.ts';

type WritingGrant = Grant<'download.write'>;

/** A file that came with a request; its act takes it from where it lies. */
export interface UploadedFile {
  readonly filename: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

const MOST_DOWNLOADS = 1000;

/**
 * Makes the files downloads of the repository, all of them or none; each replaces what has its name. Until then nobody
 * reaches them. Throws `Problem` for names that are none and for one more than a repository has.
 */
export async function uploadDownloads(
  services: Services,
  grant: WritingGrant,
  files: readonly UploadedFile[],
): Promise<void> {
  const [repository] = grant.targets;
  // What a form sends for a field in which nothing was chosen.
  const chosen = files.filter(({ filename, size }) => filename !== '' || size > 0);
  if (chosen.length === 0) throw invalid('files', 'Choose a file.');
  const downloads = chosen.map((file) => ({
    ...file,
    id: randomUUID(),
    name: chooseDownloadName(file.filename),
  }));
  const twice = downloads.find(({ name }, index) => downloads.findIndex((one) => one.name === name) < index);
  if (twice !== undefined)
    throw invalid('files', `Two of the files are called ${JSON.stringify(twice.name)}; send one of them.`);
  const handle = await openForWriting(services.storage, grant);
  await announceDownloads(services.database, repository.id, downloads, authorOf(grant), services.clock());
  const places = (ids: readonly string[]) => ids.map((id) => ({ id, repositoryId: repository.id }));
  let replaced: readonly string[];
  try {
    for (const { id, path } of downloads) await keepDownload(handle, id, path);
    replaced = await change(
      services,
      grant,
      async (trx, now) => {
        await holdRepository(trx, repository);
        const without: string[] = [];
        for (const { id, name } of downloads) {
          const had = await takeNameOf(trx, repository.id, name);
          if (had !== undefined) without.push(had);
          await nameDownload(trx, { repositoryId: repository.id, id, name }, now);
        }
        if ((await countDownloads(trx, repository.id)) > MOST_DOWNLOADS) throw tooMany();
        return without;
      },
      () => ({
        target: { type: 'repository', id: repository.id },
        detail: { uploaded: downloads.map(({ name }) => name) },
      }),
    );
  } catch (error) {
    await removeNameless(services, places(downloads.map(({ id }) => id)));
    throw error;
  }
  await removeNameless(services, places(replaced));
  services.sizes.forget(handle);
}

const tooMany = (): Problem =>
  new Problem(
    'conflict',
    `A repository has at most ${MOST_DOWNLOADS} downloads: delete some, or use their names again.`,
  );

function authorOf({ principal }: WritingGrant): DownloadAuthor {
  const credential_id = principal.type === 'credential' ? principal.credentialId : null;
  const appUser = appUserOf(principal);
  return appUser === null
    ? { actor_type: 'account', actor_id: accountOf(principal)?.id ?? '', credential_id }
    : { actor_type: 'app_user', actor_id: appUser.id, credential_id };
}
