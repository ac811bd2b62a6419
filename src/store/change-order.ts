import { sql } from 'kysely';
import type { Database, Handle } from './handle.ts';
import { readerOf } from './sqlite.ts';

/** Any number that nobody else takes in this database. */
const CHANGES = 1_818_325_091;
/** How long one waits for the changes of other processes, and for their rows. */
const PATIENCE = '10s';
/** How long a process that was stopped, or cut off from the database, keeps the others waiting. */
const LONGEST_PAUSE = '20s';
/** Of this process at once: what waits for its turn holds a connection, and reading needs some, too. */
const MOST_BESIDE = 2;

/**
 * A transaction of changes that come one after another, over all processes, so that each sees what those before it did to
 * whatever it is decided by. SQLite has one writer at a time by itself; under PostgreSQL's READ COMMITTED two could each
 * go by what the other is about to take away. Throws what `isTooLong` knows where the others take very long.
 */
export const inTurn = <Result>(database: Database, work: (trx: Handle) => Promise<Result>): Promise<Result> =>
  ordered(database, 'alone', sql`pg_advisory_xact_lock(${CHANGES})`, work);

/** The same for what nobody else is decided by, and which therefore need not wait for its like. */
export const besideItsLike = <Result>(
  database: Database,
  work: (trx: Handle) => Promise<Result>,
): Promise<Result> => ordered(database, 'beside', sql`pg_advisory_xact_lock_shared(${CHANGES})`, work);

/** Whether the database gave up waiting for others: PostgreSQL's `lock_not_available`. */
export const isTooLong = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '55P03';

/** What waits in this process for those before it. */
class Line {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#most) this.#running += 1;
    // Whoever ends hands the place on.
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

type Lines = Readonly<Record<'alone' | 'beside', Line>>;
const lines = new WeakMap<Database, Lines>();

function linesOf(database: Database): Lines {
  const present = lines.get(database) ?? { alone: new Line(1), beside: new Line(MOST_BESIDE) };
  lines.set(database, present);
  return present;
}

function ordered<Result>(
  database: Database,
  line: keyof Lines,
  lock: ReturnType<typeof sql>,
  work: (trx: Handle) => Promise<Result>,
): Promise<Result> {
  if (readerOf(database.getExecutor().adapter) !== undefined) return database.transaction().execute(work);
  return linesOf(database)[line].take(() =>
    database.transaction().execute(async (trx) => {
      await sql`select set_config('lock_timeout', ${PATIENCE}, true),
        set_config('idle_in_transaction_session_timeout', ${LONGEST_PAUSE}, true)`.execute(trx);
      // A statement of its own, which sees what was committed while it waited.
      await sql`select ${lock}`.execute(trx);
      return work(trx);
    }),
  );
}
