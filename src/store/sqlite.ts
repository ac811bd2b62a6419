import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import { CommitMark } from './commit-mark.ts';
import { SqliteReader } from './sqlite-reader.ts';

/** How many prepared statements are kept: preparing costs three times the running of a small query. */
const KEPT_STATEMENTS = 256;
/** How long one waits for other processes that write. */
export const BUSY_TIMEOUT_MS = 10_000;
const BUSY_RETRY_MS = 1;
const LONGEST_RETRY_MS = 20;
const SQLITE_BUSY = 5;

/**
 * Kysely over `node:sqlite`. One connection, on which Kysely lets transactions wait for each other.
 *
 * Transactions begin IMMEDIATE: with a plain BEGIN, a transaction that reads and then writes fails at once with "database
 * is locked" when another process (the command line) wrote in between, whatever the timeout.
 */
export function sqliteDialect(path: string): Dialect {
  const adapter = new TransactionalSqliteAdapter();
  return {
    createAdapter: () => adapter,
    createDriver: () => new SqliteDriver(path, adapter),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/**
 * SQLite does roll back changes of the schema. Saying so makes all migrations of a start one transaction: two processes
 * that start at once do them once, and a crash in the middle leaves nothing half-made.
 */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

const readers = new WeakMap<object, SqliteReader>();
const connections = new WeakMap<object, SqliteConnection>();

/** The reader of an open database, by its adapter; undefined where it is no SQLite. */
export const readerOf = (adapter: object): SqliteReader | undefined => readers.get(adapter);

/**
 * For who holds the connection of an open database: what is to write while another process does throws what `isBusy` knows
 * instead of waiting.
 */
export async function withoutWaiting<Result>(adapter: object, work: () => Promise<Result>): Promise<Result> {
  const connection = connections.get(adapter);
  if (connection === undefined) throw new Error('The database is closed.');
  connection.waits = false;
  try {
    return await work();
  } finally {
    connection.waits = true;
  }
}

class SqliteDriver implements Driver {
  readonly #path: string;
  readonly #adapter: object;
  #database: DatabaseSync | undefined;
  #mark: CommitMark | undefined;
  #connection: SqliteConnection | undefined;

  constructor(path: string, adapter: object) {
    this.#path = path;
    this.#adapter = adapter;
  }

  async init(): Promise<void> {
    try {
      this.#open();
    } catch (error) {
      // Nobody destroys what was not opened.
      await this.destroy();
      throw error;
    }
  }

  #open(): void {
    const database = new DatabaseSync(this.#path, { timeout: BUSY_TIMEOUT_MS });
    this.#database = database;
    // FULL: a revocation that was answered must survive a power cut.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    // From here on it is us who wait: SQLite would sleep, and with it everything else that this process does.
    database.exec('PRAGMA busy_timeout = 0;');
    this.#mark = new CommitMark(this.#path);
    const reader = new SqliteReader(this.#path, this.#mark);
    readers.set(this.#adapter, reader);
    this.#connection = new SqliteConnection(database, reader);
    connections.set(this.#adapter, this.#connection);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#connection === undefined) throw new Error('The database is closed.');
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // Where the disk is full SQLite has rolled back by itself, and a second time would fail in place of the first error.
    if (this.#database?.isTransaction === false) return;
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async destroy(): Promise<void> {
    readers.get(this.#adapter)?.close();
    readers.delete(this.#adapter);
    connections.delete(this.#adapter);
    this.#database?.close();
    // Last, and only where both are closed: it would take their locks away.
    this.#mark?.close();
    this.#mark = undefined;
    this.#database = undefined;
    this.#connection = undefined;
  }
}

class SqliteConnection implements DatabaseConnection {
  /** For other processes that write. */
  waits = true;
  readonly #database: DatabaseSync;
  readonly #reader: SqliteReader;
  readonly #statements = new Map<string, { statement: StatementSync; returnsRows: boolean }>();

  constructor(database: DatabaseSync, reader: SqliteReader) {
    this.#database = database;
    this.#reader = reader;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { statement, returnsRows } = this.#prepared(query.sql);
    const parameters = query.parameters.map(bindable);
    const run = (): QueryResult<Row> => {
      if (returnsRows) return { rows: statement.all(...parameters) as Row[] };
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    };
    const until = this.waits ? performance.now() + BUSY_TIMEOUT_MS : 0;
    for (let wait = BUSY_RETRY_MS; ; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      try {
        const result = run();
        // It may have been a write or the end of a transaction, which whoever asks next has to see.
        this.#reader.refresh();
        return result;
      } catch (error) {
        // Only a statement that changed nothing yet is told that somebody else writes.
        if (!isBusy(error) || performance.now() > until) throw error;
      }
      await delay(wait);
    }
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    for (const row of this.#prepared(query.sql).statement.iterate(...query.parameters.map(bindable))) {
      yield { rows: [row as Row] };
    }
  }

  #prepared(sql: string): { statement: StatementSync; returnsRows: boolean } {
    let kept = this.#statements.get(sql);
    if (kept === undefined) {
      const statement = this.#database.prepare(sql);
      kept = { statement, returnsRows: statement.columns().length > 0 };
      if (this.#statements.size >= KEPT_STATEMENTS) {
        const oldest = this.#statements.keys().next();
        if (oldest.done !== true) this.#statements.delete(oldest.value);
      }
    } else {
      this.#statements.delete(sql);
    }
    this.#statements.set(sql, kept);
    return kept;
  }
}

/** Whether another process held the lock that a statement wanted: SQLite's `SQLITE_BUSY`. */
export const isBusy = (error: unknown): boolean =>
  // Of the extended codes, the lowest byte is the plain one.
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;

/** An object as first argument would be taken for a bag of named parameters and bind NULL without a word. */
function bindable(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`A ${typeof value} cannot be stored: convert it first.`);
}
