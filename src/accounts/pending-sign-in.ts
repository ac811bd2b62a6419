import { createHash, randomBytes } from 'node:crypto';
import type { Handle } from '../store/handle.ts';

const TOKEN_BYTES = 32;
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;
const VALID_MS = 10 * 60_000;

const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

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
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
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
  if (!TOKEN_FORM.test(token)) return undefined;
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
