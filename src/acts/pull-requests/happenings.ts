import {
  findPullRequests,
  listActivity,
  listComments,
  type Activity,
  type Comment,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { withPeople, type People, type PullRequestGrant, type ViewedPullRequest } from './view.ts';

/** Something that happened to a pull request: a change of it, a decision about it, or something that was said. */
export type Happening =
  | { readonly type: 'activity'; readonly activity: Activity }
  | { readonly type: 'comment'; readonly comment: Comment };

/** Where the next page begins: below these ids of the two kinds of row. */
export interface HappeningPosition {
  readonly activity: number;
  readonly comment: number;
}

export interface HappeningPage {
  readonly happenings: readonly Happening[];
  /** Undefined on the last page. */
  readonly next: HappeningPosition | undefined;
  /** Those that something happened to, by their numbers. */
  readonly pullRequests: ReadonlyMap<number, ViewedPullRequest>;
  readonly people: People;
}

/** Both are ids of the database. */
const FIRST: HappeningPosition = { activity: 2 ** 31 - 1, comment: 2 ** 31 - 1 };

/**
 * What happened to the pull requests of the grant's repository, or to one of them, the newest first; comments that were
 * deleted are left out.
 */
export async function pageOfHappenings(
  services: Services,
  grant: PullRequestGrant,
  number: number | undefined,
  { from = FIRST, limit }: { readonly from?: HappeningPosition | undefined; readonly limit: number },
): Promise<HappeningPage> {
  const [{ id: repositoryId }] = grant.targets;
  const place = { repositoryId, ...(number !== undefined && { number }) };
  const { database } = services;
  const each = { limit: limit + 1 };
  const activities = await listActivity(database, place, { before: from.activity, ...each });
  const comments = await listComments(database, place, { before: from.comment, ...each });
  const merged = newestFirst(
    activities.map((activity) => ({ type: 'activity', activity }) as const),
    comments.map((comment) => ({ type: 'comment', comment }) as const),
  );
  const happenings = merged.slice(0, limit);
  const numbers = [...new Set(happenings.map(numberOf))];
  const found = await findPullRequests(database, repositoryId, numbers);
  const { pullRequests, people } = await withPeople(services, grant, found, happenings.map(actorOf));
  return {
    happenings,
    next: merged.length > limit ? positionAfter(happenings, from) : undefined,
    pullRequests: new Map(pullRequests.map((one) => [one.number, one])),
    people,
  };
}

/**
 * Each kind stays in the order of its ids, by which pages go on: of two that are written down at once, the later id may have
 * the earlier time, and sorted by time one of them would stand on no page.
 */
function newestFirst(activities: readonly Happening[], comments: readonly Happening[]): Happening[] {
  const merged: Happening[] = [];
  let next = 0;
  for (const activity of activities) {
    for (
      let one = comments[next];
      one !== undefined && timeOf(one) > timeOf(activity);
      one = comments[next]
    ) {
      merged.push(one);
      next += 1;
    }
    merged.push(activity);
  }
  return [...merged, ...comments.slice(next)];
}

const timeOf = (happening: Happening): number =>
  happening.type === 'activity' ? happening.activity.at : happening.comment.createdAt;

const numberOf = (happening: Happening): number =>
  happening.type === 'activity' ? happening.activity.number : happening.comment.number;

const actorOf = (happening: Happening) =>
  happening.type === 'activity' ? happening.activity.actor : happening.comment.author;

function positionAfter(happenings: readonly Happening[], from: HappeningPosition): HappeningPosition {
  let { activity, comment } = from;
  for (const happening of happenings) {
    if (happening.type === 'activity') activity = happening.activity.id;
    else comment = happening.comment.id;
  }
  return { activity, comment };
}
