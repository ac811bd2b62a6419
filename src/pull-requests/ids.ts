import type { Handle } from '../store/handle.ts';
import type { PullRequestPlace } from './participants.ts';

/** In which order what is said about a pull request is listed. */
export interface RowOrder {
  readonly by: 'id' | 'created_at' | 'updated_at';
  readonly descending: boolean;
}

/** The ids of all comments on a pull request, deleted ones too, or of all of its tasks, in this order and then of their ids. */
export async function idsIn(
  db: Handle,
  table: 'pull_request_comment' | 'pull_request_task',
  { repositoryId, number }: PullRequestPlace,
  { by, descending }: RowOrder,
): Promise<number[]> {
  const direction = descending ? 'desc' : 'asc';
  const rows = await db
    .selectFrom(table)
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .orderBy(by, direction)
    .orderBy('id', direction)
    .execute();
  return rows.map(({ id }) => id);
}
