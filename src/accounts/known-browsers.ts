import type { Handle } from '../store/handle.ts';
import { digestOf, isToken, newToken } from './token.ts';

/** As long as browsers keep a cookie. */
const FORGOTTEN_MS = 400 * 24 * 3600_000;

/**
 * Whether somebody has signed in to the account in the browser of this cookie. It opens nothing: it says that guessing
 * elsewhere must not slow this one down.
 */
export async function isKnownBrowser(
  db: Handle,
  token: string | undefined,
  accountId: string,
  now: number,
): Promise<boolean> {
  if (token === undefined || !isToken(token)) return false;
  const row = await db
    .selectFrom('known_browser')
    .select('digest')
    .where('digest', '=', digestOf(token))
    .where('account_id', '=', accountId)
    .where('last_used_at', '>', now - FORGOTTEN_MS)
    .executeTakeFirst();
  return row !== undefined;
}

/** For the name of a bucket: what is stored of the cookie. */
export const nameOfBrowser = digestOf;

/**
 * Remembers that the account was signed in to here. @returns the value of the cookie, the present one when it is of ours, and
 * whether the place is new for an account that was used elsewhere before
 */
export async function rememberBrowser(
  db: Handle,
  token: string | undefined,
  accountId: string,
  now: number,
): Promise<{ readonly token: string; readonly isNew: boolean }> {
  await db
    .deleteFrom('known_browser')
    .where('account_id', '=', accountId)
    .where('last_used_at', '<=', now - FORGOTTEN_MS)
    .execute();
  const digest = token !== undefined && isToken(token) ? digestOf(token) : undefined;
  const rows = await db
    .selectFrom('known_browser')
    .select(['digest', 'account_id'])
    .where((where) =>
      where.or([
        where('account_id', '=', accountId),
        ...(digest === undefined ? [] : [where('digest', '=', digest)]),
      ]),
    )
    .execute();
  // A value that we never gave out may be known to somebody else.
  const kept = token !== undefined && rows.some((row) => row.digest === digest) ? token : newToken();
  const own = rows.filter((row) => row.account_id === accountId);
  await db
    .insertInto('known_browser')
    .values({ digest: digestOf(kept), account_id: accountId, created_at: now, last_used_at: now })
    .onConflict((conflict) => conflict.columns(['digest', 'account_id']).doUpdateSet({ last_used_at: now }))
    .execute();
  return { token: kept, isNew: own.length > 0 && !own.some((row) => row.digest === digest) };
}
