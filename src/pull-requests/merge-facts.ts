import type { Handle } from '../store/handle.ts';
import type { PullRequestPlace } from './participants.ts';

/** How many tasks of a pull request nobody completed. */
export async function countOpenTasks(
  db: Handle,
  { repositoryId, number }: PullRequestPlace,
): Promise<number> {
  const { count } = await db
    .selectFrom('pull_request_task')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('resolved_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** How many comments on a pull request, answers and deleted ones aside, nobody resolved. */
export async function countOpenComments(
  db: Handle,
  { repositoryId, number }: PullRequestPlace,
): Promise<number> {
  const { count } = await db
    .selectFrom('pull_request_comment')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('parent_id', 'is', null)
    .where('deleted_at', 'is', null)
    .where('resolved_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Which of these accounts review the pull requests of a repository by default. */
export async function defaultReviewersAmong(
  db: Handle,
  repositoryId: string,
  accountIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (accountIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('default_reviewer')
    .select('account_id')
    .where('repository_id', '=', repositoryId)
    .where('account_id', 'in', [...accountIds])
    .execute();
  return new Set(rows.map(({ account_id: id }) => id));
}
