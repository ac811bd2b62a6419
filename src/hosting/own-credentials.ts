import { pageOfCredentials, type CredentialPage } from '../credentials/list.ts';
import { belongsToRepository, type RepositoryPlace } from '../credentials/opening.ts';
import type { Handle } from '../store/handle.ts';

/**
 * One page of what enters a repository without belonging to a person, the newest first: its access tokens, access keys, and the
 * credentials named besides. What has ended is not among them.
 */
export const pageOfOwnCredentials = (
  db: Handle,
  {
    besides,
    ...place
  }: Pick<RepositoryPlace, 'repositoryId' | 'projectId'> & { readonly besides: readonly string[] },
  window: { readonly offset: number; readonly limit: number },
  now: number,
): Promise<CredentialPage> =>
  pageOfCredentials(
    db,
    (where) =>
      where.or([
        belongsToRepository(where, place),
        ...(besides.length === 0 ? [] : [where('credential.id', 'in', besides)]),
      ]),
    { ended: false, ...window },
    now,
  );
