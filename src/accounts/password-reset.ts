import type { Handle } from '../store/handle.ts';
import { digestOf, isToken, newToken } from './token.ts';

const MINUTE_MS = 60_000;

/** For how long the link of a reset is good. */
export const RESET_MINUTES = 30;
/** The same of an invitation, which somebody else began. */
export const INVITATION_DAYS = 7;

/** What a link is good for, in milliseconds. */
const LINK_LIFETIME_MS = {
  reset: RESET_MINUTES * MINUTE_MS,
  invitation: INVITATION_DAYS * 24 * 60 * MINUTE_MS,
} as const;

/** A password that whoever has the link may choose: anew, or the first of an invited person. Only the digest of its token is kept. */
export interface PasswordReset {
  readonly digest: string;
  readonly accountId: string;
  readonly username: string;
  /** The account has no password of its person's own choice yet. */
  readonly isFirst: boolean;
}

/** Begins a reset. @returns its token, and the moment from which on it is good for nothing */
export async function startPasswordReset(
  db: Handle,
  accountId: string,
  kind: keyof typeof LINK_LIFETIME_MS,
  now: number,
): Promise<{ readonly token: string; readonly expiresAt: number }> {
  const token = newToken();
  const expiresAt = now + LINK_LIFETIME_MS[kind];
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
  if (!isToken(token)) return undefined;
  const row = await db
    .selectFrom('password_reset as reset')
    .innerJoin('account', 'account.id', 'reset.account_id')
    .select(['reset.digest', 'reset.account_id', 'account.username', 'account.must_change_password'])
    .where('reset.digest', '=', digestOf(token))
    .where('reset.expires_at', '>', now)
    .where('reset.used_at', 'is', null)
    .where('account.state', '=', 'active')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { digest, account_id: accountId, username } = row;
  return { digest, accountId, username, isFirst: row.must_change_password === 1 };
}

/** Uses a reset up. @returns false when somebody else was faster: it is good for one password */
export async function takePasswordReset(
  db: Handle,
  { digest }: Pick<PasswordReset, 'digest'>,
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
