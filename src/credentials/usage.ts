import { setImmediate } from 'node:timers/promises';
import { RecentlyUsed } from '../recently-used.ts';
import type { Database, Handle } from '../store/handle.ts';
import { commitUnsynced } from '../store/unsynced.ts';
import { addUses, dayOf, isAdmitted, keyOf, type DayOfUse, type Use } from './ledger.ts';
import { touchCredentials } from './touch.ts';

const FLUSH_EVERY_MS = 5_000;
/** Different uses kept between two writes before places are no longer told apart. */
const MOST_USES = 10_000;
/** Pairs of address and client that are told apart of one credential on one day: who comes from ever new ones is given no more rows. */
const MOST_PLACES = 50;
/** Credentials whose places are remembered, the lately used ones. */
const MOST_REMEMBERED = 2_000;
/** Rows written in one transaction: nothing else that this process does runs meanwhile. */
const ROWS_AT_ONCE = 200;

/**
 * By their keys, everywhere: two processes that write the same rows in different orders would wait for each other. And rows
 * that lie beside each other are written together, which costs a fraction of writing them as they came.
 */
const inOrder = <Value>(map: ReadonlyMap<string, Value>): [string, Value][] =>
  [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));

interface Counting extends DayOfUse {
  count: number;
  lastAt: number;
}

/**
 * When each credential was last used, and what for: counted in memory and written in batches. The use of a credential
 * never waits for a write, and never makes one.
 */
export class UsageRecorder {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  #lastUsed = new Map<string, number>();
  #uses = new Map<string, Counting>();
  readonly #places = new RecentlyUsed<{ readonly day: number; readonly known: string[] }>(MOST_REMEMBERED);
  #flushing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  /** Counts a use, admitted or refused. */
  used(use: Use, at: number): void {
    const { credentialId } = use;
    if (isAdmitted(use.outcome))
      this.#lastUsed.set(credentialId, Math.max(at, this.#lastUsed.get(credentialId) ?? 0));
    this.#count({ ...use, day: dayOf(at), count: 1, firstAt: at, lastAt: at });
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

  #count(use: DayOfUse): void {
    const key = `${use.credentialId} ${use.day} ${keyOf(use)}`;
    const before = this.#uses.get(key);
    if (before !== undefined) {
      before.count += use.count;
      before.lastAt = Math.max(before.lastAt, use.lastAt);
    } else if (use.address + use.agent !== '' && (this.#uses.size >= MOST_USES || this.#isOneTooMany(use))) {
      this.#count({ ...use, address: '', agent: '' });
    } else this.#uses.set(key, { ...use });
  }

  #isOneTooMany({ credentialId, day, address, agent }: DayOfUse): boolean {
    const place = `${address} ${agent}`;
    const remembered = this.#places.get(credentialId);
    if (remembered?.day !== day) {
      this.#places.set(credentialId, { day, known: [place] }, 1);
      return false;
    }
    if (remembered.known.includes(place)) return false;
    if (remembered.known.length >= MOST_PLACES) return true;
    remembered.known.push(place);
    return false;
  }

  async #write(): Promise<void> {
    const times = inOrder(this.#lastUsed);
    const uses = inOrder(this.#uses).map(([, use]) => use);
    this.#lastUsed = new Map();
    this.#uses = new Map();
    try {
      await this.#writeAway(times, touchCredentials);
      await this.#writeAway(uses, addUses);
    } catch (error) {
      for (const [id, at] of times) this.#lastUsed.set(id, Math.max(at, this.#lastUsed.get(id) ?? 0));
      for (const use of uses) this.#count(use);
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
