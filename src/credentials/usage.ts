import type { Database } from '../store/handle.ts';

const FLUSH_EVERY_MS = 5_000;

/**
 * When each credential was last used, counted in memory and written in batches: the use of a credential never waits for
 * a write, and never makes one.
 */
export class UsageRecorder {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  #lastUsed = new Map<string, number>();
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
    const counted = this.#lastUsed;
    if (counted.size === 0) return;
    this.#lastUsed = new Map();
    try {
      await this.#database.transaction().execute(async (trx) => {
        // In one order everywhere: two processes that write the same rows in different orders would wait for each other.
        for (const [id, at] of [...counted].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
          await trx
            .updateTable('credential')
            .set({ last_used_at: at })
            .where('id', '=', id)
            .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', at)]))
            .execute();
        }
      });
    } catch (error) {
      for (const [id, at] of counted) this.used(id, at);
      this.#onError(error);
    }
  }
}
