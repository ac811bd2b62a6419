import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { CommitMark } from './commit-mark.ts';

/** How long one waits for a process that holds the whole file. */
const BUSY_TIMEOUT_MS = 10_000;
/** Answers that are kept while nothing is committed, and the longest of each: they are few and small for what every request asks. */
const KEPT_ANSWERS = 1000;
const MOST_ROWS = 50;
/** Who can write what is asked for must not fill the memory with it. */
const LONGEST_KEY = 4096;
/** As much of the database as SQLite can map into memory. */
const MAPPED_BYTES = 0x7fff0000;

export type Value = string | number;
type Rows = readonly unknown[];

/** What is asked again and again, each time with as many values. */
export interface Question {
  readonly sql: string;
  /** What stands for the parameters of the statement: these values, and what is the same every time. */
  readonly parametersOf: (values: readonly Value[]) => readonly Value[];
}

interface KeptStatement {
  readonly rowsOf: (parameters: readonly Value[]) => Rows;
  /** By the values it was asked with. */
  readonly answers: Map<Value, Rows>;
}

/**
 * Reads of what is committed, on a connection of their own: they wait for no transaction, ours or another process's, and
 * cost a fraction of the way through Kysely.
 *
 * It is looked first whether anything at all was committed, by whichever process, since the last answer (`CommitMark`, and
 * where that may have moved `PRAGMA data_version`); where nothing was, what was answered to the same question is what
 * would be answered. That holds from one event to the moment when nothing is left of it to run: what was committed before
 * a request came is seen by it.
 *
 * What has to be read in that time is read of one state, which may be newer than what was known before: taking the locks
 * of a read anew for each statement costs several times as much as the statement.
 */
export class SqliteReader {
  readonly #database: DatabaseSync;
  readonly #mark: CommitMark;
  /** By the question itself: two that differ in what is the same every time may have one text. */
  readonly #statements = new Map<Question, KeptStatement>();
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #version: StatementSync;
  #hasLooked = false;
  #isReading = false;
  /** What `PRAGMA data_version` said last; what is kept is good for it. */
  #dataVersion: unknown;
  #keptAnswers = 0;

  constructor(path: string, mark: CommitMark) {
    this.#mark = mark;
    this.#database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    // Where keys are many, every look-up is at pages that were not read lately, and copying them costs more than the search.
    this.#database.exec(`PRAGMA mmap_size = ${MAPPED_BYTES};`);
    this.#begin = this.#database.prepare('begin');
    this.#end = this.#database.prepare('commit');
    this.#version = this.#database.prepare('PRAGMA data_version');
  }

  /**
   * @param question one of a fixed number: statements are kept for ever
   * @returns rows that others hold too
   */
  all(question: Question, values: readonly Value[]): Rows {
    let statement = this.#statements.get(question);
    if (statement === undefined) {
      statement = { rowsOf: rowsOfStatement(this.#database.prepare(question.sql)), answers: new Map() };
      this.#statements.set(question, statement);
    }
    const { answers, rowsOf } = statement;
    const key = keyOf(values);
    if (!this.#hasLooked) this.#look(answers.has(key));
    const known = answers.get(key);
    if (known !== undefined) return known;
    this.#read();
    const rows = rowsOf(question.parametersOf(values));
    if (rows.length <= MOST_ROWS && String(key).length <= LONGEST_KEY) {
      if (this.#keptAnswers >= KEPT_ANSWERS) this.#forget();
      answers.set(key, rows);
      this.#keptAnswers += 1;
    }
    return rows;
  }

  /** @param isKnown whether what is asked was answered before; what was not has to be read anyway, which tells as much as the mark */
  #look(isKnown: boolean): void {
    // Asked for by a promise, it comes when all promises that wait to run have run.
    process.nextTick(this.refresh);
    if (!isKnown || this.#mark.mayHaveMoved()) this.#read();
    this.#hasLooked = true;
  }

  #read(): void {
    if (this.#isReading) return;
    try {
      this.#begin.run();
      this.#isReading = true;
      const version = this.#version.get()?.['data_version'];
      if (version === undefined || version !== this.#dataVersion) this.#forget();
      this.#dataVersion = version;
    } catch (error) {
      // Nothing that is kept is good: the mark is not asked about this commit again.
      this.#forget();
      this.refresh();
      throw error;
    }
  }

  #forget(): void {
    for (const { answers } of this.#statements.values()) answers.clear();
    this.#keptAnswers = 0;
  }

  /** What is read from here on is read of the last commit. */
  readonly refresh = (): void => {
    this.#hasLooked = false;
    if (!this.#isReading) return;
    this.#isReading = false;
    this.#end.run();
  };

  /** Ends a reading as well. */
  close(): void {
    this.#isReading = false;
    this.#database.close();
  }
}

/** One question is always asked with as many values, so that one value cannot be taken for two. */
function keyOf(values: readonly Value[]): Value {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : JSON.stringify(values);
}

/** The objects that SQLite's binding itself makes of rows take twice as long to make, and to read. */
function rowsOfStatement(statement: StatementSync): KeptStatement['rowsOf'] {
  const names = statement.columns().map(({ name }) => name);
  const rowOf = (values: readonly unknown[]): unknown => {
    const row: Record<string, unknown> = {};
    for (let index = 0; index < names.length; index++) row[names[index] ?? ''] = values[index];
    return Object.freeze(row);
  };
  statement.setReturnArrays(true);
  return (parameters) => (statement.all(...parameters) as unknown as readonly unknown[][]).map(rowOf);
}
