import type { Database } from '../store/handle.ts';
import { addObservations, type Observation } from './observations.ts';
import { touchCredentials } from './touch.ts';

const FLUSH_EVERY_MS = 5_000;
/** Different observations kept between two writes; somebody who comes from ever new addresses is not given more memory. */
const MOST_OBSERVATIONS = 10_000;

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
    const key = `${credentialId} ${operation} ${address}`;
    const before = this.#observed.get(key);
    if (before === undefined && this.#observed.size >= MOST_OBSERVATIONS) return;
    const firstAt = before?.firstAt ?? at;
    this.#observed.set(key, {
      credentialId,
      operation,
      address,
      count: (before?.count ?? 0) + 1,
      firstAt,
      lastAt: at,
    });
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

  async #write(): Promise<void> {
    const lastUsed = this.#lastUsed;
    const observed = this.#observed;
    if (lastUsed.size === 0 && observed.size === 0) return;
    this.#lastUsed = new Map();
    this.#observed = new Map();
    try {
      await this.#database.transaction().execute(async (trx) => {
        await touchCredentials(trx, lastUsed);
        await addObservations(trx, [...observed.values()]);
      });
    } catch (error) {
      for (const [id, at] of lastUsed) this.used(id, at);
      for (const [key, before] of observed) {
        const since = this.#observed.get(key);
        this.#observed.set(
          key,
          since === undefined
            ? before
            : { ...since, count: before.count + since.count, firstAt: before.firstAt },
        );
      }
      this.#onError(error);
    }
  }
}
