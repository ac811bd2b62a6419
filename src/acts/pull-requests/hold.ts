import { holdRepository } from '../../hosting/index.ts';
import type { Problem } from '../../problem.ts';
import type { PullRequest } from '../../pull-requests/index.ts';
import type { Handle } from '../../store/handle.ts';
import { isClosed } from './choices.ts';
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

/** The same of one that is open. Throws `Problem` for one that is not. */
export async function holdOpen(
  trx: Handle,
  grant: PullRequestGrant,
  number: number,
  closed: () => Problem = isClosed,
): Promise<PullRequest> {
  const found = await holdPullRequest(trx, grant, number);
  if (found.state !== 'open') throw closed();
  return found;
}
