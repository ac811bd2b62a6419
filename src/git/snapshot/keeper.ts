import { setImmediate } from 'node:timers/promises';
import { NotPlain } from './not-plain.ts';
import { RepositoryRefs } from './repository-refs.ts';
import type { RepositoryHandle } from '../handle.ts';
import type { ObjectFormat } from '../object-id.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { RefSnapshot } from './snapshot.ts';

export interface KeeperLimits {
  /** Of the refs and answers that are remembered, over all repositories: about as much memory as they take. */
  readonly bytes: number;
  readonly repositories: number;
}

const DEFAULT_LIMITS: KeeperLimits = { bytes: 48 * 1024 * 1024, repositories: 10_000 };

interface Held {
  readonly refs: RepositoryRefs;
  /** A reading that has not begun: whoever asks now is answered by it. */
  next: Promise<RefSnapshot | undefined> | undefined;
  last: Promise<unknown>;
  weight: number;
}

/**
 * The refs of all repositories, remembered for those that were asked for last, and held against the disk at each
 * question. Questions that come while a reading of the same repository waits to begin share it.
 */
export class RefKeeper {
  readonly #reader: ObjectReader;
  readonly #clock: () => number;
  readonly #limits: KeeperLimits;
  /** In the order of use: the first is the longest unused. */
  readonly #held = new Map<string, Held>();
  #weight = 0;

  constructor(
    reader: ObjectReader,
    options: { readonly clock?: () => number; readonly limits?: Partial<KeeperLimits> } = {},
  ) {
    this.#reader = reader;
    this.#clock = options.clock ?? Date.now;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
  }

  /** The refs as they are at some moment after the call; undefined where Git itself must be asked. */
  snapshot(handle: RepositoryHandle): Promise<RefSnapshot | undefined> {
    const held = this.#use(handle);
    held.next ??= this.#readNext(handle.path, held);
    return held.next;
  }

  /** The object format of a repository that is as we make them; undefined where Git itself must be asked. */
  nature(handle: RepositoryHandle): ObjectFormat | undefined {
    try {
      return this.#use(handle).refs.nature();
    } catch (error) {
      if (error instanceof NotPlain) return undefined;
      throw error;
    }
  }

  /** About as many bytes as are remembered now. */
  get weight(): number {
    return this.#weight;
  }

  async #readNext(path: string, held: Held): Promise<RefSnapshot | undefined> {
    await held.last;
    // All who come in the same turn of the event loop: none of them came after the reading began.
    await setImmediate();
    held.next = undefined;
    const reading = orUndefined(held.refs.read());
    held.last = reading.catch(() => {});
    const snapshot = await reading;
    this.#weigh(path, held);
    return snapshot;
  }

  #use(handle: RepositoryHandle): Held {
    const held = this.#held.get(handle.path) ?? this.#open(handle);
    this.#held.delete(handle.path);
    this.#held.set(handle.path, held);
    return held;
  }

  #open(handle: RepositoryHandle): Held {
    const refs = new RepositoryRefs(handle, this.#reader, this.#clock);
    return { refs, next: undefined, last: Promise.resolve(), weight: 0 };
  }

  #weigh(path: string, held: Held): void {
    if (this.#held.get(path) !== held) return;
    this.#weight += held.refs.weight - held.weight;
    held.weight = held.refs.weight;
    for (const [oldest, { weight }] of this.#held) {
      const fits = this.#weight <= this.#limits.bytes && this.#held.size <= this.#limits.repositories;
      if (fits || this.#held.size === 1) break;
      this.#held.delete(oldest);
      this.#weight -= weight;
    }
  }
}

async function orUndefined(reading: Promise<RefSnapshot>): Promise<RefSnapshot | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}
