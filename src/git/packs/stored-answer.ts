import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { z } from 'zod';

/**
 * A kept answer on disk: its bytes as they were sent, and behind them a seal that says whose they are and what they
 * must be. A file that is cut short, changed, or was put in place of another does not fit its seal.
 *
 * bytes │ seal (JSON) │ length of the seal (u32) │ its CRC-32 (u32) │ MAGIC
 */
const Seal = z.strictObject({
  key: z.string(),
  length: z.number().int().min(0),
  wants: z.array(z.string()),
  /** CRC-32 of every block of `BLOCK` bytes. */
  checks: z.array(z.number()),
});
export type Seal = z.infer<typeof Seal>;

export const BLOCK = 256 * 1024;
const MAGIC = Buffer.from('latchkey');
const TAIL = 8 + MAGIC.length;
/** Far above what 100 GB need. */
const LONGEST_SEAL = 64 * 1024 * 1024;

export async function writeSeal(file: FileHandle, seal: Omit<Seal, 'checks'>, buffer: Buffer): Promise<void> {
  const checks: number[] = [];
  for (let position = 0; position < seal.length; position += BLOCK) {
    const size = Math.min(BLOCK, seal.length - position);
    if (!(await readFully(file, buffer, size, position))) throw new Error('The file is shorter than it was.');
    checks.push(crc32(buffer.subarray(0, size)));
  }
  const text = Buffer.from(JSON.stringify({ ...seal, checks } satisfies Seal));
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(text.length, 0);
  tail.writeUInt32BE(crc32(text), 4);
  const bytes = Buffer.concat([text, tail, MAGIC]);
  const { bytesWritten } = await file.write(bytes, 0, bytes.length, seal.length);
  if (bytesWritten !== bytes.length) throw new Error('The seal could not be written whole.');
}

/** The seal of a file, or undefined where it has none that fits it. */
export async function readSeal(file: FileHandle): Promise<Seal | undefined> {
  const { size } = await file.stat();
  const tail = Buffer.alloc(TAIL);
  if (size < TAIL || !(await readFully(file, tail, TAIL, size - TAIL))) return undefined;
  const length = tail.readUInt32BE(0);
  if (!tail.subarray(8).equals(MAGIC) || length > LONGEST_SEAL || length > size - TAIL) return undefined;
  const text = Buffer.alloc(length);
  if (!(await readFully(file, text, length, size - TAIL - length))) return undefined;
  if (crc32(text) !== tail.readUInt32BE(4)) return undefined;
  const { data: seal } = Seal.safeParse(JSON.parse(text.toString()));
  const fits =
    seal !== undefined &&
    seal.length === size - TAIL - length &&
    seal.checks.length === Math.ceil(seal.length / BLOCK);
  return fits ? seal : undefined;
}

/** Reads exactly `length` bytes to the beginning of `buffer`; false where the file is shorter. */
export async function readFully(
  file: FileHandle,
  buffer: Buffer,
  length: number,
  position: number,
): Promise<boolean> {
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}
