import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { hasCode } from '../error-code.ts';
import { isRunning } from '../is-running.ts';

/**
 * The claim on an answer: a file beside it that says who is making it, into which file, and how that ends. Whoever makes
 * the file is the one that makes the answer; processes that want the same answer read it and follow.
 */
const Claim = z.object({
  pid: z.number(),
  /** Name of the file that grows. */
  part: z.string(),
  /** Null while it grows. */
  length: z.number().nullable(),
  /** Why it is not whole, as a sentence; null while it grows and where it is. */
  failure: z.string().nullable(),
});
export type Claim = z.infer<typeof Claim>;

/** A claim is renewed every second; a process that did not come to that for so long stands still or is gone. */
const SILENT_MS = 60_000;

/** The claim as an open file, or undefined where somebody else has it, or its folder was dropped meanwhile: it is asked for again. */
export async function takeClaim(path: string, claim: Claim): Promise<FileHandle | undefined> {
  try {
    const file = await open(path, 'wx+', 0o600);
    await writeClaim(file, claim);
    return file;
  } catch (error) {
    if (hasCode(error, 'EEXIST') || hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Of one length always, so that a reader sees either state whole. */
const LENGTH = 512;

export async function writeClaim(file: FileHandle, claim: Claim): Promise<void> {
  await file.write(Buffer.from(JSON.stringify(claim).padEnd(LENGTH)), 0, LENGTH, 0);
}

/** Undefined where there is none, or none to be read yet. */
export async function readClaim(place: string | FileHandle): Promise<Claim | undefined> {
  try {
    const text =
      typeof place === 'string'
        ? await readFile(place, 'utf8')
        : (await place.read(Buffer.alloc(LENGTH), 0, LENGTH, 0)).buffer.toString();
    return Claim.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Takes a claim away, where it is still this one. Never fails. */
export async function dropClaim(path: string, claim: FileHandle): Promise<void> {
  try {
    const [there, ours] = await Promise.all([stat(path), claim.stat()]);
    if (there.ino === ours.ino) await rm(path, { force: true });
  } catch {
    // There is none.
  }
}

export const renewClaim = (file: FileHandle): Promise<void> => {
  const now = Date.now() / 1000;
  return file.utimes(now, now);
};

/**
 * Whether the process that made the claim is gone, or stands still. False where there is no claim. One with the number of
 * this process is of one before it, where it is known that this one makes no such answer; `mayBeOurs` where it may.
 */
export async function isAbandoned(place: string | FileHandle, mayBeOurs = false): Promise<boolean> {
  const found = await (typeof place === 'string' ? stat(place).catch(() => undefined) : place.stat());
  if (found === undefined) return false;
  const claim = await readClaim(place);
  const isSilent = Date.now() - found.mtimeMs > SILENT_MS;
  // Made, and not written yet.
  if (claim === undefined) return isSilent;
  if (isSilent) return true;
  return claim.pid === process.pid ? !mayBeOurs : !isRunning(claim.pid);
}
