import { holdRepository } from '../../hosting/index.ts';
import type { PullRequest } from '../../pull-requests/index.ts';
import type { Handle } from '../../store/handle.ts';
import { pullRequestOf, type PullRequestGrant } from './view.ts';

/** A pull request of the grant's repository, which stays where it is while this transaction runs. Throws `Problem`. */
export async function holdPullRequest(
  trx: Handle,
  grant: PullRequestGrant,
  number: number,
): Promise<PullRequest> {
  await holdRepository(trx, grant.targets[0]);
  return pullRequestOf({ database: trx }, grant, number);
}
