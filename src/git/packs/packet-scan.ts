import type { FileHandle } from 'node:fs/promises';
import { BadPacket, band, encodeBand, encodePacket, flushPacket, PacketDecoder } from '../pkt-line.ts';
import { giveBuffer, takeBuffer } from './buffers.ts';
import { BLOCK, readFully } from './stored-answer.ts';

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

/**
 * Whether an answer of `length` bytes brings a pack to its end. A round that finds out what both sides have does not, and
 * is never asked again in the same words. The sections before the pack name acknowledgements and shallow commits only:
 * they are looked for in the first block.
 */
export async function endsInPack(file: FileHandle, length: number): Promise<boolean> {
  const buffer = takeBuffer();
  try {
    const size = Math.min(BLOCK, length);
    if (size < 8 || !(await readFully(file, buffer, 4, length - 4))) return false;
    if (buffer.toString('latin1', 0, 4) !== flushPacket.toString('latin1')) return false;
    return (await readFully(file, buffer, size, 0)) && hasPackSection(buffer.subarray(0, size));
  } finally {
    giveBuffer(buffer);
  }
}

function hasPackSection(head: Buffer): boolean {
  const decoder = new PacketDecoder();
  decoder.push(head);
  try {
    for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
      if (packet.kind === 'data' && packet.payload.toString('latin1') === 'packfile\n') return true;
    }
  } catch (error) {
    if (!(error instanceof BadPacket)) throw error;
  }
  return false;
}
