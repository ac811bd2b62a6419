import { MalformedTree } from './tree.ts';

/** The id of a folder in hexadecimal, or 'file' for anything else that has a path: a file, a link, a submodule. */
export type TreeEntry = string;

/**
 * Told of an entry that is not the same in both trees; a folder and a file of one name are two of these.
 * @param name bytes that are no UTF-8 are replaced, as where Git prints the name
 * @returns false: no more is to be told
 */
export type OnChange = (name: string, was: TreeEntry | undefined, is: TreeEntry | undefined) => boolean;

export const FILE: TreeEntry = 'file';

const SPACE = 0x20;
const SLASH = 0x2f;
const TYPE_BITS = 0o170000;
const FOLDER_BITS = 0o040000;

/** Reads a tree entry by entry, in place: `mode name\0id`. */
class Cursor {
  readonly bytes: Buffer;
  readonly #idLength: number;
  start = 0;
  end = 0;
  #mode = 0;
  nameStart = 0;
  nameEnd = 0;

  constructor(bytes: Buffer, idLength: number) {
    this.bytes = bytes;
    this.#idLength = idLength;
    this.advance();
  }

  get isDone(): boolean {
    return this.start === this.bytes.length;
  }

  get isFolder(): boolean {
    return (this.#mode & TYPE_BITS) === FOLDER_BITS;
  }

  /** Throws `MalformedTree`. */
  advance(): void {
    this.start = this.end;
    if (this.isDone) return;
    const { bytes } = this;
    let at = this.start;
    let mode = 0;
    for (let byte = bytes[at]; byte !== undefined && byte >= 0x30 && byte <= 0x37; byte = bytes[++at]) {
      mode = mode * 8 + (byte - 0x30);
    }
    const digits = at - this.start;
    this.#mode = mode;
    this.nameStart = at + 1;
    this.nameEnd = bytes.indexOf(0, this.nameStart);
    this.end = this.nameEnd + 1 + this.#idLength;
    const isWhole =
      (digits === 5 || digits === 6) &&
      bytes[at] === SPACE &&
      this.nameEnd > this.nameStart &&
      this.end <= bytes.length;
    if (!isWhole) throw new MalformedTree('This is no tree.');
  }

  // Loops over bytes: names are short, and calls into `Buffer` for each cost more than all the rest.

  /** As Git sorts them: a folder as if a slash ended its name. */
  order(other: Cursor): number {
    const common = Math.min(this.nameEnd - this.nameStart, other.nameEnd - other.nameStart);
    for (let at = 0; at < common; at++) {
      const order = this.#byteAt(at) - other.#byteAt(at);
      if (order !== 0) return order;
    }
    return this.#byteAt(common) - other.#byteAt(common);
  }

  #byteAt(offset: number): number {
    const at = this.nameStart + offset;
    return at < this.nameEnd ? (this.bytes[at] ?? 0) : this.isFolder ? SLASH : 0;
  }

  /** Looks at the end first: that is where entries of one name differ. */
  equals(other: Cursor): boolean {
    const length = this.end - this.start;
    if (other.end - other.start !== length) return false;
    for (let at = length - 1; at >= 0; at--) {
      if (this.bytes[this.start + at] !== other.bytes[other.start + at]) return false;
    }
    return true;
  }

  get name(): string {
    return this.bytes.toString('utf8', this.nameStart, this.nameEnd);
  }

  get entry(): TreeEntry {
    return this.isFolder ? this.bytes.toString('hex', this.nameEnd + 1, this.end) : FILE;
  }
}

/**
 * Tells of everything that differs between two trees as Git stores them, without a look at what is equal. Every entry of
 * both is either found equal in the other or told of, in whatever order they stand: a tree that is not sorted makes it say
 * too much, and never too little. False where `onChange` once was. Throws `MalformedTree`.
 */
export function everyChange(before: Buffer, after: Buffer, idLength: number, onChange: OnChange): boolean {
  const [old, now] = [new Cursor(before, idLength), new Cursor(after, idLength)];
  while (!old.isDone || !now.isDone) {
    const order = old.isDone ? 1 : now.isDone ? -1 : old.order(now);
    if (order !== 0 || !old.equals(now)) {
      const [was, is] = [order <= 0 ? old.entry : undefined, order >= 0 ? now.entry : undefined];
      if (!onChange(order <= 0 ? old.name : now.name, was, is)) return false;
    }
    if (order <= 0) old.advance();
    if (order >= 0) now.advance();
  }
  return true;
}
