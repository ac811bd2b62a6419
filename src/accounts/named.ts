import { sql, type RawBuilder, type SqlBool } from 'kysely';

const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** As names are written: SQLite finds only the letters from A to Z in either case, and of all others mostly the first of a word is a capital. */
const titled = (text: string): string => text.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());

/**
 * The WHERE of a search of people, over a query that reads `account`: these letters stand in the user name or the display
 * name, in any case. Nothing typed finds everybody.
 */
export function accountNamed(text: string): RawBuilder<SqlBool> {
  const typed = text.trim().toLowerCase();
  if (typed === '') return sql<SqlBool>`1 = 1`;
  return sql<SqlBool>`(account.username_key like ${containing(typed)} escape '\\'
    or lower(account.display_name) like lower(${containing(typed)}) escape '\\'
    or lower(account.display_name) like lower(${containing(titled(typed))}) escape '\\')`;
}

/** The same with e-mail addresses, for those who see these. */
export const accountNamedOrAddressed = (text: string): RawBuilder<SqlBool> =>
  sql<SqlBool>`(${accountNamed(text)} or account.email_key like ${containing(text.trim().toLowerCase())} escape '\\')`;
