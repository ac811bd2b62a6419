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

type RawObject = { readonly headers: readonly (readonly [string, Buffer])[]; readonly message: Buffer };

/** Header lines up to the first empty line; lines that begin with a space belong to the header before (signatures). */
function split(raw: Buffer): RawObject {
  const headers: [string, Buffer][] = [];
  let start = 0;
  while (start < raw.length && raw[start] !== 0x0a) {
    const newline = raw.indexOf(0x0a, start);
    const end = newline === -1 ? raw.length : newline;
    if (raw[start] !== 0x20) {
      const space = raw.indexOf(0x20, start);
      const nameEnd = space === -1 || space > end ? end : space;
      headers.push([raw.toString('latin1', start, nameEnd), raw.subarray(Math.min(nameEnd + 1, end), end)]);
    }
    start = end + 1;
  }
  return { headers, message: raw.subarray(Math.min(start + 1, raw.length)) };
}

/** Reads a commit's bytes. Whatever is missing or broken in them becomes empty: history cannot be mended here. */
export function parseCommit(id: ObjectId, raw: Buffer): Commit {
  const { headers, message } = split(raw);
  const value = (name: string) => headers.find(([key]) => key === name)?.[1];
  const decode = decoderFor(value('encoding')?.toString('latin1'));
  return {
    id,
    tree: value('tree')?.toString('latin1') ?? '',
    parents: headers.filter(([key]) => key === 'parent').map(([, bytes]) => bytes.toString('latin1')),
    author: parseSignature(value('author'), decode) ?? nobody,
    committer: parseSignature(value('committer'), decode) ?? nobody,
    message: decode(message),
  };
}

export function parseTag(id: ObjectId, raw: Buffer): Tag {
  const { headers, message } = split(raw);
  const value = (name: string) => headers.find(([key]) => key === name)?.[1];
  const decode = decoderFor(value('encoding')?.toString('latin1'));
  const text = decode(message);
  const signature = tagSignatureStart.exec(text);
  return {
    id,
    object: value('object')?.toString('latin1') ?? '',
    objectType: value('type')?.toString('latin1') ?? '',
    name: decode(value('tag') ?? Buffer.alloc(0)),
    tagger: parseSignature(value('tagger'), decode),
    message: signature ? text.slice(0, signature.index + (text[signature.index] === '\n' ? 1 : 0)) : text,
  };
}

/** Parses `Name <mail> seconds +hhmm`. */
function parseSignature(bytes: Buffer | undefined, decode: (bytes: Buffer) => string): Signature | undefined {
  if (!bytes) return undefined;
  const text = decode(bytes);
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

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const western = new TextDecoder('windows-1252');

/** Bytes that should be UTF-8 as text; where they are not, as Windows-1252. */
export function decodeText(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return western.decode(bytes);
  }
}

function textDecoder(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}
