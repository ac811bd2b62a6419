import type { Handle } from '../store/handle.ts';

/** The clocks of nodes are never quite the same: what one of them takes for over, another may still accept. */
const CLOCKS_APART_MS = 3600_000;

/** True for the first who uses this one, on however many nodes: whose row is there first decides. Wants the transaction of what it is used for. */
export async function useOnce(
  db: Handle,
  used: { readonly issuer: string; readonly digest: string; readonly until: number },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('used_assertion')
    .values(used)
    .onConflict((conflict) => conflict.columns(['issuer', 'digest']).doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** Whether it was used before. */
export async function wasUsed(
  db: Handle,
  { issuer, digest }: { readonly issuer: string; readonly digest: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('used_assertion')
    .select('until')
    .where('issuer', '=', issuer)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row !== undefined;
}

/** Removes those that nobody would accept any more. */
export async function forgetUsed(db: Handle, now: number): Promise<void> {
  await db
    .deleteFrom('used_assertion')
    .where('until', '<', now - CLOCKS_APART_MS)
    .execute();
}
