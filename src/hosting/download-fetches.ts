import { setImmediate } from 'node:timers/promises';
import type { Database } from '../store/handle.ts';
import { commitUnsyncedBesideChanges } from '../store/unsynced.ts';
import { addFetches } from './downloads.ts';

const FLUSH_EVERY_MS = 5_000;
/** Rows written in one transaction: nothing else that this process does runs meanwhile. */
const ROWS_AT_ONCE = 200;

/**
 * How often downloads were fetched: counted in memory and written in batches. Fetching one never waits for a write, and never
 * makes one.
 */
export class DownloadFetches {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  /** By the id of the download. */
  #fetched = new Map<string, number>();
  #flushing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  count(id: string, times = 1): void {
    this.#fetched.set(id, (this.#fetched.get(id) ?? 0) + times);
  }

  /** Writes what was counted. When the database cannot be written, what was counted is kept for the next time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** In the order of their ids, everywhere, so that no two processes wait for each other; uploads lock them in theirs. */
  async #write(): Promise<void> {
    const fetched = [...this.#fetched].toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.#fetched = new Map();
    try {
      while (fetched.length > 0) {
        const some = fetched.slice(0, ROWS_AT_ONCE);
        await commitUnsyncedBesideChanges(this.#database, (trx) => addFetches(trx, some));
        fetched.splice(0, ROWS_AT_ONCE);
        await setImmediate();
      }
    } catch (error) {
      for (const [id, times] of fetched) this.count(id, times);
      this.#onError(error);
    }
  }
}
