import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { applyDelta } from './delta.ts';
import type { ObjectId } from './object-id.ts';
import { OpenFile } from './open-file.ts';

/**
 * Objects read from Git's own files in this process: loose ones, and packs with an index of version 2 (gitformat-pack(5)).
 * For a few small objects that were just written, where starting Git would cost more than all the rest. What it cannot
 * read it says so of; what it answers has been hashed, and is the object of that id whatever the files hold.
 */

/** Missing, damaged, too large, or in a format that only Git reads. Git is to be asked. */
export class NotReadHere extends Error {
  override readonly name = 'NotReadHere';
}

export interface FileLimits {
  /** Objects that may be unpacked altogether, bases of deltas among them. */
  readonly objects: number;
  /** Bytes that may be unpacked altogether. */
  readonly bytes: number;
  readonly packs: number;
}

export interface FoundObject {
  readonly type: string;
  readonly bytes: Buffer;
}

interface Pack {
  readonly path: string;
  readonly index: OpenFile;
  /** Opened when something was found in it. */
  pack: OpenFile | undefined;
  readonly count: number;
  readonly fanout: Buffer;
  /** By offset: the base of one delta is the base of many. */
  readonly unpacked: Map<number, FoundObject>;
}

const INDEX_HEAD = 8;
const FANOUT = 256 * 4;
const FIRST_READ = 4096;
const DEEPEST_DELTA = 64;
const TYPES: Readonly<Record<number, string>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const ID_DELTA = 7;

export class ObjectFiles {
  readonly #folders: readonly string[];
  readonly #packs: Pack[] = [];
  #objects: number;
  #bytes: number;

  /** @param folders object folders as `objects/` of a repository; one is looked into before the next */
  constructor(folders: readonly string[], limits: FileLimits) {
    this.#folders = folders;
    this.#objects = limits.objects;
    this.#bytes = limits.bytes;
    try {
      for (const folder of folders) this.#openPacks(`${folder}/pack`, limits.packs);
    } catch (error) {
      this.close();
      throw unreadable(error);
    }
  }

  close(): void {
    for (const { index, pack } of this.#packs.splice(0)) {
      index.close();
      pack?.close();
    }
  }

  /** @throws NotReadHere */
  read(id: ObjectId): FoundObject {
    try {
      const found = this.#fromPacks(Buffer.from(id, 'hex'), 0) ?? this.#fromLoose(id);
      const algorithm = id.length === 64 ? 'sha256' : 'sha1';
      const head = Buffer.from(`${found.type} ${found.bytes.length}\0`);
      if (hash(algorithm, Buffer.concat([head, found.bytes])) !== id) throw new NotReadHere(id);
      return found;
    } catch (error) {
      throw unreadable(error);
    }
  }

