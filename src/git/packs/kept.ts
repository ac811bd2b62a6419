import { open, rm, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { RecentlyUsed } from '../../recently-used.ts';
import { giveBuffer, takeBuffer } from './buffers.ts';
import { Pieces } from './pieces.ts';
import { BLOCK, readFully, readSeal, type Seal } from './stored-answer.ts';

/** A kept answer is not as it was sealed, and bytes of it have gone out already. */
export class AnswerDamaged extends Error {
  override readonly name = 'AnswerDamaged';
}

const REMEMBERED = 10_000;

/**
 * What was found of a file, whoever read it: to read its seal and to check it costs as much as to send it, so each block
 * is checked once.
 */
interface Examined {
  /** What a change to the file would change. */
  identity: string;
  readonly key: string;
  /** Of the answer, in bytes. */
  readonly length: number;
  /** The checksums of its blocks, and null for each that was found to be intact. Undefined once all were. */
  checks: (number | null)[] | undefined;
  readonly pieces: Pieces;
}

const examinations = new RecentlyUsed<Examined>(REMEMBERED);

const identify = async (
  file: FileHandle,
): Promise<{ readonly identity: string; readonly mtimeMs: number }> => {
  const { ino, size, mtimeMs } = await file.stat();
  return { identity: `${ino}:${size}:${mtimeMs}`, mtimeMs };
};

export interface KeptAnswer {
  readonly path: string;
  readonly file: FileHandle;
  readonly mtimeMs: number;
  readonly examined: Examined;
}

/** Opens the answer of that key. What is not that answer, whole, is taken away; undefined then, and where there is none. */
export async function openKept(path: string, key: string): Promise<KeptAnswer | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  const { identity, mtimeMs } = await identify(file);
  const known = examinations.get(path);
  const examined = known?.identity === identity ? known : await beginToExamine(path, file, identity);
  if (examined?.key === key) {
    const kept = { path, file, mtimeMs, examined };
    if (await beginsIntact(kept)) return kept;
  }
  await file.close();
  await takeAway(path);
  return undefined;
}

async function beginToExamine(
  path: string,
  file: FileHandle,
  identity: string,
): Promise<Examined | undefined> {
  const seal = await readSeal(file).catch(() => undefined);
  if (seal === undefined) return undefined;
  // Somebody else may have begun while the seal was read.
  const known = examinations.get(path);
  if (known?.identity === identity) return known;
  const { key, length, checks } = seal;
  return remember(path, { identity, key, length, checks, pieces: new Pieces() });
}

function remember(path: string, examined: Examined): Examined {
  examinations.set(path, examined, 1);
  return examined;
}

/** For whoever has just sealed it, and read all of it for that. */
export async function examinedBySealing(
  path: string,
  file: FileHandle,
  { key, length }: Pick<Seal, 'key' | 'length'>,
): Promise<void> {
  const { identity } = await identify(file);
  remember(path, { identity, key, length, checks: undefined, pieces: new Pieces() });
}

/** For when the time of the file was set by us: what was found of it still holds. */
export async function stillExamined({ file, examined }: KeptAnswer): Promise<void> {
  examined.identity = (await identify(file)).identity;
}

async function takeAway(path: string): Promise<void> {
  examinations.delete(path);
  await rm(path, { force: true });
}

/** The bytes of a kept answer; closes it. A chunk is good until the next one is asked for. Throws `AnswerDamaged`. */
export async function* readKept(
  kept: KeptAnswer,
  pieceBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { file, path, examined } = kept;
  const { length: whole, pieces } = examined;
  try {
    for (let position = 0; position < whole; position += pieceBytes) {
      signal.throwIfAborted();
      const length = Math.min(pieceBytes, whole - position);
      const piece = await pieces.hold(
        { position, length, room: pieceBytes },
        async (bytes) =>
          (await readFully(file, bytes, length, position)) && isIntact(examined, position, bytes),
      );
      if (piece === undefined) {
        await takeAway(path);
        throw new AnswerDamaged(`The kept answer ${path} is damaged; it was taken away.`);
      }
      try {
        yield piece.bytes;
      } finally {
        piece.letGo();
      }
    }
    examined.checks = undefined;
  } finally {
    await file.close();
  }
}

/** Whether these bytes of the answer, from the beginning of a block to the end of one, are as they were sealed. */
function isIntact({ checks }: Examined, position: number, bytes: Buffer): boolean {
  if (checks === undefined) return true;
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = (position + at) / BLOCK;
    if (checks[block] === null) continue;
    if (crc32(bytes.subarray(at, at + BLOCK)) !== checks[block]) return false;
    checks[block] = null;
  }
  return true;
}

async function beginsIntact({ file, examined }: KeptAnswer): Promise<boolean> {
  if (examined.checks === undefined) return true;
  const buffer = takeBuffer();
  try {
    const chunk = buffer.subarray(0, Math.min(BLOCK, examined.length));
    return (await readFully(file, chunk, chunk.length, 0)) && isIntact(examined, 0, chunk);
  } finally {
    giveBuffer(buffer);
  }
}
