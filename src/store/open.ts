import { Kysely, sql, type LogEvent } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Database } from './handle.ts';
import { migrations } from './migrations/index.ts';
import { postgresDialect } from './postgres.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';

/** Where the rows are: a file of SQLite, or the URL of a PostgreSQL, with how many connections to it this process may open. */
export type DatabaseLocation =
  | { readonly sqlite: string }
  | { readonly postgres: string; readonly connections?: number };

const CONNECTIONS = 16;

/**
 * Opens the database and brings its schema up to date. Throws with one clear sentence when it cannot be reached or was
 * written by a newer version of Latchkey.
 */
export async function openDatabase(
  location: DatabaseLocation,
  log?: (event: LogEvent) => void,
): Promise<Database> {
  const dialect =
    'sqlite' in location
      ? sqliteDialect(location.sqlite)
      : await postgresDialect(location.postgres, location.connections ?? CONNECTIONS);
  const database = new Kysely<Schema>(log === undefined ? { dialect } : { dialect, log });
  try {
    const applied = await appliedMigrations(database);
    // One that is in use goes on: what its encoding lacks has been refused since.
    if (applied === undefined && 'postgres' in location) await refuseOtherEncoding(database);
    if (applied?.join() !== Object.keys(migrations).sort().join()) await bringUpToDate(database);
    return database;
  } catch (error) {
    await database.destroy();
    const reason = error instanceof Error ? error.message : 'unknown';
    if (/previously executed migration \S+ is missing/.test(reason)) {
      throw new Error(
        'The database was written by a newer version of Latchkey. Run that version, or restore the backup from before the upgrade.',
        { cause: error },
      );
    }
    throw new Error(`The database could not be opened or brought up to date: ${reason}`, { cause: error });
  }
}

/** Names and messages are any text: in another encoding some of it is refused, or comes back as something else. */
async function refuseOtherEncoding(database: Database): Promise<void> {
  const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(database);
  const encoding = rows[0]?.server_encoding;
  if (encoding !== 'UTF8') {
    throw new Error(
      `it holds text as ${encoding}, and must hold it as UTF8: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.`,
    );
  }
}

async function bringUpToDate(database: Database): Promise<void> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

/** How the databases say that there is no such table: SQLite in words, PostgreSQL by its code. */
const NO_TABLE = /no such table|^42P01$/;

/**
 * By name, in their order; undefined for a new database. Asked first, by every process of a host and every verb: the migrator
 * looks at each column of each table before it sees as much.
 */
async function appliedMigrations(database: Database): Promise<string[] | undefined> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(
      database,
    );
    return rows.map(({ name }) => name);
  } catch (error) {
    const { message, code } = error as { readonly message?: string; readonly code?: string };
    if (NO_TABLE.test(message ?? '') || NO_TABLE.test(code ?? '')) return undefined;
    throw error;
  }
}
