import { setImmediate } from 'node:timers/promises';
import type { Database, Handle } from '../store/handle.ts';
import { commitUnsynced } from '../store/unsynced.ts';
import { addUses, dayOf, isAdmitted, type Counted, type DayOfUse, type Outcome, type Use } from './ledger.ts';
import { touchCredentials } from './touch.ts';

const FLUSH_EVERY_MS = 5_000;
/** Different uses kept between two writes before places are no longer told apart. */
const MOST_USES = 20_000;
/** Pairs of address and client that are told apart of one credential on one day: who comes from ever new ones is given no more rows. */
const MOST_PLACES = 50;
/** Credentials whose places are remembered. */
const MOST_REMEMBERED = 10_000;
/** Rows written in one transaction: nothing else that this process does runs meanwhile. */
const ROWS_AT_ONCE = 200;
/** Between the parts of a use; in none of them. */
const SEPARATOR = '\n';

/** What is kept of a use that every request may be: its parts are in its key, so that nothing else of a request stays. */
interface Counting extends Counted {
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
  #uses = new Map<string, Counting>();
  /** By credential: where it came from on a day. */
  readonly #places = new Map<string, { readonly day: number; readonly known: string[] }>();
  #flushing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  /** Counts a use, admitted or refused. */
  used(use: Use, at: number): void {
    const day = dayOf(at);
    const key = keyOf(use, day, use.address, use.agent);
    const isToldApart = this.#uses.has(key) || !this.#isOneTooMany(use, day);
    this.#add(isToldApart ? key : keyOf(use, day, '', ''), { count: 1, firstAt: at, lastAt: at });
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

  #add(key: string, { count, firstAt, lastAt }: Counted): void {
    const before = this.#uses.get(key);
    if (before === undefined) this.#uses.set(key, { count, firstAt, lastAt });
    else {
      before.count += count;
      before.lastAt = Math.max(before.lastAt, lastAt);
    }
  }

  #isOneTooMany({ credentialId, address, agent }: Use, day: number): boolean {
    if (this.#uses.size >= MOST_USES) return true;
    const place = `${address} ${agent}`;
    const remembered = this.#places.get(credentialId);
    if (remembered?.day !== day) {
      if (this.#places.size >= MOST_REMEMBERED) this.#places.clear();
      this.#places.set(credentialId, { day, known: [place] });
      return false;
    }
    if (remembered.known.includes(place)) return false;
    if (remembered.known.length >= MOST_PLACES) return true;
    remembered.known.push(place);
    return false;
  }

  /**
   * In the order of their keys, everywhere: two processes that write the same rows in different orders would wait for each
   * other. And rows that lie beside each other are written together, which costs a fraction of writing them as they came.
   */
  async #write(): Promise<void> {
    const counted = [...this.#uses].toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.#uses = new Map();
    const uses = counted.map(useOf);
    const lastUsed = new Map<string, number>();
    for (const { credentialId, outcome, lastAt } of uses)
      if (isAdmitted(outcome)) lastUsed.set(credentialId, Math.max(lastAt, lastUsed.get(credentialId) ?? 0));
    try {
      await this.#writeAway([...lastUsed], touchCredentials);
      await this.#writeAway(uses, addUses);
    } catch (error) {
      for (const use of uses) this.#add(keyOf(use, use.day, use.address, use.agent), use);
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

const keyOf = (use: Use, day: number, address: string, agent: string): string =>
  use.credentialId +
  SEPARATOR +
  day +
  SEPARATOR +
  use.operation +
  SEPARATOR +
  use.targetId +
  SEPARATOR +
  use.outcome +
  SEPARATOR +
  address +
  SEPARATOR +
  agent;

function useOf([key, counted]: readonly [string, Counted]): DayOfUse {
  const [credentialId = '', day, operation = '', targetId = '', outcome, address = '', agent = ''] =
    key.split(SEPARATOR);
  const use = { credentialId, operation, targetId, outcome: outcome as Outcome, address, agent };
  return { ...use, ...counted, day: Number(day) };
}
