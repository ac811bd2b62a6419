import { isUtf8 } from 'node:buffer';
import type { ObjectId } from './object-id.ts';

/** Commits and annotated tags, from their raw bytes: git-hash-object(1), gitformat-signature(5), git-commit(1) "Commit information". */

export type Signature = {
  readonly name: string;
  readonly email: string;
  /** ISO 8601 with the writer's own offset, e.g. `2026-11-22T07:09:42+01:00`. */
  readonly date: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
};

export type Commit = {
  readonly id: ObjectId;
  readonly tree: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
};

export type Tag = {
  readonly id: ObjectId;
  readonly object: ObjectId;
  readonly objectType: string;
  readonly name: string;
  /** Absent in very old tags. */
  readonly tagger: Signature | undefined;
  /** Without the signature block that may end it. */
  readonly message: string;
};

const nobody: Signature = { name: '', email: '', date: '1970-01-01T00:00:00+00:00', timestamp: 0 };
const tagSignatureStart = /(?:^|\n)-----BEGIN (?:PGP|SSH|SIGNED) (?:SIGNATURE|MESSAGE)-----\n/;

/** In bytes. Whoever pushes decides how long texts are, and what is beyond these is left out, with a sign that it was. */
const LONGEST_MESSAGE = 64 * 1024;
const LONGEST_LINE = 1024;
const LONGEST_SIGNATURE_START = 64;

/** Header lines up to the first empty line; lines that begin with a space belong to the header before (signatures). */
class RawObject {
  readonly #headers: Buffer;
  readonly message: Buffer;
  readonly #decode: (bytes: Buffer) => string;

  constructor(raw: Buffer) {
    const end = raw[0] === NEWLINE ? 0 : raw.indexOf('\n\n') + 1;
    const isWithoutMessage = end === 0 && raw[0] !== NEWLINE;
    this.#headers = isWithoutMessage ? raw : raw.subarray(0, end);
    this.message = isWithoutMessage ? raw.subarray(raw.length) : raw.subarray(end + 1);
    this.#decode = decoderFor(this.value('encoding')?.toString('latin1'));
  }

  value(name: string): Buffer | undefined {
    return this.values(name).next().value;
  }

  /** Looks for the name alone: a commit may have a million headers that nobody asks for. */
  *values(name: string): Generator<Buffer, undefined> {
    const headers = this.#headers;
    const start = `${name} `;
    const isFirst = headers.toString('latin1', 0, start.length) === start;
    let at = isFirst ? 0 : nextLine(headers, start, 0);
    while (at !== -1) {
      const newline = headers.indexOf(NEWLINE, at);
      const end = newline === -1 ? headers.length : newline;
      yield headers.subarray(at + start.length, end);
      at = nextLine(headers, start, end);
    }
    return undefined;
  }

  id(name: string): ObjectId {
    return this.value(name)?.toString('latin1') ?? '';
  }

  /** One line, which keeps both its ends: in the line of a person the name stands at the one and the time at the other. */
  line(name: string): string | undefined {
    const bytes = this.value(name);
    if (bytes === undefined || bytes.length <= LONGEST_LINE) return bytes && this.#decode(bytes);
    const end = bytes.subarray(wholeFrom(bytes, bytes.length - LONGEST_LINE / 2));
    return this.#beginning(bytes, LONGEST_LINE / 2) + this.#decode(end);
  }

  text(bytes: Buffer): string {
    return bytes.length <= LONGEST_MESSAGE ? this.#decode(bytes) : this.#beginning(bytes, LONGEST_MESSAGE);
  }

  #beginning(bytes: Buffer, length: number): string {
    // In another encoding than UTF-8, half a character becomes one that cannot be read.
    return `${this.#decode(bytes.subarray(0, wholeUntil(bytes, length))).replace(/\ufffd$/, '')}…`;
  }
}

const NEWLINE = 0x0a;

/** Where the next line begins that begins so; -1 where none does. */
function nextLine(headers: Buffer, start: string, from: number): number {
  const at = headers.indexOf(`\n${start}`, from);
  return at === -1 ? -1 : at + 1;
}

