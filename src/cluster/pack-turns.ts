import { Busy, type PackTurns, type PackWork, type Turn } from '../limits/pack-queue.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { Calls } from './calls.ts';

/**
 * The queue of pack work is one for the whole host: the first process has it, and workers ask for their turns. A turn has
 * a number that its worker chose.
 */
interface WantedTurn {
  readonly id: number;
  readonly work: PackWork;
}

/** The queue as a worker sees it. */
export class RemotePackTurns implements PackTurns {
  readonly #calls: Pick<Calls, 'ask' | 'tell'>;
  #last = 0;

  constructor(calls: Pick<Calls, 'ask' | 'tell'>) {
    this.#calls = calls;
  }

  async isFull(work: PackWork): Promise<boolean> {
    return (await this.#calls.ask('isFull', work)) === true;
  }

  async enter({ credential, repository }: PackWork, signal?: AbortSignal): Promise<Turn> {
    signal?.throwIfAborted();
    const id = (this.#last += 1);
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.#calls.tell('end', id);
    };
    try {
      const wanted: WantedTurn = { id, work: { credential, repository } };
      const asked = this.#calls.ask('enter', wanted);
      const answer = await (signal === undefined ? asked : unlessAborted(signal, asked));
      if (answer === 'busy') throw new Busy();
    } catch (error) {
      // It may be given to us at this moment.
      end();
      throw error;
    }
    return { end, lend: async () => (await this.#calls.ask('lend', id)) === true };
  }
}

/** What one worker has of the queue; with the worker, it ends. */
export class LeasedPackTurns {
  readonly #queue: PackTurns;
  readonly #turns = new Map<number, Turn>();
  readonly #waiting = new Map<number, AbortController>();

  constructor(queue: PackTurns) {
    this.#queue = queue;
  }

  /** What the worker may ask, by name. */
  readonly handlers = {
    isFull: (work: PackWork) => this.#queue.isFull(work),
    enter: async ({ id, work }: WantedTurn): Promise<'entered' | 'busy' | 'gone'> => {
      const waiting = new AbortController();
      this.#waiting.set(id, waiting);
      try {
        const turn = await this.#queue.enter(work, waiting.signal);
        if (waiting.signal.aborted) turn.end();
        else this.#turns.set(id, turn);
        return 'entered';
      } catch (error) {
        if (error instanceof Busy) return 'busy';
        if (waiting.signal.aborted) return 'gone';
        throw error;
      } finally {
        this.#waiting.delete(id);
      }
    },
    lend: (id: number) => this.#turns.get(id)?.lend() ?? true,
    end: (id: number): void => {
      this.#waiting.get(id)?.abort();
      this.#turns.get(id)?.end();
      this.#turns.delete(id);
    },
  };

  endAll(): void {
    for (const id of [...this.#waiting.keys(), ...this.#turns.keys()]) this.handlers.end(id);
  }
}
