import type { Handle } from '../store/handle.ts';
import { prepared } from '../store/prepared.ts';
import { accountFrom, type Account } from './account.ts';
import { isBotAddress } from './bot-address.ts';

/** Few people write what one answer shows. */
const AT_ONCE = 8;

const rowsByEmail = prepared(
  (db, a: string, b: string, c: string, d: string, e: string, f: string, g: string, h: string) =>
    db.selectFrom('account').selectAll().where('email_key', 'in', [a, b, c, d, e, f, g, h]),
);

/**
 * The accounts that have these e-mail addresses, by the address in lower case. Letter case does not tell two apart. What is
 * written with a bot's address is nobody's but the bot's.
 */
export async function accountsByEmail(
  db: Handle,
  emails: readonly string[],
  botHost: string,
): Promise<ReadonlyMap<string, Account>> {
  // A commit can hold any byte; PostgreSQL takes no NUL, and no address has one.
  const keys = [...new Set(emails.map((email) => email.toLowerCase()))].filter(
    (key) => /^[^\0]+$/.test(key) && !isBotAddress(key, botHost),
  );
  const found = new Map<string, Account>();
  for (let index = 0; index < keys.length; index += AT_ONCE) {
    const [a = '', b = a, c = a, d = a, e = a, f = a, g = a, h = a] = keys.slice(index, index + AT_ONCE);
    for (const row of await rowsByEmail(db, a, b, c, d, e, f, g, h)) {
      found.set(row.email_key, accountFrom(row));
    }
  }
  return found;
}
