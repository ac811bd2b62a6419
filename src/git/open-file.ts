import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Up to this size a file is read as a whole: many small readings cost more. */
const WHOLE_BYTES = 1024 * 1024;

/** A file of which pieces are read, here and there. */
export class OpenFile {
  readonly #file: number;
  readonly #whole: Buffer | undefined;

  /** Throws what the file system says. */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    const { size } = fstatSync(this.#file);
    this.#whole = size <= WHOLE_BYTES ? this.#read(0, size) : undefined;
  }

  /** At most so many bytes; fewer at the end of the file. The bytes are not to be changed. */
  read(position: number, length: number): Buffer {
    return this.#whole?.subarray(position, position + length) ?? this.#read(position, length);
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let read = 0;
    while (read < length) {
      const more = readSync(this.#file, bytes, read, length - read, position + read);
      if (more === 0) break;
      read += more;
    }
    return bytes.subarray(0, read);
  }
}
