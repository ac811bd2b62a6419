import type { Selectable } from 'kysely';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { PullRequestCommentTable } from '../store/schema.ts';
import type { PullRequestPlace } from './participants.ts';
import type { PullRequestActor } from './pull-requests.ts';

/** What somebody said about a pull request, or to what somebody said. Times in milliseconds since 1970. */
export interface Comment {
  readonly id: number;
  /** The pull request that it is on. */
  readonly number: number;
  /** The comment that it answers; null for one that begins a thread. */
  readonly parentId: number | null;
  readonly author: PullRequestActor;
  /** Markdown; empty where it was deleted. */
  readonly content: string;
  /** The file that it is about; null for the whole pull request. */
  readonly path: string | null;
  /** Lines of that file before and after the change, from 1; both null for the whole file. */
  readonly from: number | null;
  readonly to: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deletedAt: number | null;
  readonly resolvedAt: number | null;
  readonly resolver: PullRequestActor | null;
}

export type NewComment = Pick<Comment, 'parentId' | 'author' | 'content' | 'path' | 'from' | 'to'>;

const commentFrom = (row: Selectable<PullRequestCommentTable>): Comment => ({
  id: row.id,
  number: row.number,
  parentId: row.parent_id,
  author: { actor_type: row.actor_type, actor_id: row.actor_id },
  content: row.content,
  path: row.path,
  from: row.line_from,
  to: row.line_to,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  deletedAt: row.deleted_at,
  resolvedAt: row.resolved_at,
  resolver:
    row.resolver_type === null || row.resolver_id === null
      ? null
      : { actor_type: row.resolver_type, actor_id: row.resolver_id },
});

/** Writes a new one. Its id is larger than that of every one before it on this host. */
export async function insertComment(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  { parentId, author, content, path, from, to }: NewComment,
  now: number,
): Promise<Comment> {
  const row = await trx
    .insertInto('pull_request_comment')
    .values({
      repository_id: repositoryId,
      number,
      parent_id: parentId,
      ...author,
      content,
      path,
      line_from: from,
      line_to: to,
      created_at: now,
      updated_at: now,
      deleted_at: null,
      resolved_at: null,
      resolver_type: null,
      resolver_id: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return commentFrom(row);
}

/** Looked up by pull request *and* id, deleted or not; undefined where the pull request has none of that id. */
export async function findComment(
  db: Handle,
  place: PullRequestPlace,
  id: number,
): Promise<Comment | undefined> {
  return (await commentsById(db, place, [id])).get(id);
}

/** Each of these that is one of the pull request, deleted or not. */
export async function commentsById(
  db: Handle,
  { repositoryId, number }: PullRequestPlace,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Comment>> {
  const rows = await inParts(ids, (part) =>
    db
      .selectFrom('pull_request_comment')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('number', '=', number)
      .where('id', 'in', [...part])
      .execute(),
  );
  return new Map(rows.map((row) => [row.id, commentFrom(row)]));
}

/**
 * Comments, the newest first, without those that were deleted.
 *
 * @param number of one pull request; those of all of the repository where it is left out
 * @param before only what has a smaller id
 */
export async function listComments(
  db: Handle,
  { repositoryId, number }: { readonly repositoryId: string; readonly number?: number },
  { before, limit }: { readonly before?: number; readonly limit: number },
): Promise<Comment[]> {
  let rows = db
    .selectFrom('pull_request_comment')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('deleted_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(limit);
  if (number !== undefined) rows = rows.where('number', '=', number);
  if (before !== undefined) rows = rows.where('id', '<', before);
  return (await rows.execute()).map(commentFrom);
}

/** How many there ever were on a pull request, deleted ones too. */
export async function countComments(db: Handle, { repositoryId, number }: PullRequestPlace): Promise<number> {
  const { count } = await db
    .selectFrom('pull_request_comment')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
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

/** What may become of a comment. */
export type CommentChange =
  | { readonly content: string }
  | { readonly isDeleted: true }
  /** Null: it is open again. */
  | { readonly resolver: PullRequestActor | null };

/** Changes one that was found before in the same transaction. A deleted one keeps its place, and nothing of what it said. */
export async function updateComment(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  id: number,
  change: CommentChange,
  now: number,
): Promise<void> {
  const values =
    'content' in change
      ? { content: change.content, updated_at: now }
      : 'isDeleted' in change
        ? { content: '', deleted_at: now, updated_at: now }
        : {
            resolved_at: change.resolver === null ? null : now,
            resolver_type: change.resolver?.actor_type ?? null,
            resolver_id: change.resolver?.actor_id ?? null,
          };
  await trx
    .updateTable('pull_request_comment')
    .set(values)
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('id', '=', id)
    .execute();
}
