import type { Turn } from './pack-queue.ts';
import { Problem } from '../problem.ts';

/**
 * Lets so many works go on at once, and others in the order in which they came: changes, and what processes of Git read,
 * each of which takes memory and a processor, and anybody may ask for as many as they like. As many again may wait for
 * their readers.
 */
export class Turns {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #lent = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Throws `Problem` where very many wait already, and what the work throws. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = await this.enter();
    try {
      return await work();
    } finally {
      turn.end();
    }
  }

  /** For work that goes on when it was answered. Throws `Problem` where very many wait already, and the reason of the signal. */
  async enter(signal?: AbortSignal): Promise<Turn> {
    signal?.throwIfAborted();
    if (this.#running >= this.#most) {
      if (this.#waiting.length >= this.#mostWaiting) {
        throw new Problem(
          'unavailable',
          'This host is busy reading repositories; nothing is wrong with your request. Try again in a minute.',
        );
      }
      await this.#wait(signal);
    } else this.#running += 1;
    let state: 'running' | 'lent' | 'ended' = 'running';
    return {
      end: () => {
        if (state === 'running') this.#handOn();
        if (state === 'lent') this.#lent -= 1;
        state = 'ended';
      },
      lend: async () => {
        if (state !== 'running') return true;
        if (this.#lent >= this.#most) return this.#waiting.length === 0;
        state = 'lent';
        this.#lent += 1;
        this.#handOn();
        return true;
      },
    };
  }

  /** Whoever ends hands the place on. */
  #wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(begin), 1);
      reject(signal?.reason);
    };
    const begin = (): void => {
      signal?.removeEventListener('abort', leave);
      resolve();
    };
    this.#waiting.push(begin);
    signal?.addEventListener('abort', leave, { once: true });
    return promise;
  }

  #handOn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
