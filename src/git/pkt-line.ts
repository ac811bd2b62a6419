/** Packet lines and side bands: gitprotocol-common(5), gitprotocol-pack(5). */

export type Packet =
  | { readonly kind: 'data'; readonly payload: Buffer }
  | { readonly kind: 'flush' | 'delimiter' | 'response-end' };

/** The stream is not made of packet lines. Nothing after it can be trusted. */
export class BadPacket extends Error {
  override readonly name = 'BadPacket';
}

export const maximalPacketLength = 65_520;
export const maximalPayloadLength = maximalPacketLength - 4;
/** One byte of every side-band packet names the band. */
export const maximalBandLength = maximalPayloadLength - 1;

export const flushPacket: Buffer = Buffer.from('0000');
export const delimiterPacket: Buffer = Buffer.from('0001');
export const responseEndPacket: Buffer = Buffer.from('0002');

export const band = { pack: 1, progress: 2, error: 3 } as const;
export type Band = (typeof band)[keyof typeof band];

/** @throws RangeError if the payload is longer than 65516 bytes */
export function encodePacket(payload: Buffer | string): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  if (bytes.length > maximalPayloadLength) {
    throw new RangeError(`A packet holds at most ${maximalPayloadLength} bytes, not ${bytes.length}.`);
  }
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** Frames bytes for one band of side-band-64k, in as many packets as needed; none for no bytes. */
export function encodeBand(number: Band, payload: Buffer | string): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const packets: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += maximalBandLength) {
    const part = bytes.subarray(start, start + maximalBandLength);
    packets.push(Buffer.from((part.length + 5).toString(16).padStart(4, '0')), Buffer.from([number]), part);
  }
  return Buffer.concat(packets);
}

const specialKinds = ['flush', 'delimiter', 'response-end'] as const;

/** Reads the four hexadecimal digits at `offset`. @throws BadPacket if they are no packet length */
function lengthAt(bytes: Buffer, offset: number): number {
  const digits = bytes.toString('latin1', offset, offset + 4);
  const length = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
  if (length < 0 || length === 3 || length > maximalPacketLength) {
    throw new BadPacket(
      `A packet length of four hexadecimal digits (at most fff0) was expected, not ${JSON.stringify(digits)}.`,
    );
  }
  return length;
}

/**
 * Cuts a byte stream into packets as it arrives. Push bytes, then call `next` until it answers undefined (more bytes
 * are needed). Holds at most one unfinished packet and what was pushed. `rest` is what no packet took yet.
 */
export class PacketDecoder {
  #pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
  }

  /** @throws BadPacket */
  next(): Packet | undefined {
    if (this.#pending.length < 4) return undefined;
    const length = lengthAt(this.#pending, 0);
    if (length < 4) {
      this.#pending = this.#pending.subarray(4);
      return { kind: specialKinds[length] ?? 'flush' };
    }
    if (this.#pending.length < length) return undefined;
    const payload = this.#pending.subarray(4, length);
    this.#pending = this.#pending.subarray(length);
    return { kind: 'data', payload };
  }

  get rest(): Buffer {
    return this.#pending;
  }
}
