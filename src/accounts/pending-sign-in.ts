import type { Handle } from '../store/handle.ts';
import { digestOf, isToken, newToken } from './token.ts';

const VALID_MS = 10 * 60_000;

/** A sign-in whose password was right. It is no session: the second step is all that it opens. */
export interface PendingSignIn {
  readonly digest: string;
  readonly accountId: string;
  /** The hash that the password was held against. */
  readonly password: string;
}

/** Keeps a sign-in for ten minutes. @returns the value of its cookie */
export async function startPendingSignIn(
  db: Handle,
  account: { readonly id: string; readonly password: string },
  now: number,
): Promise<string> {
  const token = newToken();
  await db.deleteFrom('pending_sign_in').where('expires_at', '<=', now).execute();
  await db
    .insertInto('pending_sign_in')
    .values({
      digest: digestOf(token),
      account_id: account.id,
      password: account.password,
      expires_at: now + VALID_MS,
    })
    .execute();
  return token;
}

export async function findPendingSignIn(
  db: Handle,
  token: string,
  now: number,
): Promise<PendingSignIn | undefined> {
  if (!isToken(token)) return undefined;
  const row = await db
    .selectFrom('pending_sign_in')
    .selectAll()
    .where('digest', '=', digestOf(token))
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row === undefined
    ? undefined
    : { digest: row.digest, accountId: row.account_id, password: row.password };
}

/** Ends it. @returns false when somebody else was faster: it is good for one session */
export async function takePendingSignIn(db: Handle, { digest }: PendingSignIn): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('pending_sign_in')
    .where('digest', '=', digest)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
