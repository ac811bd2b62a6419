/** Reads the binary form of SSH (RFC 4251 §5) from the beginning on. Throws `RangeError` where there is too little. */
export class BlobReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new RangeError('The blob ends too early.');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A string: its length in four bytes, then its bytes. */
  string(): Buffer {
    return this.take(this.take(4).readUInt32BE());
  }

  /** An mpint above 0 in its shortest form, without the zero that stands before a high bit. */
  positiveInteger(): Buffer {
    const bytes = this.string();
    const [first, second] = bytes;
    if (first === undefined || first >= 0x80) throw new RangeError('A number above 0 was expected.');
    if (first !== 0) return bytes;
    if (second === undefined || second < 0x80) throw new RangeError('A number has needless zeros.');
    return bytes.subarray(1);
  }
}

/** Strings one after the other, each behind its length. */
export const writeStrings = (...parts: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
