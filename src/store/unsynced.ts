import { sql } from 'kysely';
import type { Database, Handle } from './handle.ts';
import { readerOf } from './sqlite.ts';

/**
 * A transaction that does not wait until it lies on the disk. Everybody sees it at once; a power cut may undo it, unless
 * something was committed behind it. For what is found out anew where it is missing.
 */
export async function commitUnsynced(
  database: Database,
  work: (trx: Handle) => Promise<void>,
): Promise<void> {
  if (readerOf(database.getExecutor().adapter) === undefined) {
    await database.transaction().execute(async (trx) => {
      await sql`set local synchronous_commit = off`.execute(trx);
      await work(trx);
    });
    return;
  }
  await database.connection().execute(async (connection) => {
    await sql`pragma synchronous = normal`.execute(connection);
    try {
      await connection.transaction().execute(work);
    } finally {
      await sql`pragma synchronous = full`.execute(connection);
    }
  });
}
