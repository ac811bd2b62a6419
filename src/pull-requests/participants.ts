import type { Handle } from '../store/handle.ts';
import type { PullRequestActor } from './pull-requests.ts';

export type ReviewState = 'approved' | 'changes_requested';

/** A reviewer, or somebody else who took part. */
export interface Participant {
  readonly actor: PullRequestActor;
  readonly role: 'reviewer' | 'participant';
  readonly state: ReviewState | null;
  /** When they last took part; null for a reviewer who did not yet. */
  readonly participatedAt: number | null;
}

/** Which pull request. */
export interface PullRequestPlace {
  readonly repositoryId: string;
  readonly number: number;
}

/** Those of several pull requests of one repository, by their numbers; reviewers first. */
export async function participantsOf(
  db: Handle,
  repositoryId: string,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, readonly Participant[]>> {
  if (numbers.length === 0) return new Map();
  const rows = await db
    .selectFrom('pull_request_participant')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('number', 'in', [...numbers])
    .orderBy('number')
    .orderBy('role', 'desc')
    .orderBy('actor_type')
    .orderBy('actor_id')
    .execute();
  const each = Map.groupBy(rows, ({ number }) => number);
  return new Map(
    [...each].map(([number, own]) => [
      number,
      own.map(({ actor_type, actor_id, role, state, participated_at }) => ({
        actor: { actor_type, actor_id },
        role,
        state,
        participatedAt: participated_at,
      })),
    ]),
  );
}

/** Makes these accounts its reviewers, and no others; who took part otherwise stays as a participant. Wants a transaction. */
export async function setReviewers(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  accountIds: readonly string[],
): Promise<void> {
  await trx
    .updateTable('pull_request_participant')
    .set({ role: 'participant' })
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .execute();
  for (const id of accountIds)
    await trx
      .insertInto('pull_request_participant')
      .values({
        repository_id: repositoryId,
        number,
        actor_type: 'account',
        actor_id: id,
        role: 'reviewer',
        state: null,
        participated_at: null,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'number', 'actor_type', 'actor_id'])
          .doUpdateSet({ role: 'reviewer' }),
      )
      .execute();
  // Who neither reviews nor ever took part is nobody to it.
  await trx
    .deleteFrom('pull_request_participant')
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('role', '=', 'participant')
    .where('participated_at', 'is', null)
    .execute();
}

/**
 * Somebody took part.
 *
 * @param state what they decided; undefined leaves that as it is
 * @returns what they had decided before
 */
export async function takePart(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  actor: PullRequestActor,
  now: number,
  state?: ReviewState | null,
): Promise<ReviewState | null> {
  const before = await trx
    .selectFrom('pull_request_participant')
    .select('state')
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('actor_type', '=', actor.actor_type)
    .where('actor_id', '=', actor.actor_id)
    .executeTakeFirst();
  await trx
    .insertInto('pull_request_participant')
    .values({
      repository_id: repositoryId,
      number,
      ...actor,
      role: 'participant',
      state: state ?? null,
      participated_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['repository_id', 'number', 'actor_type', 'actor_id'])
        .doUpdateSet({ participated_at: now, ...(state !== undefined && { state }) }),
    )
    .execute();
  return before?.state ?? null;
}

/** Reviewers who were not told yet that they are asked, by the ids of their accounts. */
export async function untoldReviewers(
  db: Handle,
  { repositoryId, number }: PullRequestPlace,
): Promise<string[]> {
  const rows = await db
    .selectFrom('pull_request_participant')
    .select('actor_id')
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('actor_type', '=', 'account')
    .where('role', '=', 'reviewer')
    .where('told', '=', 0)
    .orderBy('actor_id')
    .execute();
  return rows.map(({ actor_id }) => actor_id);
}

/** These are told, so that they are not told again. */
export async function noteTold(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  accountIds: readonly string[],
): Promise<void> {
  if (accountIds.length === 0) return;
  await trx
    .updateTable('pull_request_participant')
    .set({ told: 1 })
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('actor_type', '=', 'account')
    .where('actor_id', 'in', [...accountIds])
    .execute();
}

/** Takes back decisions of this kind, as when what they were about changed. @returns how many there were */
export async function clearReviews(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  state: ReviewState,
): Promise<number> {
  const { numUpdatedRows } = await trx
    .updateTable('pull_request_participant')
    .set({ state: null })
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('state', '=', state)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
