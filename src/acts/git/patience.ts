import { Readable } from 'node:stream';
import type { Turn } from '../../limits/pack-queue.ts';
import { Problem } from '../../problem.ts';
import { unlessAborted } from '../../unless-aborted.ts';

/**
 * Work of Git that goes on at the pace of a client keeps its turn only as long as the client keeps up: whenever it has been
 * waited for so long in all, somebody else has the turn, and where too many are waited for, the work ends.
 */
const SLOW_MS = 10_000;

const tooSlow = () =>
  new Problem(
    'unavailable',
    'This host is busy, and the connection is too slow at the moment; try again later.',
  );

class Patience {
  #leftMs: number;
  readonly #turn: Turn;
  readonly #slowMs: number;
  readonly #giveUp: () => void;
  #timer: NodeJS.Timeout | undefined;
  #since = 0;

  constructor(turn: Turn, slowMs: number, giveUp: () => void) {
    this.#turn = turn;
    this.#slowMs = slowMs;
    this.#leftMs = slowMs;
    this.#giveUp = giveUp;
  }

  begin(): void {
    this.#since = performance.now();
    this.#timer = setTimeout(() => {
      // Again and again: where all turns were lent and nobody waited, this one was kept, and somebody may wait later.
      this.#leftMs = this.#slowMs;
      this.begin();
      void this.#turn.lend().then((goesOn) => {
        if (goesOn) return;
        clearTimeout(this.#timer);
        this.#giveUp();
      });
    }, this.#leftMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#since;
  }
}

/** What a client sends, as it comes. Throws `Problem` where the client is too slow for a busy host. */
export async function* fromClient(
  body: AsyncIterable<Buffer>,
  turn: Turn,
  slowMs = SLOW_MS,
): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]();
  const givingUp = new AbortController();
  const patience = new Patience(turn, slowMs, () => givingUp.abort(tooSlow()));
  const read = async () => {
    patience.begin();
    try {
      return await unlessAborted(givingUp.signal, chunks.next());
    } finally {
      patience.end();
    }
  };
  for (let next = await read(); next.done !== true; next = await read()) yield next.value;
}

/** What a client is sent: `giveUp` ends the making of it where the client is too slow for a busy host. */
export async function* toClient(
  answer: AsyncIterable<Buffer>,
  turn: Turn,
  giveUp: () => void,
  slowMs = SLOW_MS,
): AsyncGenerator<Buffer> {
  const patience = new Patience(turn, slowMs, giveUp);
  for await (const chunk of answer) {
    patience.begin();
    try {
      yield chunk;
    } finally {
      patience.end();
    }
  }
}

/** The same as a stream, which has its turn until it is closed. Destroying it ends what is made, also while nothing came yet. */
export function streamToClient(start: () => Readable, turn: Turn, slowMs = SLOW_MS): Readable {
  try {
    const made = start().once('close', turn.end);
    const chunks = toClient(made, turn, () => made.destroy(), slowMs);
    return new Readable({
      read() {
        chunks.next().then(
          ({ value }) => this.push(value ?? null),
          (error: Error) => this.destroy(error),
        );
      },
      // `Readable.from` would wait for the next chunk first.
      destroy(error, done) {
        made.destroy();
        chunks.return(undefined).catch(() => {});
        done(error);
      },
    });
  } catch (error) {
    turn.end();
    throw error;
  }
}
