import type { Selectable } from 'kysely';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { PullRequestTaskTable } from '../store/schema.ts';
import type { PullRequestPlace } from './participants.ts';
import type { PullRequestActor } from './pull-requests.ts';

/** What is to be done for a pull request. Times in milliseconds since 1970. */
export interface Task {
  readonly id: number;
  /** The pull request that it is of. */
  readonly number: number;
  /** The comment that it came from. */
  readonly commentId: number | null;
  readonly creator: PullRequestActor;
  /** Markdown. */
  readonly content: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When and by whom it was done; null while it is to be done. */
  readonly resolvedAt: number | null;
  readonly resolver: PullRequestActor | null;
}

export type NewTask = Pick<Task, 'commentId' | 'creator' | 'content'>;

const taskFrom = (row: Selectable<PullRequestTaskTable>): Task => ({
  id: row.id,
  number: row.number,
  commentId: row.comment_id,
  creator: { actor_type: row.actor_type, actor_id: row.actor_id },
  content: row.content,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  resolvedAt: row.resolved_at,
  resolver:
    row.resolver_type === null || row.resolver_id === null
      ? null
      : { actor_type: row.resolver_type, actor_id: row.resolver_id },
});

/** Writes a new one, which is to be done. */
export async function insertTask(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  { commentId, creator, content }: NewTask,
  now: number,
): Promise<Task> {
  const row = await trx
    .insertInto('pull_request_task')
    .values({
      repository_id: repositoryId,
      number,
      comment_id: commentId,
      ...creator,
      content,
      created_at: now,
      updated_at: now,
      resolved_at: null,
      resolver_type: null,
      resolver_id: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return taskFrom(row);
}

/** Looked up by pull request *and* id; undefined where the pull request has none of that id. */
export async function findTask(db: Handle, place: PullRequestPlace, id: number): Promise<Task | undefined> {
  return (await tasksById(db, place, [id])).get(id);
}

/** Each of these that is one of the pull request. */
export async function tasksById(
  db: Handle,
  { repositoryId, number }: PullRequestPlace,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Task>> {
  const rows = await inParts(ids, (part) =>
    db
      .selectFrom('pull_request_task')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('number', '=', number)
      .where('id', 'in', [...part])
      .execute(),
  );
  return new Map(rows.map((row) => [row.id, taskFrom(row)]));
}

/** What changes of a task; what is left out stays. */
export interface TaskChange {
  readonly content?: string;
  /** Null: it is to be done again. */
  readonly resolver?: PullRequestActor | null;
}

/** Changes one that was found before in the same transaction. */
export async function updateTask(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  id: number,
  { content, resolver }: TaskChange,
  now: number,
): Promise<void> {
  await trx
    .updateTable('pull_request_task')
    .set({
      updated_at: now,
      ...(content !== undefined && { content }),
      ...(resolver !== undefined && {
        resolved_at: resolver === null ? null : now,
        resolver_type: resolver?.actor_type ?? null,
        resolver_id: resolver?.actor_id ?? null,
      }),
    })
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('id', '=', id)
    .execute();
}

export async function removeTask(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  id: number,
): Promise<void> {
  await trx
    .deleteFrom('pull_request_task')
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('id', '=', id)
    .execute();
}
