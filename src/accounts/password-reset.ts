import { createHash, randomBytes } from 'node:crypto';
import type { Handle } from '../store/handle.ts';

const TOKEN_BYTES = 32;
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;
const MINUTE_MS = 60_000;

/** For how long the link of a reset is good. */
export const RESET_MINUTES = 30;

const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** A password that somebody who reads the mail of an account may choose anew. Only the digest of its token is kept. */
export interface PasswordReset {
  readonly digest: string;
  readonly accountId: string;
}

/** Begins a reset. @returns its token, and the moment from which on it is good for nothing */
export async function startPasswordReset(
  db: Handle,
  accountId: string,
  now: number,
): Promise<{ readonly token: string; readonly expiresAt: number }> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const expiresAt = now + RESET_MINUTES * MINUTE_MS;
  await db.deleteFrom('password_reset').where('expires_at', '<=', now).execute();
  await db
    .insertInto('password_reset')
    .values({ digest: digestOf(token), account_id: accountId, expires_at: expiresAt, used_at: null })
    .execute();
  return { token, expiresAt };
}

/** The reset of a token, where it was not used, has not expired, and its account is active. */
export async function findPasswordReset(
  db: Handle,
  token: string,
  now: number,
): Promise<PasswordReset | undefined> {
  if (!TOKEN_FORM.test(token)) return undefined;
  const row = await db
    .selectFrom('password_reset as reset')
    .innerJoin('account', 'account.id', 'reset.account_id')
    .select(['reset.digest', 'reset.account_id'])
    .where('reset.digest', '=', digestOf(token))
    .where('reset.expires_at', '>', now)
    .where('reset.used_at', 'is', null)
    .where('account.state', '=', 'active')
    .executeTakeFirst();
  return row === undefined ? undefined : { digest: row.digest, accountId: row.account_id };
}

/** Uses a reset up. @returns false when somebody else was faster: it is good for one password */
export async function takePasswordReset(
  db: Handle,
  { digest }: PasswordReset,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('password_reset')
    .set({ used_at: now })
    .where('digest', '=', digest)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Ends the resets of an account that wait: its password or its address is another one now. */
export async function endPasswordResets(db: Handle, accountId: string): Promise<void> {
  await db.deleteFrom('password_reset').where('account_id', '=', accountId).execute();
}
