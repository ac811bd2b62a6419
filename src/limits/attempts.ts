import { createHash } from 'node:crypto';
import type { Handle } from '../store/handle.ts';

/** So many tries of one kind within a time that begins with the first. */
export interface Bucket {
  readonly name: string;
  readonly most: number;
  readonly windowMs: number;
}

/**
 * The clocks of processes are never quite the same, and a try may be counted later than it was timed. What lies further off
 * than this was counted by a clock that was ahead.
 */
const CLOCKS_APART_MS = 60_000;

/** Names hold what strangers typed into a form, a password in the wrong field among it: only a digest of them is kept. */
export const keyOf = ({ name }: Pick<Bucket, 'name'>): string =>
  createHash('sha256').update(name).digest('base64url');

/** Rows that count for nothing any more would stay for ever. */
export async function forgetPassed(db: Handle, now: number): Promise<void> {
  await db.deleteFrom('attempt').where('until', '<=', now).execute();
}

/**
 * Counts a try, in one statement, so that many at once count as many, on however many nodes.
 * @returns 0, or for how many milliseconds there may be no more of them
 */
export async function countAttempt(db: Handle, bucket: Bucket, now: number): Promise<number> {
  await forgetPassed(db, now);
  const until = now + bucket.windowMs;
  const latest = until + CLOCKS_APART_MS;
  const row = await db
    .insertInto('attempt')
    .values({ key: keyOf(bucket), count: 1, until })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((set) => ({
        // Nobody is to wait for the time that a clock which was ahead showed.
        count: set
          .case()
          .when('attempt.until', '<=', now)
          .then(1)
          .when('attempt.until', '>', latest)
          .then(1)
          .else(set('attempt.count', '+', 1))
          .end(),
        until: set
          .case()
          .when('attempt.until', '<=', now)
          .then(until)
          .when('attempt.until', '>', latest)
          .then(until)
          .else(set.ref('attempt.until'))
          .end(),
      })),
    )
    .returning(['count', 'until'])
    .executeTakeFirstOrThrow();
  return row.count <= bucket.most ? 0 : Math.max(1, row.until - now);
}

/** Takes back one counted try, which turned out to be none. */
export async function uncountAttempt(db: Handle, bucket: Bucket): Promise<void> {
  await db
    .updateTable('attempt')
    .set((set) => ({ count: set('count', '-', 1) }))
    .where('key', '=', keyOf(bucket))
    .where('count', '>', 0)
    .execute();
}

export async function forgetAttempts(db: Handle, bucket: Bucket): Promise<void> {
  await db.deleteFrom('attempt').where('key', '=', keyOf(bucket)).execute();
}
