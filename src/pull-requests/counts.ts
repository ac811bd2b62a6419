import type { Handle } from '../store/handle.ts';

/** How much is said about a pull request, and how much of it is still to be done. */
export interface PullRequestCounts {
  /** Comments that were not deleted, answers among them. */
  readonly comments: number;
  /** Tasks that are not resolved. */
  readonly tasks: number;
}

export const NO_COUNTS: PullRequestCounts = { comments: 0, tasks: 0 };

/** Those of several pull requests of one repository, by their numbers; where there is nothing, a number is left out. */
export async function countsOf(
  db: Handle,
  repositoryId: string,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, PullRequestCounts>> {
  const counts = new Map<number, PullRequestCounts>();
  if (numbers.length === 0) return counts;
  const comments = await db
    .selectFrom('pull_request_comment')
    .select(['number', ({ fn }) => fn.countAll<number | string>().as('count')])
    .where('repository_id', '=', repositoryId)
    .where('number', 'in', [...numbers])
    .where('deleted_at', 'is', null)
    .groupBy('number')
    .execute();
  const tasks = await db
    .selectFrom('pull_request_task')
    .select(['number', ({ fn }) => fn.countAll<number | string>().as('count')])
    .where('repository_id', '=', repositoryId)
    .where('number', 'in', [...numbers])
    .where('resolved_at', 'is', null)
    .groupBy('number')
    .execute();
  for (const { number, count } of comments) counts.set(number, { ...NO_COUNTS, comments: Number(count) });
  for (const { number, count } of tasks)
    counts.set(number, { ...(counts.get(number) ?? NO_COUNTS), tasks: Number(count) });
  return counts;
}
