import { Secret, type SealingKeys } from '../../credentials/index.ts';
import type { Handle } from '../../store/handle.ts';
import { newSeed, stepOf } from './totp.ts';

/** What a seed is sealed for: in another account's row it does not open. */
const boundTo = (accountId: string): string => `totp-seed ${accountId}`;

/** The seed that was proposed to an account and not confirmed yet, or undefined. */
export async function proposedSeed(
  db: Handle,
  seals: SealingKeys,
  accountId: string,
): Promise<Secret | undefined> {
  const row = await rowOf(db, accountId, 'proposed');
  return row === undefined ? undefined : seals.open(row.sealed_seed, boundTo(accountId));
}

/** Proposes a new seed to an account, in the place of one that was proposed before. It counts for nothing until confirmed. */
export async function proposeSeed(
  db: Handle,
  seals: SealingKeys,
  accountId: string,
  now: number,
): Promise<Secret> {
  const seed = newSeed();
  const values = { sealed_seed: seals.seal(seed, boundTo(accountId)), last_step: 0, created_at: now };
  await db
    .insertInto('authenticator_app')
    .values({ account_id: accountId, state: 'proposed', ...values })
    .onConflict((conflict) => conflict.columns(['account_id', 'state']).doUpdateSet(values))
    .execute();
  return seed;
}

/**
 * Makes the proposed seed the account's, in the place of another one, when the code is its code. The code is used up by that.
 * @returns whether it was; meant for a transaction
 */
export async function confirmSeed(
  db: Handle,
  seals: SealingKeys,
  accountId: string,
  code: string,
  now: number,
): Promise<boolean> {
  const row = await rowOf(db, accountId, 'proposed');
  if (row === undefined) return false;
  const step = stepOf(seals.open(row.sealed_seed, boundTo(accountId)), code, now);
  if (step === undefined) return false;
  await db
    .deleteFrom('authenticator_app')
    .where('account_id', '=', accountId)
    .where('state', '=', 'confirmed')
    .execute();
  const { numUpdatedRows } = await db
    .updateTable('authenticator_app')
    .set({ state: 'confirmed', last_step: step, created_at: now })
    .where('account_id', '=', accountId)
    .where('state', '=', 'proposed')
    .where('sealed_seed', '=', row.sealed_seed)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/**
 * Takes a code of the account's app, once: the time step is stored by an update that only a later step passes, so of two
 * that bring the same code at once one fails, and so does every earlier code (RFC 6238 §5.2).
 */
export async function takeAppCode(
  db: Handle,
  seals: SealingKeys,
  accountId: string,
  code: string,
  now: number,
): Promise<boolean> {
  const row = await rowOf(db, accountId, 'confirmed');
  if (row === undefined) return false;
  const step = stepOf(seals.open(row.sealed_seed, boundTo(accountId)), code, now);
  if (step === undefined) return false;
  const { numUpdatedRows } = await db
    .updateTable('authenticator_app')
    .set({ last_step: step })
    .where('account_id', '=', accountId)
    .where('state', '=', 'confirmed')
    .where('sealed_seed', '=', row.sealed_seed)
    .where('last_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** When the account's app was confirmed; null when it has none. */
export const appSince = async (db: Handle, accountId: string): Promise<number | null> =>
  (await rowOf(db, accountId, 'confirmed'))?.created_at ?? null;

/** Removes the account’s app, and a proposed one with it. @returns whether there was a confirmed one */
export async function removeApp(db: Handle, accountId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('authenticator_app')
    .where('account_id', '=', accountId)
    .where('state', '=', 'confirmed')
    .executeTakeFirst();
  await db.deleteFrom('authenticator_app').where('account_id', '=', accountId).execute();
  return numDeletedRows === 1n;
}

const rowOf = (db: Handle, accountId: string, state: 'proposed' | 'confirmed') =>
  db
    .selectFrom('authenticator_app')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('state', '=', state)
    .executeTakeFirst();
