import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import {
  countsOf,
  findPullRequest,
  listPullRequests,
  participantsOf,
  type Participant,
  type PullRequest,
  type PullRequestActor,
  type PullRequestCounts,
  type PullRequestQuery,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { peopleNamed, type People } from './people.ts';

export type { Actor, People } from './people.ts';
export type {
  Participant,
  PullRequest,
  PullRequestActor,
  PullRequestCondition,
  PullRequestQuery,
  PullRequestState,
} from '../../pull-requests/index.ts';

/** What admits to a pull request. */
export type PullRequestGrant =
  | Grant<'pull_request.read'>
  | Grant<'pull_request.create'>
  | Grant<'pull_request.update'>
  | Grant<'pull_request.review'>
  | Grant<'pull_request.withdraw_review'>
  | Grant<'pull_request.comment'>
  | Grant<'pull_request.merge'>
  | Grant<'webhook.deliver'>;

/** What admits to how it stands, and not to what it brings. */
type StandingGrant = PullRequestGrant | Grant<'pull_request.notify'>;

/** A pull request with who takes part in it, and how much is said. */
export interface ViewedPullRequest extends PullRequest {
  /** Reviewers first. */
  readonly participants: readonly Participant[];
  readonly counts: PullRequestCounts;
}

export interface PullRequestPage {
  readonly pullRequests: readonly ViewedPullRequest[];
  /** How many there are in all. */
  readonly size: number;
  readonly people: People;
}

/** One pull request of the grant's repository, and who stands behind its ids. Throws `Problem` where there is none of that number. */
export async function viewPullRequest(
  services: Services,
  grant: PullRequestGrant,
  number: number,
): Promise<{ readonly pullRequest: ViewedPullRequest; readonly people: People }> {
  const pullRequest = await pullRequestOf(services, grant, number);
  const { pullRequests, people } = await withPeople(services, grant, [pullRequest]);
  const [viewed] = pullRequests;
  if (viewed === undefined) throw new TypeError('One stays one.');
  return { pullRequest: viewed, people };
}

/** The same without who takes part. */
export async function pullRequestOf(
  { database }: Pick<Services, 'database'>,
  { targets: [{ id }] }: StandingGrant,
  number: number,
): Promise<PullRequest> {
  const found =
    Number.isSafeInteger(number) && number < 2 ** 31
      ? await findPullRequest(database, id, number)
      : undefined;
  if (found === undefined) throw new Problem('not_found', 'There is no pull request of this number.');
  return found;
}

/** One page of the pull requests of the grant's repository. */
export async function listOfPullRequests(
  services: Services,
  grant: PullRequestGrant,
  query: PullRequestQuery,
): Promise<PullRequestPage> {
  const [{ id }] = grant.targets;
  const { pullRequests, size } = await listPullRequests(services.database, id, query);
  return { ...(await withPeople(services, grant, pullRequests)), size };
}

/** Looks up who takes part in each of them, at once. @param besides others who are to be shown beside them */
export async function withPeople(
  services: Services,
  { targets: [{ id }] }: StandingGrant,
  pullRequests: readonly PullRequest[],
  besides: readonly (PullRequestActor | null)[] = [],
): Promise<Omit<PullRequestPage, 'size'>> {
  const numbers = pullRequests.map(({ number }) => number);
  const participants = await participantsOf(services.database, id, numbers);
  const counts = await countsOf(services.database, id, numbers);
  const viewed = pullRequests.map((each) => ({
    ...each,
    participants: participants.get(each.number) ?? [],
    counts: counts.get(each.number) ?? { comments: 0, tasks: 0 },
  }));
  const people = await peopleNamed(services, [
    ...viewed.flatMap(({ author, closedBy, participants: own }) => [
      author,
      closedBy,
      ...own.map(({ actor }) => actor),
    ]),
    ...besides,
  ]);
  return { pullRequests: viewed, people };
}
