import { Problem } from '../problem.ts';

/** Who asks for work, and on what: no credential and no repository takes all there is. */
export interface PackWork {
  readonly credential: string;
  readonly repository: string;
}

export interface PackQueueBounds {
  /** How many run at once. */
  readonly running: number;
  /** How many may wait; of one credential, half of them. */
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

interface Waiting extends PackWork {
  readonly start: () => void;
}

/**
 * The queue of what packs objects: fetches that nothing kept answers, and pushes. Of those that wait, the one goes first
 * whose credential and whose repository have the least running, and among equals the one that came first.
 */
export class PackQueue {
  readonly #bounds: PackQueueBounds;
  readonly #running: PackWork[] = [];
  readonly #waiting: Waiting[] = [];

  constructor(bounds: PackQueueBounds) {
    this.#bounds = bounds;
  }

  /** How many run and wait now, and whether all turns are taken. */
  get state(): { readonly running: number; readonly waiting: number; readonly isBusy: boolean } {
    const running = this.#running.length;
    return { running, waiting: this.#waiting.length, isBusy: running >= this.#bounds.running };
  }

  /** Whether whoever came now would be turned away. */
  isFull({ credential }: Pick<PackWork, 'credential'>): boolean {
    if (this.#running.length < this.#bounds.running) return false;
    const own = this.#waiting.filter((each) => each.credential === credential).length;
    return this.#waiting.length >= this.#bounds.waiting || own >= Math.ceil(this.#bounds.waiting / 2);
  }

  /** Waits for a turn; what it resolves with ends it, and may be called more than once. Throws `Busy`, or the reason of the signal. */
  async enter(work: PackWork, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.isFull(work)) throw new Busy();
    if (this.#running.length >= this.#bounds.running) await this.#turn(work, signal);
    else this.#running.push(work);
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      this.#running.splice(this.#running.indexOf(work), 1);
      this.#next();
    };
  }

  #turn(work: PackWork, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { ...work, start: () => settle(resolve) };
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
    // Counted as running from the moment it is its turn, and not from when it wakes up.
    return promise.then(() => {
      this.#running.splice(this.#running.indexOf(waiting), 1, work);
    });
  }

  #next(): void {
    if (this.#running.length >= this.#bounds.running) return;
    const load = ({ credential, repository }: PackWork) =>
      this.#running.filter((each) => each.credential === credential).length +
      this.#running.filter((each) => each.repository === repository).length;
    const [next] = this.#waiting.toSorted((one, other) => load(one) - load(other));
    if (next === undefined) return;
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    this.#running.push(next);
    next.start();
  }
}
