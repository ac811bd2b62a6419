import { listPullRequests, type PullRequest, type PullRequestQuery } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { peopleNamed, type Actor } from './people.ts';
import { withPeople, type PullRequestGrant, type PullRequestPage } from './view.ts';

/** What a filter is asked about. */
export interface Candidate {
  readonly pullRequest: PullRequest;
  readonly author: Actor | null;
}

export type PullRequestSearch = Omit<PullRequestQuery, 'where'> & {
  readonly keeps: (candidate: Candidate) => boolean;
};

/** So many are looked at in one go, and no more than a page of them is kept. */
const AT_ONCE = 500;

/** One page of those pull requests of the grant's repository that a filter keeps, and how many it keeps in all. */
export async function searchPullRequests(
  services: Services,
  grant: PullRequestGrant,
  { keeps, offset, limit, ...query }: PullRequestSearch,
): Promise<PullRequestPage> {
  const [{ id }] = grant.targets;
  const page: PullRequest[] = [];
  let size = 0;
  for (let from = 0, all = Infinity; from < all; from += AT_ONCE) {
    const part = await listPullRequests(services.database, id, { ...query, offset: from, limit: AT_ONCE });
    all = part.size;
    const people = await peopleNamed(
      services,
      part.pullRequests.map(({ author }) => author),
    );
    for (const pullRequest of part.pullRequests) {
      if (!keeps({ pullRequest, author: people(pullRequest.author) })) continue;
      if (size >= offset && page.length < limit) page.push(pullRequest);
      size += 1;
    }
  }
  return { ...(await withPeople(services, grant, page)), size };
}
