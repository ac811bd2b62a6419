import type { Handle } from '../store/handle.ts';
import type { PullRequestPlace } from './participants.ts';

/** A comment without what it says. */
export interface CommentOutline {
  readonly id: number;
  readonly parentId: number | null;
  /** Whether it is about a file or a line of one. */
  readonly isInline: boolean;
  readonly isDeleted: boolean;
}

/** Comments that answer each other: the ids of the first one and, the oldest first, of its answers and of theirs. */
export interface ThreadOutline {
  readonly root: CommentOutline;
  readonly answers: readonly number[];
}

/** All threads of a pull request in which something is left to read, the newest first. */
export async function outlineOf(
  db: Handle,
  { repositoryId, number }: PullRequestPlace,
): Promise<readonly ThreadOutline[]> {
  const rows = await db
    .selectFrom('pull_request_comment')
    .select(['id', 'parent_id', 'path', 'deleted_at'])
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .orderBy('id')
    .execute();
  return threadsOf(
    rows.map(({ id, parent_id, path, deleted_at }) => ({
      id,
      parentId: parent_id,
      isInline: path !== null,
      isDeleted: deleted_at !== null,
    })),
  );
}

/** @param comments in the order of their ids: an answer comes behind what it answers */
export function threadsOf(comments: readonly CommentOutline[]): readonly ThreadOutline[] {
  const threads = new Map<number, { root: CommentOutline; answers: number[]; isLeft: boolean }>();
  const rootOf = new Map<number, number>();
  for (const comment of comments) {
    const root = comment.parentId === null ? comment.id : (rootOf.get(comment.parentId) ?? comment.id);
    rootOf.set(comment.id, root);
    const thread = threads.get(root);
    if (thread === undefined) {
      threads.set(root, { root: comment, answers: [], isLeft: !comment.isDeleted });
    } else {
      thread.isLeft ||= !comment.isDeleted;
      if (!comment.isDeleted) thread.answers.push(comment.id);
    }
  }
  return [...threads.values()].filter(({ isLeft }) => isLeft).toReversed();
}
