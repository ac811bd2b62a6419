import { setImmediate } from 'node:timers/promises';
import {
  findPullRequests,
  pullRequestNumbers,
  type PullRequest,
  type PullRequestQuery,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { peopleNamed, type Actor } from './people.ts';
import { withPeople, type PullRequestGrant, type PullRequestPage } from './view.ts';

/** What a filter is asked about. */
export interface Candidate {
  readonly pullRequest: PullRequest;
  readonly author: Actor | null;
}

export type PullRequestSearch = PullRequestQuery & {
  readonly keeps: (candidate: Candidate) => boolean;
};

/** So many are looked at in one go, since each may be long, and no more than a page of them is kept. */
const AT_ONCE = 50;

/** One page of those pull requests of the grant's repository that a filter keeps, and how many it keeps in all. */
export async function searchPullRequests(
  services: Services,
  grant: PullRequestGrant,
  { keeps, offset, limit, ...query }: PullRequestSearch,
): Promise<PullRequestPage> {
  const [{ id }] = grant.targets;
  const page: PullRequest[] = [];
  let size = 0;
  const numbers = await pullRequestNumbers(services.database, id, query);
  for (let from = 0; from < numbers.length; from += AT_ONCE) {
    const part = numbers.slice(from, from + AT_ONCE);
    const found = await findPullRequests(services.database, id, part);
    const people = await peopleNamed(
      services,
      found.map(({ author }) => author),
    );
    const each = new Map(found.map((one) => [one.number, one]));
    for (const pullRequest of part.flatMap((number) => each.get(number) ?? [])) {
      if (!keeps({ pullRequest, author: people(pullRequest.author) })) continue;
      if (size >= offset && page.length < limit) page.push(pullRequest);
      size += 1;
    }
    // Others are answered in between.
    await setImmediate();
  }
  return { ...(await withPeople(services, grant, page)), size };
}
