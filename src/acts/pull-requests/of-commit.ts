import { openForReading } from '../../git/open.ts';
import { findPullRequests, newestEnds } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Window } from '../paged.ts';
import type { Commit } from '../source/commits.ts';
import { comparing } from '../source/problems.ts';
import { withPeople, type PullRequestGrant, type PullRequestPage } from './view.ts';

/** So many of the newest are asked whether they bring a commit. */
export const MOST_ASKED = 5000;

/**
 * One page of the pull requests of the grant's repository that bring a commit, or brought it, the newest first: it leads to
 * their source and not to where their destination stands, or stood when they were closed, or it is what they were merged by.
 * Throws `Problem` where that takes Git too long.
 */
export async function pullRequestsOfCommit(
  services: Services,
  grant: PullRequestGrant,
  { id: commit }: Commit,
  { offset, limit }: Window,
): Promise<PullRequestPage> {
  const [{ id }] = grant.targets;
  const { database, history, storage } = services;
  const all = await newestEnds(database, id, MOST_ASKED);
  const tips = new Set(
    all.flatMap(({ sourceCommit, destinationCommit }) => [sourceCommit, destinationCommit]),
  );
  const handle = await openForReading(storage, grant);
  const have = await comparing(services, () => history.containing(handle, commit, tips));
  const bringing = all.filter(
    ({ sourceCommit, destinationCommit, mergeCommit }) =>
      mergeCommit === commit || (have.has(sourceCommit) && !have.has(destinationCommit)),
  );
  const numbers = bringing.slice(offset, offset + limit).map(({ number }) => number);
  const found = await findPullRequests(database, id, numbers);
  const page = found.toSorted((one, other) => other.number - one.number);
  return { ...(await withPeople(services, grant, page)), size: bringing.length };
}
