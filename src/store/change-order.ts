import { sql } from 'kysely';
import type { Handle } from './handle.ts';
import { readerOf } from './sqlite.ts';

/** Any number that nobody else takes in this database. */
const CHANGES = 1_818_325_091;

/**
 * Makes changes come one after another, from here to the end of the transaction, so that each sees what those before it
 * did to whatever it is decided by. SQLite has one writer at a time by itself; under PostgreSQL's READ COMMITTED two
 * could each go by what the other is about to take away. First in the transaction: what was read before is old.
 */
export const inTurn = (trx: Handle): Promise<void> => wait(trx, sql`pg_advisory_xact_lock(${CHANGES})`);

/** The same for what nobody else is decided by, and which therefore need not wait for its like. */
export const besideItsLike = (trx: Handle): Promise<void> =>
  wait(trx, sql`pg_advisory_xact_lock_shared(${CHANGES})`);

async function wait(trx: Handle, lock: ReturnType<typeof sql>): Promise<void> {
  if (readerOf(trx.getExecutor().adapter) === undefined) await sql`select ${lock}`.execute(trx);
}
