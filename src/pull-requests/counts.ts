import type { Handle } from '../store/handle.ts';

/** What the API and lists say of a pull request in numbers. */
export interface PullRequestCounts {
  /** Without those that were deleted. */
  readonly comments: number;
  /** Those that are still to be done. */
  readonly tasks: number;
}

/** Those of several pull requests of one repository, by their numbers: of each that was asked for. */
export async function countsOf(
  db: Handle,
  repositoryId: string,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, PullRequestCounts>> {
  if (numbers.length === 0) return new Map();
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
  const [ofComments, ofTasks] = [comments, tasks].map(
    (rows) => new Map(rows.map(({ number, count }) => [number, Number(count)])),
  );
  return new Map(
    numbers.map((number) => [
      number,
      { comments: ofComments?.get(number) ?? 0, tasks: ofTasks?.get(number) ?? 0 },
    ]),
  );
}
