import type { Handle } from '../store/handle.ts';
import { hasNotEnded } from './ended.ts';
import { namedBy, type NamedCredentials } from './named.ts';

/**
 * Has credentials open nothing until they are resumed; everything derived from one is paused with it. Their ends stay where
 * they are. Returns how many were paused: 0 when there was none that lives and was not paused before.
 */
export async function pauseCredentials(db: Handle, named: NamedCredentials, now: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('credential')
    .set({ paused_at: now })
    .where('paused_at', 'is', null)
    .where(namedBy(named))
    .where((where) => hasNotEnded(where, now))
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** Lets them go on. Returns how many do: 0 when there was none that is paused and has not ended meanwhile. */
export async function resumeCredentials(db: Handle, named: NamedCredentials, now: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('credential')
    .set({ paused_at: null })
    .where('paused_at', 'is not', null)
    .where(namedBy(named))
    .where((where) => hasNotEnded(where, now))
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** Whether anything of a family that lives is paused. What of it has ended, such as an exchanged refresh token, was not. */
export async function isFamilyPaused(db: Handle, familyId: string, now: number): Promise<boolean> {
  const row = await db
    .selectFrom('credential')
    .select('id')
    .where('family_id', '=', familyId)
    .where('paused_at', 'is not', null)
    .where((where) => hasNotEnded(where, now))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