  #openPacks(folder: string, most: number): void {
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) {
      if (!name.endsWith('.idx')) continue;
      if (this.#packs.length >= most) throw new NotReadHere('There are too many packs.');
      const path = `${folder}/${name.slice(0, -'.idx'.length)}`;
      const index = new OpenFile(`${path}.idx`);
      const head = index.read(0, INDEX_HEAD + FANOUT);
      const fanout = head.subarray(INDEX_HEAD);
      const count = fanout.length === FANOUT ? fanout.readUInt32BE(FANOUT - 4) : 0;
      this.#packs.push({ path, index, pack: undefined, count, fanout, unpacked: new Map() });
      if (fanout.length !== FANOUT || head.readUInt32BE(0) !== 0xff744f63 || head.readUInt32BE(4) !== 2) {
        throw new NotReadHere('The index of a pack is not of version 2.');
      }
    }
  }

  #fromPacks(id: Buffer, depth: number): FoundObject | undefined {
    for (const pack of this.#packs) {
      const offset = offsetOf(pack, id);
      if (offset !== undefined) return this.#at(pack, offset, id.length, depth);
    }
    return undefined;
  }

  #at(pack: Pack, offset: number, idLength: number, depth: number): FoundObject {
    const known = pack.unpacked.get(offset);
    if (known !== undefined) return known;
    if (depth > DEEPEST_DELTA) throw new NotReadHere('A chain of deltas is too long.');
    const found = this.#unpack(pack, offset, idLength, depth);
    pack.unpacked.set(offset, found);
    return found;
  }

  #unpack(pack: Pack, offset: number, idLength: number, depth: number): FoundObject {
    pack.pack ??= new OpenFile(`${pack.path}.pack`);
    let bytes = pack.pack.read(offset, FIRST_READ);
    let at = 0;
    const next = (): number => {
      const byte = bytes[at++];
      if (byte === undefined) throw new NotReadHere('A pack ends too early.');
      return byte;
    };
    let byte = next();
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let factor = 16; byte & 0x80; factor *= 128) {
      byte = next();
      size += (byte & 0x7f) * factor;
    }
    let base: (() => FoundObject) | undefined;
    if (type === OFFSET_DELTA) {
      byte = next();
      let distance = byte & 0x7f;
      while (byte & 0x80) {
        byte = next();
        distance = (distance + 1) * 128 + (byte & 0x7f);
      }
      if (distance <= 0 || distance > offset) throw new NotReadHere('A delta leads out of its pack.');
      base = () => this.#at(pack, offset - distance, idLength, depth + 1);
    } else if (type === ID_DELTA) {
      const id = Buffer.from(bytes.subarray(at, at + idLength));
      at += idLength;
      base = () => {
        const found = this.#fromPacks(id, depth + 1) ?? this.#fromLoose(id.toString('hex'));
        return found;
      };
    }
    this.#spend(size);
    // The most that zlib makes of so many bytes.
    const needed = at + size + (size >> 8) + 128;
    if (needed > bytes.length && bytes.length === FIRST_READ) bytes = pack.pack.read(offset, needed);
    const unpacked = inflate(bytes.subarray(at), size);
    if (base === undefined) {
      const name = TYPES[type];
      if (name === undefined) throw new NotReadHere('An object is of no known type.');
      return { type: name, bytes: unpacked };
    }
    const from = base();
    const result = applyDelta(from.bytes, unpacked, this.#bytes);
    if (result === undefined) throw new NotReadHere('A delta does not fit.');
    this.#bytes -= result.length;
    return { type: from.type, bytes: result };
  }

  #fromLoose(id: ObjectId): FoundObject {
    for (const folder of this.#folders) {
      const path = `${folder}/${id.slice(0, 2)}/${id.slice(2)}`;
      if (!existsSync(path)) continue;
      this.#spend(0);
      const raw = inflateSync(readFileSync(path), { maxOutputLength: Math.max(this.#bytes, 1) });
      this.#spend(raw.length);
      const zero = raw.indexOf(0);
      const [, type, size] = /^([a-z]+) (\d+)$/.exec(raw.toString('latin1', 0, Math.max(zero, 0))) ?? [];
      const bytes = raw.subarray(zero + 1);
      if (type === undefined || Number(size) !== bytes.length) break;
      return { type, bytes };
    }
    throw new NotReadHere(id);
  }

  #spend(bytes: number): void {
    this.#objects -= 1;
    this.#bytes -= bytes;
    if (this.#objects < 0 || this.#bytes < 0) throw new NotReadHere('There is too much to read.');
  }
}

/** Where an object begins in its pack. */
function offsetOf({ index, count, fanout }: Pack, id: Buffer): number | undefined {
  const first = id[0] ?? 0;
  let low = first === 0 ? 0 : fanout.readUInt32BE((first - 1) * 4);
  const from = low;
  let high = fanout.readUInt32BE(first * 4);
  if (high <= low || high > count) return undefined;
  const ids = index.read(INDEX_HEAD + FANOUT + low * id.length, (high - low) * id.length);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = (middle - from) * id.length;
    const order = ids.compare(id, 0, id.length, at, at + id.length);
    if (order === 0) return offsetAt(index, count, id.length, middle);
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

function offsetAt(index: OpenFile, count: number, idLength: number, position: number): number {
  const offsets = INDEX_HEAD + FANOUT + count * (idLength + 4);
  const small = index.read(offsets + position * 4, 4).readUInt32BE(0);
  if (small < 0x80000000) return small;
  return Number(index.read(offsets + count * 4 + (small - 0x80000000) * 8, 8).readBigUInt64BE(0));
}

function inflate(bytes: Buffer, size: number): Buffer {
  const unpacked = inflateSync(bytes, { maxOutputLength: size + 1, chunkSize: Math.max(size + 1, 64) });
  if (unpacked.length !== size) throw new NotReadHere('An object has another size than it says.');
  return unpacked;
}

const unreadable = (error: unknown): NotReadHere =>
  error instanceof NotReadHere ? error : new NotReadHere(String(error), { cause: error });
