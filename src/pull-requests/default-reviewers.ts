import type { Handle } from '../store/handle.ts';

/** The ids of the accounts that are asked to review each new pull request, those first who were named first. */
export async function defaultReviewersOf(db: Handle, repositoryId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('default_reviewer')
    .select('account_id')
    .where('repository_id', '=', repositoryId)
    .orderBy('added_at')
    .orderBy('account_id')
    .execute();
  return rows.map(({ account_id }) => account_id);
}

/** @returns whether it was none before */
export async function addDefaultReviewer(
  trx: Handle,
  repositoryId: string,
  accountId: string,
  now: number,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await trx
    .insertInto('default_reviewer')
    .values({ repository_id: repositoryId, account_id: accountId, added_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

/** @returns whether it was one */
export async function removeDefaultReviewer(
  trx: Handle,
  repositoryId: string,
  accountId: string,
): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('default_reviewer')
    .where('repository_id', '=', repositoryId)
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
