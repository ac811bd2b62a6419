import type { Handle } from '../store/handle.ts';
import type { PullRequestPlace } from './participants.ts';
import type { PullRequestActor } from './pull-requests.ts';

/** What people are told by mail, by the names that webhooks have for it. */
const NOTICED = [
  'pullrequest:created',
  'pullrequest:updated',
  'pullrequest:approved',
  'pullrequest:changes_request_created',
  'pullrequest:comment_created',
  'pullrequest:rejected',
  'pullrequest:fulfilled',
] as const;
export type NoticedEvent = (typeof NOTICED)[number];

/** Something that people are still to be told. */
export interface Notice {
  readonly id: number;
  readonly event: NoticedEvent;
  /** Null for the host itself, and for who pushes with an access key. */
  readonly actor: PullRequestActor | null;
  /** Of a comment that was not deleted meanwhile: whom it answers, if anybody. */
  readonly comment: { readonly answers: PullRequestActor | null } | null;
}

/** Of one pull request, as many are told at a time; the rest with the next round. */
const MOST_AT_ONCE = 500;

/** Writes down what happened, where people are told such things. Give it the transaction of what happened. */
export async function noteNotice(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  event: string,
  actor: PullRequestActor | null,
  now: number,
  comment: number | undefined,
): Promise<void> {
  if (!NOTICED.some((each) => each === event)) return;
  await trx
    .insertInto('pull_request_notice')
    .values({
      repository_id: repositoryId,
      number,
      event,
      actor_type: actor?.actor_type ?? null,
      actor_id: actor?.actor_id ?? null,
      comment_id: comment ?? null,
      at: now,
    })
    .execute();
}

/**
 * Pull requests of which something is to be told: to which nothing happened since `quietSince`, or something before
 * `beginning`. So what comes in quick succession is told at once.
 */
export async function placesToTell(
  db: Handle,
  {
    quietSince,
    beginning,
    limit,
  }: { readonly quietSince: number; readonly beginning: number; readonly limit: number },
): Promise<PullRequestPlace[]> {
  // Mostly there is none: then they are not gone through.
  const any = await db
    .selectFrom('pull_request_notice')
    .select('id')
    .where('at', '<=', quietSince)
    .limit(1)
    .executeTakeFirst();
  if (any === undefined) return [];
  const rows = await db
    .selectFrom('pull_request_notice')
    .select(['repository_id', 'number'])
    .groupBy(['repository_id', 'number'])
    .having(({ or, eb, fn }) => or([eb(fn.max('at'), '<=', quietSince), eb(fn.min('at'), '<=', beginning)]))
    .orderBy(({ fn }) => fn.min('at'))
    .limit(limit)
    .execute();
  return rows.map(({ repository_id, number }) => ({ repositoryId: repository_id, number }));
}

/** What is to be told of one pull request, in the order in which it happened. */
export async function noticesOf(db: Handle, { repositoryId, number }: PullRequestPlace): Promise<Notice[]> {
  const rows = await db
    .selectFrom('pull_request_notice as notice')
    .leftJoin('pull_request_comment as comment', (join) =>
      join.onRef('comment.id', '=', 'notice.comment_id').on('comment.deleted_at', 'is', null),
    )
    .leftJoin('pull_request_comment as parent', 'parent.id', 'comment.parent_id')
    .select([
      'notice.id',
      'notice.event',
      'notice.actor_type',
      'notice.actor_id',
      'comment.id as comment',
      'parent.actor_type as parent_type',
      'parent.actor_id as parent_id',
    ])
    .where('notice.repository_id', '=', repositoryId)
    .where('notice.number', '=', number)
    .orderBy('notice.id')
    .limit(MOST_AT_ONCE)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    event: row.event as NoticedEvent,
    actor: actorFrom(row.actor_type, row.actor_id),
    comment: row.comment === null ? null : { answers: actorFrom(row.parent_type, row.parent_id) },
  }));
}

const actorFrom = (
  type: PullRequestActor['actor_type'] | null,
  id: string | null,
): PullRequestActor | null => (type === null || id === null ? null : { actor_type: type, actor_id: id });

/**
 * Takes what `noticesOf` gave, to be told in this transaction.
 * @returns false where another process was quicker: then nothing is taken
 */
export async function takeNotices(trx: Handle, notices: readonly Notice[]): Promise<boolean> {
  const ids = notices.map(({ id }) => id);
  // Whoever takes any of them begins with the first.
  for (const part of [ids.slice(0, 1), ids.slice(1)]) {
    if (part.length === 0) continue;
    const { numDeletedRows } = await trx
      .deleteFrom('pull_request_notice')
      .where('id', 'in', part)
      .executeTakeFirst();
    if (numDeletedRows === 0n) return false;
  }
  return ids.length > 0;
}

/** Forgets what nobody will be told any more: what happened before a moment, or to the pull requests of a repository that is gone. */
export async function forgetNotices(
  db: Handle,
  which: { readonly before: number } | { readonly repositoryId: string },
): Promise<void> {
  const rows = db.deleteFrom('pull_request_notice');
  await ('before' in which
    ? rows.where('at', '<', which.before)
    : rows.where('repository_id', '=', which.repositoryId)
  ).execute();
}
