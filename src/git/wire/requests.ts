/**
 * Cuts what a client of protocol version 2 sends in one conversation into its requests, each up to its flush packet
 * (gitprotocol-v2(5), "Command Request"). Nothing is held back: the bytes of a request pass as they come.
 */
export class Requests {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #running: Promise<void> = Promise.resolve();

  constructor(chunks: AsyncIterator<Buffer>) {
    this.#chunks = chunks;
  }

  /**
   * The next request, to be read to its end before the one behind it; undefined when the client has no more: it ends its
   * side, or sends a flush packet alone. Throws what the client's side throws.
   */
  async next(): Promise<AsyncIterable<Buffer> | undefined> {
    await this.#running;
    while (this.#rest.length < HEAD) {
      const { value, done } = await this.#chunks.next();
      if (done === true) {
        if (this.#rest.length === 0) return undefined;
        break;
      }
      this.#rest = Buffer.concat([this.#rest, value]);
    }
    if (this.#rest.toString('latin1', 0, HEAD) === FLUSH) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running = promise;
    return this.#one(resolve);
  }

  async *#one(done: () => void): AsyncGenerator<Buffer> {
    const scan = new FlushScan();
    try {
      for (;;) {
        const chunk = this.#rest.length > 0 ? this.#rest : await this.#more();
        this.#rest = Buffer.alloc(0);
        if (chunk === undefined) return;
        const end = scan.endIn(chunk);
        if (end === undefined) {
          yield chunk;
          continue;
        }
        this.#rest = chunk.subarray(end);
        yield chunk.subarray(0, end);
        return;
      }
    } finally {
      done();
    }
  }

  async #more(): Promise<Buffer | undefined> {
    const { value, done } = await this.#chunks.next();
    return done === true ? undefined : value;
  }
}

const HEAD = 4;
const FLUSH = '0000';

/** Finds the end of the first flush packet in bytes that come in pieces, without keeping any but the head of a packet. */
class FlushScan {
  #head = '';
  #toSkip = 0;
  #isLost = false;

  /** Where in `chunk` the flush packet ends; undefined where it is not in it, and never once something is no packet. */
  endIn(chunk: Buffer): number | undefined {
    let at = 0;
    while (at < chunk.length && !this.#isLost) {
      const skipped = Math.min(this.#toSkip, chunk.length - at);
      this.#toSkip -= skipped;
      at += skipped;
      if (this.#toSkip > 0 || at === chunk.length) break;
      const digits = chunk.toString('latin1', at, at + HEAD - this.#head.length);
      this.#head += digits;
      at += digits.length;
      if (this.#head.length < HEAD) break;
      if (this.#head === FLUSH) return at;
      const length = /^[0-9a-fA-F]{4}$/.test(this.#head) ? Number.parseInt(this.#head, 16) : -1;
      // Git refuses such a request, and is given all there is.
      if (length < 0 || length === 3) this.#isLost = true;
      this.#toSkip = Math.max(0, length - HEAD);
      this.#head = '';
    }
    return undefined;
  }
}
