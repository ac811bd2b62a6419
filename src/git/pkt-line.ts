/** Packet lines and side bands: gitprotocol-common(5), gitprotocol-pack(5). */

export type Packet =
  | { readonly kind: 'data'; readonly payload: Buffer }
  | { readonly kind: 'flush' | 'delimiter' | 'response-end' };

/** The stream is not made of packet lines. Nothing after it can be trusted. */
export class BadPacket extends Error {
  override readonly name = 'BadPacket';
}

const maximalPacketLength = 65_520;
const maximalPayloadLength = maximalPacketLength - 4;
/** One byte of every side-band packet names the band. */
const maximalBandLength = maximalPayloadLength - 1;

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

/** What a byte is worth as a hexadecimal digit; a negative number where it is none. */
const digitValues = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  digitValues[digit.charCodeAt(0)] = value;
  digitValues[digit.toUpperCase().charCodeAt(0)] = value;
}

/** Reads the four hexadecimal digits at `offset`. @throws BadPacket if they are no packet length */
function lengthAt(bytes: Buffer, offset: number): number {
  let length = 0;
  for (let at = offset; at < offset + 4; at++) {
    const value = digitValues[bytes[at] ?? 0] ?? -1;
    // Once negative it stays so.
    length = value < 0 || length < 0 ? -1 : length * 16 + value;
  }
  if (length < 0 || length === 3 || length > maximalPacketLength) {
    const digits = bytes.toString('latin1', offset, offset + 4);
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
  /** Where in `#pending` the next packet begins. */
  #position = 0;

  push(chunk: Buffer): void {
    this.#pending = this.#position === this.#pending.length ? chunk : Buffer.concat([this.rest, chunk]);
    this.#position = 0;
  }

  /** @throws BadPacket */
  next(): Packet | undefined {
    const pending = this.#pending;
    const start = this.#position;
    if (pending.length - start < 4) return undefined;
    const length = lengthAt(pending, start);
    if (length < 4) {
      this.#position = start + 4;
      return { kind: specialKinds[length] ?? 'flush' };
    }
    if (pending.length - start < length) return undefined;
    this.#position = start + length;
    return { kind: 'data', payload: pending.subarray(start + 4, start + length) };
  }

  get rest(): Buffer {
    return this.#pending.subarray(this.#position);
  }
}