const isContinuation = (byte = 0): boolean => (byte & 0xc0) === 0x80;

/** The next place from which characters are whole, were it UTF-8: after three bytes at most. */
function wholeFrom(bytes: Buffer, from: number): number {
  let at = from;
  while (at < from + 3 && isContinuation(bytes[at])) at += 1;
  return at;
}

/** The last place until which they are. */
function wholeUntil(bytes: Buffer, until: number): number {
  let at = until;
  while (at > until - 3 && isContinuation(bytes[at])) at -= 1;
  return at;
}

/**
 * Reads a commit's bytes. Whatever is missing or broken in them becomes empty: history cannot be mended here. Texts that
 * are very long are cut.
 */
export function parseCommit(id: ObjectId, raw: Buffer): Commit {
  const object = new RawObject(raw);
  return {
    id,
    tree: object.id('tree'),
    parents: [...object.values('parent')].map((bytes) => bytes.toString('latin1')),
    author: parseSignature(object.line('author')) ?? nobody,
    committer: parseSignature(object.line('committer')) ?? nobody,
    message: object.text(object.message),
  };
}

/** Reads the bytes of an annotated tag, as `parseCommit` does those of a commit. */
export function parseTag(id: ObjectId, raw: Buffer): Tag {
  const object = new RawObject(raw);
  const { message } = object;
  const beginning = message.toString('latin1', 0, LONGEST_MESSAGE + LONGEST_SIGNATURE_START);
  const signature = tagSignatureStart.exec(beginning);
  const end = signature ? signature.index + (beginning[signature.index] === '\n' ? 1 : 0) : message.length;
  return {
    id,
    object: object.id('object'),
    objectType: object.id('type'),
    name: object.line('tag') ?? '',
    tagger: parseSignature(object.line('tagger')),
    message: object.text(message.subarray(0, end)),
  };
}

/** Parses `Name <mail> seconds +hhmm`. */
function parseSignature(text: string | undefined): Signature | undefined {
  if (text === undefined) return undefined;
  const open = text.indexOf('<');
  const close = text.lastIndexOf('>');
  if (open === -1 || close < open) return { ...nobody, name: text.trim() };
  const time = /^\s*(-?\d{1,18})(?:\s+([+-])(\d{2})(\d{2}))?/.exec(text.slice(close + 1));
  const seconds = Number(time?.[1] ?? 0);
  const minutes = (time?.[2] === '-' ? -1 : 1) * (Number(time?.[3] ?? 0) * 60 + Number(time?.[4] ?? 0));
  return {
    name: text.slice(0, open).trim(),
    email: text.slice(open + 1, close).trim(),
    date: isoWithOffset(seconds, minutes),
    timestamp: seconds,
  };
}

/** `seconds` since 1970 as seen `offsetMinutes` east of UTC. Times and offsets no calendar has become 1970 and UTC. */
export function isoWithOffset(seconds: number, offsetMinutes: number): string {
  const offset = Math.abs(offsetMinutes) < 24 * 60 ? offsetMinutes : 0;
  const local = new Date((seconds + offset * 60) * 1000);
  const year = local.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9999) return nobody.date;
  const minutes = Math.abs(offset);
  const pad = (value: number) => String(value).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  return `${local.toISOString().slice(0, 19)}${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/**
 * A decoder for text that claims an encoding or none. Without a claim it is UTF-8, and where it is not, Windows-1252:
 * old history in Western Europe reads well, and nothing fails.
 */
function decoderFor(label: string | undefined): (bytes: Buffer) => string {
  const claimed = label === undefined ? undefined : textDecoder(label);
  if (claimed) return (bytes) => claimed.decode(bytes);
  return decodeText;
}

const western = new TextDecoder('windows-1252');

/** Bytes that should be UTF-8 as text; where they are not, as Windows-1252. */
export function decodeText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : western.decode(bytes);
}

function textDecoder(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}
