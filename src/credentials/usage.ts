import { setImmediate } from 'node:timers/promises';
import type { Database, Handle } from '../store/handle.ts';
import { commitUnsynced } from '../store/unsynced.ts';
import { addObservations, type Observation } from './observations.ts';
import { touchCredentials } from './touch.ts';

const FLUSH_EVERY_MS = 5_000;
/** Different observations kept between two writes; somebody who comes from ever new addresses is not given more memory. */
const MOST_OBSERVATIONS = 10_000;
/** Rows written in one transaction: nothing else that this process does runs meanwhile. */
const ROWS_AT_ONCE = 200;

/**
 * When each credential was last used, and what bounds in observe mode would have refused: counted in memory and written
 * in batches. The use of a credential never waits for a write, and never makes one.
 */
export class UsageRecorder {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  #lastUsed = new Map<string, number>();
  #observed = new Map<string, Observation>();
  #flushing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  used(credentialId: string, at: number): void {
    this.#lastUsed.set(credentialId, Math.max(at, this.#lastUsed.get(credentialId) ?? 0));
  }

  observed(credentialId: string, operation: string, address: string, at: number): void {
    this.#add({ credentialId, operation, address, count: 1, firstAt: at, lastAt: at });
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

  #add(observation: Observation): void {
    const { credentialId, operation, address } = observation;
    const key = `${credentialId} ${operation} ${address}`;
    const before = this.#observed.get(key);
    if (before === undefined && this.#observed.size >= MOST_OBSERVATIONS) return;
    const { count, firstAt, lastAt } = before ?? { ...observation, count: 0 };
    this.#observed.set(key, {
      credentialId,
      operation,
      address,
      count: count + observation.count,
      firstAt: Math.min(firstAt, observation.firstAt),
      lastAt: Math.max(lastAt, observation.lastAt),
    });
  }

  async #write(): Promise<void> {
    const uses = [...this.#lastUsed];
    const observations = [...this.#observed.values()];
    this.#lastUsed = new Map();
    this.#observed = new Map();
    try {
      await this.#writeAway(uses, touchCredentials);
      await this.#writeAway(observations, addObservations);
    } catch (error) {
      for (const [id, at] of uses) this.used(id, at);
      for (const observation of observations) this.#add(observation);
      this.#onError(error);
    }
  }

  /** Some rows at a time, and others run in between. What was written is taken out of `rows`. */
  async #writeAway<Row>(
    rows: Row[],
    write: (db: Handle, some: readonly Row[]) => Promise<void>,
  ): Promise<void> {
    while (rows.length > 0) {
      const some = rows.slice(0, ROWS_AT_ONCE);
      await commitUnsynced(this.#database, (trx) => write(trx, some));
      rows.splice(0, ROWS_AT_ONCE);
      await setImmediate();
    }
  }
}
