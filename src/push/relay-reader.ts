import type { Readable } from 'node:stream';
import { textOfRefBytes } from '../git/ref-text.ts';

/** Longer than any line that Git writes to a hook. */
const LONGEST_LINE = 64 * 1024;

/** Lines from one stream. Everything answers undefined once the other side is gone. */
export class RelayReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream.iterator({ destroyOnReturn: false });
  }

  /** The next line without its newline. Throws when there is no end to it. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#pending.indexOf(0x0a);
      if (end !== -1) {
        const line = textOfRefBytes(this.#pending.subarray(0, end));
        this.#pending = this.#pending.subarray(end + 1);
        return line;
      }
      if (this.#pending.length > LONGEST_LINE) throw new RangeError('A hook sent a line without an end.');
      if (!(await this.#more())) return undefined;
    }
  }

  /** Lines up to an empty one. */
  async paragraph(): Promise<string[] | undefined> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === undefined) return undefined;
      if (line === '') return lines;
      lines.push(line);
    }
  }

  async #more(): Promise<boolean> {
    try {
      const { value, done } = await this.#chunks.next();
      if (done === true) return false;
      this.#pending = this.#pending.length === 0 ? value : Buffer.concat([this.#pending, value]);
      return true;
    } catch {
      // The other end was torn off: the same as its end.
      return false;
    }
  }
}
