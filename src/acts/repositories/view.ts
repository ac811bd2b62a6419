import { accountOf, type Grant, type Role, type Visibility } from '../../gate/index.ts';
import {
  listRepositories,
  repositoryById,
  type Repository,
  type RepositoryQuery,
} from '../../hosting/index.ts';
import { defaultBranches } from '../../git/default-branches.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { branchPrefix, shortRefName } from '../../git/ref-name.ts';
import { defaultRef } from '../../git/refs.ts';
import { openForReading } from '../../git/open.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { PullRequestGrant } from '../pull-requests/view.ts';

type ViewingGrant =
  | Grant<'repository.view'>
  | Grant<'repository.settings'>
  | Grant<'repository.update'>
  | Grant<'source.read'>
  | Grant<'status.write'>
  | Grant<'ref.create'>
  | PullRequestGrant
  | Grant<'wiki.read'>
  | Grant<'role.list'>
  | Grant<'access_token.list'>
  | Grant<'access_key.list'>
  | Grant<'webhook.list'>
  | Grant<'pull_request.notify'>;

/** The repository of the grant. */
export async function viewRepository(services: Services, grant: ViewingGrant): Promise<Repository> {
  const [{ id }] = grant.targets;
  return viewById(services, id);
}

/** The repository of a grant that stands behind whoever asks. */
export const viewOwnRepository = (
  services: Services,
  { targets: [, { id }] }: Grant<'webhook.change'>,
): Promise<Repository> => viewById(services, id);

async function viewById(services: Services, id: string): Promise<Repository> {
  const repository = await repositoryById(services.database, id);
  if (repository === undefined || repository.deletedAt !== null) {
    throw new Problem('not_found', 'This repository no longer exists.');
  }
  return repository;
}

export interface RepositoryPage {
  readonly repositories: Repository[];
  /** How many there are in all. */
  readonly size: number;
}

const OWNS_ALL: ReadonlySet<Visibility['seenBy']['type']> = new Set(['repository', 'project', 'workspace']);

/**
 * One page of the repositories that the grant shows. `role` keeps those on which the asker holds at least that role: what
 * owns itself, an access token or the app user of a consumer, counts as admin of all that it is shown.
 */
export async function listVisibleRepositories(
  services: Services,
  grant: Grant<'repository.list'> | Grant<'repository.search'>,
  query: Omit<RepositoryQuery, 'heldBy'> & { readonly role?: Role },
): Promise<RepositoryPage> {
  const { role, ...rest } = query;
  const account = accountOf(grant.principal);
  const { seenBy } = grant.visibility;
  const ownsAll = OWNS_ALL.has(seenBy.type);
  if (role === undefined || ownsAll) return listRepositories(services.database, grant.visibility, rest);
  if (account === null) return { repositories: [], size: 0 };
  return listRepositories(services.database, grant.visibility, {
    ...rest,
    heldBy: { accountId: account.id, role },
  });
}

/** The default branch of each of these, which the grant's list showed; null while it has no commit. */
export const viewDefaultBranches = (
  services: Services,
  grant: Grant<'repository.list'>,
  repositories: readonly Repository[],
): Promise<ReadonlyMap<string, string | null>> =>
  defaultBranches(
    services.storage,
    grant,
    repositories.map(({ id }) => id),
  );

/** The bytes on the disk of each of these, which the grant's list showed, as far as they can be read. */
export const viewSizes = (
  { storage, sizes }: Services,
  grant: Grant<'repository.list'>,
  repositories: readonly Repository[],
): Promise<ReadonlyMap<string, number>> => sizes.ofListed(storage, grant, repositories);

/** The default branch, null while it has no commit, and the bytes on the disk. Takes a grant that opens the Git data. */
export async function viewRepositoryData(
  services: Services,
  grant: Grant<'source.read'> | Grant<'repository.update'>,
): Promise<{ readonly mainBranch: string | null; readonly size: number }> {
  const handle = await openForReading(services.storage, grant);
  return { mainBranch: await mainBranchOf(services, handle), size: await services.sizes.of(handle) };
}

/** The default branch, null while it has no commit. */
export async function mainBranchOf(services: Services, handle: RepositoryHandle): Promise<string | null> {
  const head = await defaultRef(services, handle);
  return head?.exists === true && head.ref.startsWith(branchPrefix) ? shortRefName(head.ref) : null;
}
