import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { besideItsLike } from './change-order.ts';
import type { Database, Handle } from './handle.ts';
import { BUSY_TIMEOUT_MS, isBusy, readerOf, withoutWaiting } from './sqlite.ts';

/** Between tries to begin. */
const RETRY_MS = 10;

type Work = (trx: Handle) => Promise<void>;

/**
 * A transaction that does not wait until it lies on the disk. Everybody sees it at once; a power cut may undo it, unless
 * something was committed behind it. For what is found out anew where it is missing.
 */
export const commitUnsynced = (database: Database, work: Work): Promise<void> =>
  isSqlite(database) ? onceItIsFree(database, work) : database.transaction().execute(unsynced(work));

/** The same for what locks rows that changes lock in an order of their own: it waits for them, and they for it. */
export const commitUnsyncedBesideChanges = (database: Database, work: Work): Promise<void> =>
  isSqlite(database) ? onceItIsFree(database, work) : besideItsLike(database, unsynced(work));

const isSqlite = (database: Database): boolean => readerOf(database.getExecutor().adapter) !== undefined;

const unsynced =
  (work: Work): Work =>
  async (trx) => {
    await sql`set local synchronous_commit = off`.execute(trx);
    await work(trx);
  };

/** While another process writes, the one connection is given back: nobody who reads waits for this. */
async function onceItIsFree(database: Database, work: Work): Promise<void> {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      await atOnce(database, work);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
    }
    await delay(RETRY_MS);
  }
}

const atOnce = (database: Database, work: Work): Promise<void> =>
  database.connection().execute(async (connection) => {
    await sql`pragma synchronous = normal`.execute(connection);
    try {
      await withoutWaiting(database.getExecutor().adapter, () => connection.transaction().execute(work));
    } finally {
      await sql`pragma synchronous = full`.execute(connection);
    }
  });
