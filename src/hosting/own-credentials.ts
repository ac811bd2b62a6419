import { pageOfCredentials, type CredentialPage } from '../credentials/list.ts';
import type { Handle } from '../store/handle.ts';

/**
 * One page of what enters a repository without belonging to a person, the newest first: its access tokens, the access keys
 * that open it, by itself or by its project, and the credentials named besides. What has ended is not among them.
 */
export const pageOfOwnCredentials = (
  db: Handle,
  {
    repositoryId,
    projectId,
    besides,
  }: { readonly repositoryId: string; readonly projectId: string; readonly besides: readonly string[] },
  window: { readonly offset: number; readonly limit: number },
  now: number,
): Promise<CredentialPage> =>
  pageOfCredentials(
    db,
    (where) =>
      where.or([
        where.and([where('owner_type', '=', 'repository'), where('owner_id', '=', repositoryId)]),
        where(
          'credential.id',
          'in',
          where
            .selectFrom('access_key_place')
            .select('access_key_place.credential_id')
            .where('live', '=', 1)
            .where((or) =>
              or.or([
                or.and([or('place_type', '=', 'repository'), or('place_id', '=', repositoryId)]),
                or.and([or('place_type', '=', 'project'), or('place_id', '=', projectId)]),
              ]),
            ),
        ),
        ...(besides.length === 0 ? [] : [where('credential.id', 'in', besides)]),
      ]),
    { ended: false, ...window },
    now,
  );
