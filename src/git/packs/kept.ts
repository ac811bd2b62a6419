import { open, rm, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { giveBuffer, takeBuffer } from './buffers.ts';
import { BLOCK, readFully, readSeal, type Seal } from './stored-answer.ts';

/** A kept answer is not as it was sealed, and bytes of it have gone out already. */
export class AnswerDamaged extends Error {
  override readonly name = 'AnswerDamaged';
}

const REMEMBERED = 10_000;

/** What was found of a file, whoever read it. To check an answer costs as much as to send it: each block is checked once. */
interface Examined {
  /** What a change to the file would change. */
  identity: string;
  /** By block: 1 where it is as it was sealed. Undefined once all of them are. */
  blocks: Uint8Array | undefined;
}

const examinations = new Map<string, Examined>();

const identify = async (
  file: FileHandle,
): Promise<{ readonly identity: string; readonly mtimeMs: number }> => {
  const { ino, size, mtimeMs } = await file.stat();
  return { identity: `${ino}:${size}:${mtimeMs}`, mtimeMs };
};

export interface KeptAnswer {
  readonly path: string;
  readonly file: FileHandle;
  readonly seal: Seal;
  readonly mtimeMs: number;
  readonly examined: Examined;
}

/** Opens the answer of that key. What is not that answer, whole, is taken away; undefined then, and where there is none. */
export async function openKept(path: string, key: string): Promise<KeptAnswer | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  const seal = await readSeal(file).catch(() => undefined);
  const { identity, mtimeMs } = await identify(file);
  if (seal?.key === key) {
    const kept = { path, file, seal, mtimeMs, examined: examinedOf(path, identity, seal) };
    if (await beginsIntact(kept)) return kept;
  }
  await file.close();
  await takeAway(path);
  return undefined;
}

function examinedOf(path: string, identity: string, { checks }: Seal): Examined {
  const known = examinations.get(path);
  if (known?.identity === identity) return known;
  const fresh = { identity, blocks: new Uint8Array(checks.length) };
  examinations.delete(path);
  examinations.set(path, fresh);
  const [oldest] = examinations.keys();
  if (examinations.size > REMEMBERED && oldest !== undefined) examinations.delete(oldest);
  return fresh;
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
  const { file, seal, path } = kept;
  const buffer = takeBuffer(pieceBytes);
  try {
    for (let position = 0; position < seal.length; position += pieceBytes) {
      signal.throwIfAborted();
      const chunk = buffer.subarray(0, Math.min(pieceBytes, seal.length - position));
      const isWhole = await readFully(file, chunk, chunk.length, position);
      if (!isWhole || !isIntact(kept, position, chunk)) {
        await takeAway(path);
        throw new AnswerDamaged(`The kept answer ${path} is damaged; it was taken away.`);
      }
      yield chunk;
    }
    kept.examined.blocks = undefined;
  } finally {
    giveBuffer(buffer);
    await file.close();
  }
}

/** Whether these bytes of the answer, from the beginning of a block to the end of one, are as they were sealed. */
function isIntact({ seal, examined }: KeptAnswer, position: number, bytes: Buffer): boolean {
  const { blocks } = examined;
  if (blocks === undefined) return true;
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = (position + at) / BLOCK;
    if (blocks[block] === 1) continue;
    if (crc32(bytes.subarray(at, at + BLOCK)) !== seal.checks[block]) return false;
    blocks[block] = 1;
  }
  return true;
}

async function beginsIntact(kept: KeptAnswer): Promise<boolean> {
  if (kept.examined.blocks === undefined) return true;
  const buffer = takeBuffer();
  try {
    const chunk = buffer.subarray(0, Math.min(BLOCK, kept.seal.length));
    return (await readFully(kept.file, chunk, chunk.length, 0)) && isIntact(kept, 0, chunk);
  } finally {
    giveBuffer(buffer);
  }
}
