import { setImmediate } from 'node:timers/promises';
import type { Database } from '../store/handle.ts';
import { commitUnsynced, commitUnsyncedBesideChanges } from '../store/unsynced.ts';
import { noteAlarms } from './alarms.ts';
import { addUses, dayOf, isAdmitted, type Counted, type DayOfUse, type Outcome, type Use } from './ledger.ts';
import { touchCredentials } from './touch.ts';

const FLUSH_EVERY_MS = 5_000;
/** Different uses kept between two writes before nothing of them is told apart but what was asked for. */
const MOST_USES = 20_000;
/**
 * What is told of a use, by how many different ones a credential has had that day: whoever comes in ever new ways gets a
 * bounded number of lines, and loses first what anybody can make up.
 */
const TOLD: readonly { readonly until: number; readonly of: (use: Use) => Use }[] = [
  { until: 200, of: (use) => use },
  { until: 300, of: (use) => ({ ...use, agent: '' }) },
  { until: 400, of: (use) => ({ ...use, agent: '', address: '' }) },
];
const withoutPlace = (use: Use): Use => ({ ...use, agent: '', address: '', targetId: '' });
/** Lines that are remembered, of all credentials. */
const MOST_REMEMBERED = 20_000;
/** Rows written in one transaction: nothing else that this process does runs meanwhile. */
const ROWS_AT_ONCE = 200;
/** Between the parts of a use; in none of them. */
const SEPARATOR = '\n';

/** What is kept of a use that every request may be: its parts are in its key, so that nothing else of a request stays. */
interface Counting extends Counted {
  count: number;
  firstAt: number;
  lastAt: number;
}

/** The different uses of a credential on a day. */
interface Lines {
  readonly day: number;
  readonly keys: string[];
}

/**
 * When each credential was last used, and what for: counted in memory and written in batches. The use of a credential
 * never waits for a write, and never makes one.
 */
export class UsageRecorder {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  #uses = new Map<string, Counting>();
  /** By credential; what was only observed is told apart for itself, so that nothing else crowds it out. */
  readonly #lines = new Map<string, Lines>();
  #remembered = 0;
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
    const whole = keyOf(use, day);
    const key = this.#uses.has(whole) ? whole : this.#told(use, day);
    this.#add(key, { count: 1, firstAt: at, lastAt: at });
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
      before.firstAt = Math.min(before.firstAt, firstAt);
      before.lastAt = Math.max(before.lastAt, lastAt);
    }
  }

  /** The key of as much of a use as is told. */
  #told(use: Use, day: number): string {
    const lines = this.#linesOf(use, day);
    if (this.#uses.size < MOST_USES) {
      for (const { until, of } of TOLD) {
        const key = keyOf(of(use), day);
        if (lines.keys.includes(key)) return key;
        if (lines.keys.length < until) return this.#remember(lines, key);
      }
    }
    return copyOf(keyOf(withoutPlace(use), day));
  }

  #linesOf({ credentialId, outcome }: Use, day: number): Lines {
    const name = outcome === 'observed' ? `${credentialId} observed` : credentialId;
    const known = this.#lines.get(name);
    if (known?.day === day) return known;
    this.#forget(name);
    const lines = { day, keys: [] as string[] };
    this.#lines.set(name, lines);
    return lines;
  }

  #remember(lines: Lines, key: string): string {
    if (this.#remembered >= MOST_REMEMBERED) this.#forget(this.#lines.keys().next().value ?? '');
    const kept = copyOf(key);
    lines.keys.push(kept);
    this.#remembered += 1;
    return kept;
  }

  #forget(name: string): void {
    this.#remembered -= this.#lines.get(name)?.keys.length ?? 0;
    this.#lines.delete(name);
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
      // Changes end credentials in orders of their own.
      await this.#writeAway([...lastUsed], (some) =>
        commitUnsyncedBesideChanges(this.#database, (trx) => touchCredentials(trx, some)),
      );
      await this.#writeAway(uses, (some) =>
        commitUnsynced(this.#database, async (trx) => {
          await addUses(trx, some);
          await noteAlarms(trx, some);
        }),
      );
    } catch (error) {
      for (const use of uses) this.#add(keyOf(use, use.day), use);
      this.#onError(error);
    }
  }

  /** Some rows at a time, and others run in between. What was written is taken out of `rows`. */
  async #writeAway<Row>(rows: Row[], write: (some: readonly Row[]) => Promise<void>): Promise<void> {
    while (rows.length > 0) {
      await write(rows.slice(0, ROWS_AT_ONCE));
      rows.splice(0, ROWS_AT_ONCE);
      await setImmediate();
    }
  }
}

const keyOf = (use: Use, day: number): string =>
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
  use.address +
  SEPARATOR +
  use.agent;

/** A text that is put together holds its parts, and each of them the header that it was cut out of. */
const copyOf = (text: string): string => Buffer.from(text).toString();

function useOf([key, counted]: readonly [string, Counted]): DayOfUse {
  const [credentialId = '', day, operation = '', targetId = '', outcome, address = '', agent = ''] =
    key.split(SEPARATOR);
  const use = { credentialId, operation, targetId, outcome: outcome as Outcome, address, agent };
  return { ...use, ...counted, day: Number(day) };
}
