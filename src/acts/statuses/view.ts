import type { Grant } from '../../gate/index.ts';
import {
  countStatuses,
  findStatus,
  listStatuses,
  type CommitStatus,
  type StateCounts,
} from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { PullRequestGrant } from '../pull-requests/view.ts';
import type { Commit } from '../source/commits.ts';

export type { CommitStatus, StateCounts, StatusState } from '../../hosting/index.ts';

type ReadingGrant = Grant<'source.read'> | Grant<'status.write'> | PullRequestGrant;

/** The statuses of a commit of the grant's repository, the first that was written first. */
export const viewStatuses = (
  { database }: Services,
  { targets: [repository] }: ReadingGrant,
  commit: Pick<Commit, 'id'>,
): Promise<CommitStatus[]> => listStatuses(database, repository.id, commit.id);

/** One status of a commit of the grant's repository. Throws `Problem` where it has none of that key. */
export async function viewStatus(
  services: Services,
  grant: ReadingGrant,
  commit: Commit,
  key: string,
): Promise<CommitStatus> {
  const [repository] = grant.targets;
  const status = await findStatus(services.database, repository.id, commit.id, key);
  if (status === undefined) throw noSuchStatus();
  return status;
}

/** How the builds of commits of the grant's repository stand, by the full hash; commits without a status are left out. */
export const viewStateCounts = (
  { database }: Services,
  { targets: [repository] }: ReadingGrant,
  commits: readonly Pick<Commit, 'id'>[],
): Promise<ReadonlyMap<string, StateCounts>> =>
  countStatuses(
    database,
    repository.id,
    commits.map(({ id }) => id),
  );

export const noSuchStatus = (): Problem =>
  new Problem('not_found', 'This commit has no build status of that key.');
