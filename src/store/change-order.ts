import { sql } from 'kysely';
import type { Database, Handle } from './handle.ts';
import { readerOf } from './sqlite.ts';

/** Any number that nobody else takes in this database. */
const CHANGES = 1_818_325_091;
/** How long one waits for the changes of other processes, and for their rows. */
const PATIENCE = '10s';
/** How long a process that was stopped, or cut off from the database, keeps the others waiting. */
const LONGEST_PAUSE = '20s';

/**
 * A transaction of changes that come one after another, over all processes, so that each sees what those before it did to
 * whatever it is decided by. SQLite has one writer at a time by itself; under PostgreSQL's READ COMMITTED two could each
 * go by what the other is about to take away. Throws what `isTooLong` knows where the others take very long.
 */
export const inTurn = <Result>(database: Database, work: (trx: Handle) => Promise<Result>): Promise<Result> =>
  ordered(database, sql`pg_advisory_xact_lock(${CHANGES})`, work);

/** The same for what nobody else is decided by, and which therefore need not wait for its like. */
export const besideItsLike = <Result>(
  database: Database,
  work: (trx: Handle) => Promise<Result>,
): Promise<Result> => ordered(database, sql`pg_advisory_xact_lock_shared(${CHANGES})`, work);

/** Whether the database gave up waiting for others: PostgreSQL's `lock_not_available`. */
export const isTooLong = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '55P03';

function ordered<Result>(
  database: Database,
  lock: ReturnType<typeof sql>,
  work: (trx: Handle) => Promise<Result>,
): Promise<Result> {
  if (readerOf(database.getExecutor().adapter) !== undefined) return database.transaction().execute(work);
  return database.transaction().execute(async (trx) => {
    await sql`select set_config('lock_timeout', ${PATIENCE}, true),
      set_config('idle_in_transaction_session_timeout', ${LONGEST_PAUSE}, true)`.execute(trx);
    // A statement of its own, which sees what was committed while it waited.
    await sql`select ${lock}`.execute(trx);
    return work(trx);
  });
}
