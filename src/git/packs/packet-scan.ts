import { band, encodeBand, encodePacket, flushPacket } from '../pkt-line.ts';

/** What is seen of an answer to `fetch` while its bytes pass: where its packets end, and what the last one was. */
export class PacketScan {
  /** The section that holds the pack has begun: what goes wrong from there on is said on band 3. */
  inPack = false;
  /** The last whole packet told of an error, or ended the answer. */
  isEnded = false;

  /** The number of bytes, at most `length`, that are whole packets. `bytes` begins with a packet. */
  whole(bytes: Buffer, length: number): number {
    let position = 0;
    while (position + 4 <= length) {
      const size = Number.parseInt(bytes.toString('latin1', position, position + 4), 16);
      // No packets: what is left is passed on as it is.
      if (!(size >= 0)) return length;
      const end = position + Math.max(size, 4);
      if (end > length) break;
      this.#see(bytes, position, size);
      position = end;
    }
    return position;
  }

  /** Ends an answer that broke off behind a whole packet, with a sentence that Git shows. */
  failure(sentence: string): Buffer {
    if (this.isEnded) return Buffer.alloc(0);
    return this.inPack
      ? Buffer.concat([encodeBand(band.error, `${sentence}\n`), flushPacket])
      : encodePacket(`ERR ${sentence}`);
  }

  #see(bytes: Buffer, position: number, size: number): void {
    if (size < 4) {
      this.isEnded = size === 0;
      return;
    }
    const first = bytes[position + 4];
    if (this.inPack) {
      this.isEnded = first === band.error;
      return;
    }
    this.isEnded = size > 8 && bytes.toString('latin1', position + 4, position + 8) === 'ERR ';
    this.inPack = size === 13 && bytes.toString('latin1', position + 4, position + 13) === 'packfile\n';
  }
}
