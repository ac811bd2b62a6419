import { createHash } from 'node:crypto';
import { cacheableFetch, type Asked, type PackCache } from '../../../src/git/packs/index.ts';
import { startUploadPackInto } from '../../../src/git/upload-pack.ts';
import { delimiterPacket, encodePacket, flushPacket } from '../../../src/git/pkt-line.ts';
import type { RepositoryHandle } from '../../../src/git/handle.ts';
import { requestIn } from '../wire/request-in.ts';

export const requestBytes = (args: readonly string[], capabilities: readonly string[] = []): Buffer =>
  Buffer.concat([
    ...['command=fetch', 'object-format=sha1', ...capabilities].map((line) => encodePacket(`${line}\n`)),
    delimiterPacket,
    ...args.map((line) => encodePacket(`${line}\n`)),
    flushPacket,
  ]);

export const wanting = (...ids: readonly string[]): Buffer =>
  requestBytes([...ids.map((id) => `want ${id}`), 'ofs-delta', 'no-progress', 'done']);

/** Asks as the act does, without a queue unless there is one among the options. */
export async function ask(
  cache: PackCache,
  handle: RepositoryHandle,
  body: Buffer,
  options: Partial<Asked> = {},
): Promise<AsyncGenerator<Buffer> | undefined> {
  const request = await requestIn(body);
  const fetch = request && cacheableFetch(request);
  if (fetch === undefined) throw new Error('This is no request whose answer may be kept.');
  return cache.answer({
    handle,
    request: fetch,
    body,
    tags: async () => 'tags',
    start: (path) => startUploadPackInto(handle, path, fetch.isSnapshot),
    admit: async () => () => {},
    pieceBytes: 512 * 1024,
    signal: new AbortController().signal,
    ...options,
  });
}

/** All of an answer. */
export async function all(answer: AsyncIterable<Buffer> | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The pack in an answer: how it is cut into packets differs from run to run. */
export function packIn(answer: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let position = 0; position + 4 <= answer.length; ) {
    const size = Number.parseInt(answer.toString('latin1', position, position + 4), 16);
    if (answer[position + 4] === 1) parts.push(answer.subarray(position + 5, position + size));
    position += Math.max(size, 4);
  }
  return Buffer.concat(parts);
}

/** Whether an answer ends as Git ends one, with a pack in it that has its own sum at its end. */
export function isWhole(answer: Buffer): boolean {
  const pack = packIn(answer);
  const sum = createHash('sha1').update(pack.subarray(0, -20)).digest();
  return answer.subarray(-4).toString() === '0000' && pack.subarray(-20).equals(sum);
}
