import { availableParallelism } from 'node:os';
import type { Settings } from '../config.ts';
import { Problem } from '../problem.ts';

/** Who asks for work, and on what: no credential and no repository takes all there is. */
export interface PackWork {
  readonly credential: string;
  readonly repository: string;
}

export interface PackQueueBounds {
  /** How many run at once. */
  readonly running: number;
  /** How many may wait; of one credential or repository, half of them. */
  readonly waiting: number;
  /** How long one waits at most. */
  readonly waitMs: number;
}

/** There is more pack work than this host takes on. */
export class Busy extends Problem {
  constructor() {
    super(
      'unavailable',
      'This host is busy preparing other packs; nothing is wrong with your request. Try again in a minute.',
    );
    this.name = 'Busy';
  }
}

export interface Turn {
  /** The work is done. May be called more than once. */
  readonly end: () => void;
  /**
   * The work waits for its client, and gives its turn to somebody else while it goes on. False where so many do already
   * that it has to end: what waits costs memory.
   */
  readonly lend: () => Promise<boolean>;
}

/** Whose turn it is to pack objects: asked of the queue itself, or by a worker of the process that has it. */
export interface PackTurns {
  /** Whether whoever came now would be turned away. */
  isFull(work: PackWork): Promise<boolean>;
  /** Waits for a turn. Throws `Busy`, or the reason of the signal. */
  enter(work: PackWork, signal?: AbortSignal): Promise<Turn>;
}

/** Of works that wait for their clients, there are so many for each that may run. */
const LENT = 4;

interface Waiting {
  readonly work: PackWork;
  readonly start: () => void;
}

/**
 * The queue of what packs objects: fetches that nothing kept answers, and pushes. Of those that wait, the one goes first
 * whose credential and whose repository have the least running, and among equals the one that came first.
 */
export class PackQueue implements PackTurns {
  readonly #bounds: PackQueueBounds;
  readonly #running = new Set<PackWork>();
  readonly #lent = new Set<PackWork>();
  readonly #waiting: Waiting[] = [];

  constructor(bounds: PackQueueBounds) {
    this.#bounds = bounds;
  }

  /** How many run, wait for their turn, and wait for their clients, and whether all turns are taken. */
  get state(): {
    readonly running: number;
    readonly waiting: number;
    readonly lent: number;
    readonly isBusy: boolean;
  } {
    const running = this.#running.size;
    const isBusy = running >= this.#bounds.running;
    return { running, waiting: this.#waiting.length, lent: this.#lent.size, isBusy };
  }

  async isFull(work: PackWork): Promise<boolean> {
    return this.#isFull(work);
  }

  #isFull({ credential, repository }: PackWork): boolean {
    if (this.#running.size < this.#bounds.running) return false;
    const most = Math.ceil(this.#bounds.waiting / 2);
    const works = this.#waiting.map(({ work }) => work);
    return (
      works.length >= this.#bounds.waiting ||
      works.filter((work) => work.credential === credential).length >= most ||
      works.filter((work) => work.repository === repository).length >= most
    );
  }

  async enter({ credential, repository }: PackWork, signal?: AbortSignal): Promise<Turn> {
    signal?.throwIfAborted();
    // Each entry is a thing of its own, even where the same work is meant.
    const work = { credential, repository };
    if (this.#isFull(work)) throw new Busy();
    if (this.#running.size < this.#bounds.running) this.#running.add(work);
    else await this.#wait(work, signal);
    return {
      end: () => {
        this.#lent.delete(work);
        if (this.#running.delete(work)) this.#next();
      },
      lend: async () => {
        if (!this.#running.has(work)) return true;
        if (this.#lent.size >= LENT * this.#bounds.running) return this.#waiting.length === 0;
        this.#running.delete(work);
        this.#lent.add(work);
        this.#next();
        return true;
      },
    };
  }

  #wait(work: PackWork, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { work, start: () => settle(resolve) };
    const settle = (end: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      end();
    };
    const giveUp = (reason: unknown) => {
      const place = this.#waiting.indexOf(waiting);
      if (place === -1) return;
      this.#waiting.splice(place, 1);
      settle(() => reject(reason));
    };
    const onAbort = () => giveUp(signal?.reason);
    const timer = setTimeout(() => giveUp(new Busy()), this.#bounds.waitMs);
    signal?.addEventListener('abort', onAbort);
    this.#waiting.push(waiting);
    return promise;
  }

  #next(): void {
    if (this.#running.size >= this.#bounds.running) return;
    const running = [...this.#running];
    const load = ({ work: { credential, repository } }: Waiting) =>
      running.filter((each) => each.credential === credential).length +
      running.filter((each) => each.repository === repository).length;
    const [next] = this.#waiting.toSorted((one, other) => load(one) - load(other));
    if (next === undefined) return;
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    // Counted as running from the moment it is its turn, and not from when it wakes up.
    this.#running.add(next.work);
    next.start();
  }
}

/** The queue that these settings ask for. */
export const packQueueOf = (settings: Settings): PackQueue =>
  new PackQueue({
    running: settings.pack_jobs ?? 2 * availableParallelism(),
    waiting: settings.pack_queue,
    waitMs: settings.pack_queue_seconds * 1000,
  });
