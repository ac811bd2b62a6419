import { open, rm, type FileHandle } from 'node:fs/promises';
import { giveBuffer, takeBuffer } from './buffers.ts';
import { BLOCK, isIntact, readFully, readSeal, type Seal } from './stored-answer.ts';

/** A kept answer is not as it was sealed, and bytes of it have gone out already. */
export class AnswerDamaged extends Error {
  override readonly name = 'AnswerDamaged';
}

const REMEMBERED = 10_000;

/**
 * Files that were found to be intact, by what a change to them would change. To check an answer costs as much as to
 * send it, so one that nobody touched is checked once.
 */
const intact = new Map<string, string>();

const identity = async (file: FileHandle): Promise<{ readonly text: string; readonly mtimeMs: number }> => {
  const { ino, size, mtimeMs } = await file.stat();
  return { text: `${ino}:${size}:${mtimeMs}`, mtimeMs };
};

export interface KeptAnswer {
  readonly path: string;
  readonly file: FileHandle;
  readonly seal: Seal;
  readonly mtimeMs: number;
  /** Whether it was checked before, as it is now. */
  readonly isKnown: boolean;
}

/** Opens the answer of that key. What is not that answer, whole, is taken away; undefined then, and where there is none. */
export async function openKept(path: string, key: string): Promise<KeptAnswer | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  const seal = await readSeal(file).catch(() => undefined);
  const { text, mtimeMs } = await identity(file);
  const isKnown = intact.get(path) === text;
  if (seal?.key === key && (isKnown || (await beginsIntact(file, seal)))) {
    return { path, file, seal, mtimeMs, isKnown };
  }
  await file.close();
  await rm(path, { force: true });
  return undefined;
}

/** After the time of the file was set by us. */
export async function rememberIntact(path: string, file: FileHandle): Promise<void> {
  intact.delete(path);
  intact.set(path, (await identity(file)).text);
  const [oldest] = intact.keys();
  if (intact.size > REMEMBERED && oldest !== undefined) intact.delete(oldest);
}

/** The bytes of a kept answer; closes it. A chunk is good until the next one is asked for. Throws `AnswerDamaged`. */
export async function* readKept(
  kept: KeptAnswer,
  pieceBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { file, seal, path, isKnown } = kept;
  const before = await identity(file);
  const buffer = takeBuffer(pieceBytes);
  try {
    for (let position = 0; position < seal.length; position += pieceBytes) {
      signal.throwIfAborted();
      const chunk = buffer.subarray(0, Math.min(pieceBytes, seal.length - position));
      const isWhole = await readFully(file, chunk, chunk.length, position);
      if (!isWhole || (!isKnown && !isIntact(seal, position, chunk))) {
        await rm(path, { force: true });
        throw new AnswerDamaged(`The kept answer ${path} is damaged; it was taken away.`);
      }
      yield chunk;
    }
    if (!isKnown && (await identity(file)).text === before.text) await rememberIntact(path, file);
  } finally {
    giveBuffer(buffer);
    await file.close();
  }
}

async function beginsIntact(file: FileHandle, seal: Seal): Promise<boolean> {
  const buffer = takeBuffer();
  try {
    const chunk = buffer.subarray(0, Math.min(BLOCK, seal.length));
    return (await readFully(file, chunk, chunk.length, 0)) && isIntact(seal, 0, chunk);
  } finally {
    giveBuffer(buffer);
  }
}
