import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from './create.ts';
import type { RepositoryHandle, WritableRepositoryHandle } from './handle.ts';
import { readRange } from './read-range.ts';

/**
 * Files that people fetch beside a repository, in its folder and each by an id of its own: a name that somebody chose never
 * comes to the file system, and what replaces a file is another one.
 */

/** In the folder of a repository. */
export const DOWNLOADS_FOLDER = 'downloads';
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function placeOf(repository: string, id: string): string {
  if (!ID.test(id)) throw new TypeError('Downloads are stored by id.');
  return join(repository, DOWNLOADS_FOLDER, id);
}

/** Brings a file to the disk and moves it to its place. Throws what the file system says; it is then where it was, or nowhere. */
export async function keepDownload(
  handle: WritableRepositoryHandle,
  id: string,
  from: string,
): Promise<void> {
  const place = placeOf(handle.path, id);
  const folder = dirname(place);
  const file = await open(from, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(handle.path);
  await rename(from, place);
  await syncFolder(folder);
}

/** Throws what the file system says: ENOENT where it was removed a moment ago. */
export const readDownload = (
  handle: RepositoryHandle,
  id: string,
  range: { readonly from: number; readonly to: number },
): AsyncGenerator<Buffer> => readRange(placeOf(handle.path, id), range);

/** Whoever reads it at this moment reads it to its end. @param repository path of its folder */
export const removeDownload = (repository: string, id: string): Promise<void> =>
  rm(placeOf(repository, id), { force: true });
