import { Breath } from '../snapshot/breathe.ts';

/** Lines of text as one piece of packets; names stand in them as bytes in Latin-1. */
export class PacketText {
  readonly #breath = new Breath();
  readonly #pieces: Buffer[] = [];
  #text = '';

  /** Adds a packet of this line, with its newline. */
  add(line: string): void {
    this.#text += `${(line.length + 5).toString(16).padStart(4, '0')}${line}\n`;
  }

  /** To be awaited now and then where there are many lines. */
  get isDue(): boolean {
    return this.#breath.isDue;
  }

  async breathe(): Promise<void> {
    this.#pieces.push(this.#taken());
    await this.#breath.take();
  }

  /** Everything so far, and a flush packet. */
  end(): Buffer {
    this.#text += '0000';
    const last = this.#taken();
    return this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]);
  }

  #taken(): Buffer {
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    return bytes;
  }
}
