import type { Handle } from '../store/handle.ts';
import { forgetPassed, keyOf } from './attempts.ts';

const REMEMBERED_MS = 24 * 3600_000;

/**
 * True for the first who takes what is named so, on however many nodes; false for all others within a day. Whose row is there
 * first decides, and no clock: times come out of order.
 */
export async function takeOnce(db: Handle, name: string, now: number): Promise<boolean> {
  await forgetPassed(db, now);
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('attempt')
    .values({ key: keyOf({ name }), count: 1, until: now + REMEMBERED_MS })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}
