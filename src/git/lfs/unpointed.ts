import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { hasCode } from '../error-code.ts';
import type { RepositoryHandle, WritableRepositoryHandle } from '../handle.ts';
import { GitFailed } from '../process-error.ts';
import { endGit, gitEnd, runGitChecked, streamGit } from '../process.ts';
import { isLfsOid, LFS_FOLDERS } from './objects.ts';
import { mentionedOids, POINTER_SIZES } from './pointer.ts';

/** What became of files to which no object of the repository points. */
export interface RemovedLfsObjects {
  readonly files: number;
  readonly bytes: number;
  /** How many are so young that the push to which they belong may be on its way. */
  readonly spared: number;
}

/** Of a SHA-256. */
const DIGITS = 64;
/** How many objects are read at once: of a kilobyte each at most. */
const AT_ONCE = 5000;

/**
 * Removes the files of Git LFS to which nothing points that is in the repository, whether or not a ref leads to it: after
 * a prune, what no ref leads to. Those that came, or were asked about, since `before` are spared: clients bring files first
 * and then push.
 */
export async function removeUnpointed(
  handle: WritableRepositoryHandle,
  before: number,
): Promise<RemovedLfsObjects> {
  const stored = await storedFiles(handle);
  const removed = { files: 0, bytes: 0, spared: 0 };
  if (stored.length === 0) return removed;
  const pointed = await pointedTo(handle);
  for (const { oid, path } of stored) {
    if (pointed.has(oid)) continue;
    const bytes = await removeOld(handle, path, before);
    if (bytes === null) removed.spared += 1;
    else {
      removed.files += 1;
      removed.bytes += bytes;
    }
  }
  return removed;
}

/**
 * Removes a file, and answers with its bytes; null where it came, or was asked about, since `before`. It is taken aside and
 * then looked at: somebody may bring it again at this moment, and theirs must stay.
 */
async function removeOld(handle: RepositoryHandle, path: string, before: number): Promise<number | null> {
  const aside = join(handle.path, LFS_FOLDERS.incoming, randomBytes(12).toString('hex'));
  try {
    if ((await stat(path)).mtimeMs >= before) return null;
    await mkdir(dirname(aside), { recursive: true, mode: 0o700 });
    await rename(path, aside);
    const { size, mtimeMs } = await stat(aside);
    if (mtimeMs >= before) {
      await rename(aside, path);
      return null;
    }
    await rm(aside, { force: true });
    return size;
  } catch (error) {
    // Somebody else removes at the same time.
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

async function storedFiles({
  path,
}: RepositoryHandle): Promise<{ readonly oid: string; readonly path: string }[]> {
  const entries = await readdir(join(path, LFS_FOLDERS.objects), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && isLfsOid(entry.name))
    .map(({ name, parentPath }) => ({ oid: name, path: join(parentPath, name) }));
}

async function pointedTo(handle: RepositoryHandle): Promise<ReadonlySet<string>> {
  const pointed = new Set<string>();
  let waiting: string[] = [];
  for await (const id of smallBlobs(handle)) {
    waiting.push(id);
    if (waiting.length < AT_ONCE) continue;
    await readPointers(handle, waiting, pointed);
    waiting = [];
  }
  if (waiting.length > 0) await readPointers(handle, waiting, pointed);
  return pointed;
}

/** Every file that may be a pointer by its size, as Git names it. */
async function* smallBlobs(handle: RepositoryHandle): AsyncGenerator<string> {
  const child = streamGit(
    handle,
    [
      'cat-file',
      '--batch-all-objects',
      '--unordered',
      '--batch-check=%(objecttype) %(objectsize) %(objectname)',
    ],
    { noInput: true, background: true },
  );
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const [type, size, id = ''] = line.split(' ');
      if (type === 'blob' && Number(size) >= DIGITS && Number(size) <= POINTER_SIZES.to) yield id;
    }
    const { code, stderr } = await gitEnd(child);
    // An incomplete list would have files removed that are pointed to.
    if (code !== 0) throw new GitFailed('cat-file', code, stderr);
  } finally {
    endGit(child);
  }
}

async function readPointers(
  handle: RepositoryHandle,
  ids: readonly string[],
  pointed: Set<string>,
): Promise<void> {
  const output = await runGitChecked(handle, ['cat-file', '--batch'], { input: `${ids.join('\n')}\n` });
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at);
    const size = Number(/ blob (\d+)$/.exec(output.toString('latin1', at, end))?.[1]);
    if (Number.isNaN(size)) throw new Error('Git answered something else than files.');
    for (const oid of mentionedOids(output.subarray(end + 1, end + 1 + size))) pointed.add(oid);
    at = end + size + 2;
  }
}
