import { sql, type RawBuilder, type SqlBool } from 'kysely';

const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** As names are written: databases find only the letters from A to Z in either case, and of all others mostly the first of a word is a capital. */
const titled = (text: string): string => text.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());

/**
 * The WHERE of a search by name: these letters stand in one of the columns, in any case. Nothing typed finds everything.
 *
 * @param columns such as `account.display_name`
 */
export function named(text: string, columns: readonly string[]): RawBuilder<SqlBool> {
  const typed = text.trim().normalize('NFC');
  if (typed === '') return sql<SqlBool>`1 = 1`;
  const lower = typed.toLowerCase();
  const ways = new Set([typed, lower, typed.toUpperCase(), titled(lower)]);
  const matches = columns.flatMap((column) =>
    [...ways].map(
      (each) => sql<SqlBool>`lower(${sql.ref(column)}) like lower(${containing(each)}) escape '\\'`,
    ),
  );
  return sql<SqlBool>`(${sql.join(matches, sql` or `)})`;
}

/** People by user name and display name, over a query that reads `account`. */
export const accountNamed = (text: string): RawBuilder<SqlBool> =>
  named(text, ['account.username_key', 'account.display_name']);

/** By e-mail address as well, for those who see these. */
export const accountNamedOrAddressed = (text: string): RawBuilder<SqlBool> =>
  named(text, ['account.username_key', 'account.display_name', 'account.email_key']);
