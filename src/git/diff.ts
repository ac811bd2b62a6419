import { Readable } from 'node:stream';
import { assertObjectId } from './object-id.ts';
import { GitFailed } from './process-error.ts';
import { endGit, gitEnd, streamGit } from './process.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';

export type DiffQuery = {
  /** Commits or trees; for a root commit `emptyTreeOf(format)`. */
  readonly before: ObjectId;
  readonly after: ObjectId;
  /** Only this file or folder. */
  readonly path?: string;
  /** Lines around each change, 3 by default. */
  readonly context?: number;
};

/** A unified diff with renames, as Git writes it, as long as it is. Destroying the stream ends the process. */
export function streamDiff(handle: RepositoryHandle, query: DiffQuery): Readable {
  assertObjectId(query.before);
  assertObjectId(query.after);
  const args = [
    'diff-tree',
    '-r',
    '-p',
    '-M',
    '--full-index',
    '--no-ext-diff',
    '--no-textconv',
    `--unified=${query.context ?? 3}`,
    query.before,
    query.after,
  ];
  const child = streamGit(handle, query.path ? [...args, '--', query.path] : args);
  child.stdin.end();
  const bytes = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) yield chunk;
    const { code, stderr } = await gitEnd(child);
    if (code !== 0) throw new GitFailed('diff-tree', code, stderr);
  };
  const stream = Readable.from(bytes(), { objectMode: false, highWaterMark: 64 * 1024 });
  stream.once('close', () => endGit(child));
  return stream;
}

/** The beginning of a diff, for a page: at most `maxBytes`, cut after a whole line. */
export async function readDiff(
  handle: RepositoryHandle,
  query: DiffQuery,
  maxBytes: number,
): Promise<{ bytes: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of streamDiff(handle, query) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  const bytes = Buffer.concat(chunks);
  if (size <= maxBytes) return { bytes, truncated: false };
  const lastNewline = bytes.lastIndexOf(0x0a, maxBytes - 1);
  return { bytes: bytes.subarray(0, lastNewline + 1), truncated: true };
}
