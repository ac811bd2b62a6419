import type { Handle } from '../store/handle.ts';
import { accountFrom, type Account } from './account.ts';

/** The accounts that have these e-mail addresses, by the address in lower case. Letter case does not tell two apart. */
export async function accountsByEmail(
  db: Handle,
  emails: readonly string[],
): Promise<ReadonlyMap<string, Account>> {
  // A commit can hold any byte; PostgreSQL takes no NUL, and no address has one.
  const keys = [...new Set(emails.map((email) => email.toLowerCase()))].filter((key) => /^[^\0]+$/.test(key));
  if (keys.length === 0) return new Map();
  const rows = await db.selectFrom('account').selectAll().where('email_key', 'in', keys).execute();
  return new Map(rows.map((row) => [row.email_key, accountFrom(row)]));
}
