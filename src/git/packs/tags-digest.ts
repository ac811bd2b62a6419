import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryHandle } from '../handle.ts';

const TAGS = 'refs/tags/';

/** Stands for the state of `refs/tags`: equal only where no tag was made, moved or taken away. Reads files, starts no Git. */
export async function tagsDigest(handle: RepositoryHandle): Promise<string> {
  const hash = createHash('sha256');
  // Loose first: a ref that is packed in between is then seen twice and not missed.
  const folder = join(handle.path, TAGS);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(unlessMissing([]));
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const name of names.toSorted()) {
    const content = await readFile(name, 'latin1').catch(unlessMissing(''));
    hash.update(`${name.slice(folder.length)}\n${content}\n`);
  }
  hash.update('\n');
  const packed = await readFile(join(handle.path, 'packed-refs'), 'latin1').catch(unlessMissing(''));
  let isTag = false;
  for (const line of packed.split('\n')) {
    if (!line.startsWith('^')) isTag = line.includes(` ${TAGS}`);
    if (isTag) hash.update(`${line}\n`);
  }
  return hash.digest('hex');
}

const unlessMissing =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
