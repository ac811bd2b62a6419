import type { Turn } from '../limits/pack-queue.ts';
import { Problem } from '../problem.ts';

/**
 * Lets so many works go on at once, and others in the order in which they came. For what is read by processes of Git: each
 * takes memory and a processor, and anybody may ask for as many as they like. As many again may wait for their readers.
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

  /** For work that goes on when it was answered. Throws `Problem` where very many wait already. */
  async enter(): Promise<Turn> {
    if (this.#running >= this.#most) {
      if (this.#waiting.length >= this.#mostWaiting) {
        throw new Problem(
          'unavailable',
          'This host is busy reading repositories; nothing is wrong with your request. Try again in a minute.',
        );
      }
      // Whoever ends hands the place on.
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
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

  #handOn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
