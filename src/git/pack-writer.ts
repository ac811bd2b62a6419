import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createDeflate, deflate } from 'node:zlib';
import type { ObjectType } from './batch-process.ts';
import type { ObjectFormat, ObjectId } from './object-id.ts';

/** Objects that the host makes itself, and the pack in which Git is handed them: gitformat-pack(5), git-hash-object(1). */

export interface NewObject {
  readonly type: ObjectType;
  /** Bytes of the content. */
  readonly size: number;
  readonly id: ObjectId;
  /** Read when a pack is written: what is large lies elsewhere until then. */
  readonly content: Buffer | (() => AsyncIterable<Buffer>);
}

/** An object that is small enough to be held. */
export function newObject(format: ObjectFormat, type: ObjectType, content: Buffer): NewObject {
  const id = headOf(format, type, content.length).update(content).digest('hex');
  return { type, size: content.length, id, content };
}

/**
 * A blob of any size. `read` is called for its id now, and again for each pack that it is written to. It must give the same
 * each time.
 */
export async function newBlob(
  format: ObjectFormat,
  size: number,
  read: () => AsyncIterable<Buffer>,
): Promise<NewObject> {
  const hash = headOf(format, 'blob', size);
  for await (const chunk of read()) hash.update(chunk);
  return { type: 'blob', size, id: hash.digest('hex'), content: read };
}

const headOf = (format: ObjectFormat, type: ObjectType, size: number) =>
  createHash(format).update(`${type} ${size}\0`);

const TYPE_NUMBERS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
const VERSION = 2;
const compressed = promisify(deflate);

/** A pack of these objects, each whole, as a stream. */
export async function* writePack(
  format: ObjectFormat,
  objects: readonly NewObject[],
): AsyncGenerator<Buffer> {
  const hash = createHash(format);
  for await (const chunk of withoutTrailer(objects)) {
    hash.update(chunk);
    yield chunk;
  }
  yield hash.digest();
}

async function* withoutTrailer(objects: readonly NewObject[]): AsyncGenerator<Buffer> {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(VERSION, 4);
  header.writeUInt32BE(objects.length, 8);
  yield header;
  for (const { type, size, content } of objects) {
    yield typeAndSize(TYPE_NUMBERS[type], size);
    if (Buffer.isBuffer(content)) yield await compressed(content);
    else yield* deflated(content());
  }
}

async function* deflated(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // A turn of what packs is held meanwhile; what is stored for long is packed anew.
  const deflating = createDeflate({ level: constants.Z_BEST_SPEED });
  const poured = pipeline(content, deflating);
  // What went wrong is heard from the stream that is read.
  poured.catch(() => {});
  yield* deflating;
}

/** Three bits of type and four of size, then seven of size at a time, the lowest first; the highest bit says that more follow. */
function typeAndSize(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (type << 4) | (size % 16);
  // Not by shifting: a file may have more than 32 bits of size.
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest % 128;
  }
  return Buffer.from([...bytes, byte]);
}
