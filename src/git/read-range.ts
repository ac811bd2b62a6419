import { open } from 'node:fs/promises';

/** How much is read at a time, and lies in memory for each who reads. */
const PIECE_BYTES = 256 * 1024;

/**
 * The bytes of a file from `from` up to and without `to`. Opened with the first that is asked for, so that nothing is open
 * for whoever asks for none, and what is removed from then on is still sent whole. A chunk is good until the next one is
 * asked for. Throws what the file system says.
 */
export async function* readRange(
  path: string,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(to - from, 1)));
    for (let at = from; at < to; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - at), at);
      if (bytesRead === 0) throw new Error('A file is shorter than it was.');
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
