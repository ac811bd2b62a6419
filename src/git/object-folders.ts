import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from './error-code.ts';
import { LOOSE_FOLDER, namesIn } from './object-listing.ts';
import type { WritableRepositoryHandle } from './handle.ts';

/** A repack looks at each folder once. */
const ATTEMPTS = 20;

/** As Git names an object that it has not written to its end, but for their length, which is ours. */
const KEEPER = /^tmp_obj_[0-9a-f]{12}$/;

/**
 * Keeps the folders that the objects of a quarantine will be moved to from being removed meanwhile. Git makes such a
 * folder, and then moves an object into it; every repack beside it ends by removing the empty ones
 * (git-prune-packed(1)), between the two as well, whereupon Git refuses the push.
 *
 * What keeps a folder is an empty file, which Git passes over. One of the same name lies in `objects` for as long: by it
 * `letLeftFoldersGo` finds what a killed process kept. Never fails: what cannot be kept is left to Git.
 *
 * @returns lets them go; may be called again, and never fails
 */
export async function keepObjectFolders(
  { path }: WritableRepositoryHandle,
  quarantine: string,
): Promise<() => Promise<void>> {
  const names = (await namesIn(quarantine)).filter((name) => LOOSE_FOLDER.test(name));
  const keeper = `tmp_obj_${randomBytes(6).toString('hex')}`;
  if (names.length === 0 || !(await begin(join(path, 'objects', keeper)))) return async () => {};
  await Promise.all(names.map((name) => make(join(path, 'objects', name, keeper)).catch(() => {})));
  let isKept = true;
  return async () => {
    if (!isKept) return;
    isKept = false;
    await letGo(path, names, keeper);
  };
}

/**
 * Lets the folders go that a killed process kept, where it began to before `before`: pushes through the system's OpenSSH are
 * processes of their own, and begin while the server starts as well. Only for the start. Never fails.
 */
export async function letLeftFoldersGo(path: string, before: Date): Promise<void> {
  const names = await namesIn(join(path, 'objects'));
  const folders = names.filter((name) => LOOSE_FOLDER.test(name));
  for (const keeper of names.filter((name) => KEEPER.test(name))) {
    const since = await lstat(join(path, 'objects', keeper)).catch(() => undefined);
    if (since !== undefined && since.mtimeMs < before.getTime()) await letGo(path, folders, keeper);
  }
}

/** The one in `objects` goes last: until then the others can be found. */
async function letGo(path: string, folders: readonly string[], keeper: string): Promise<void> {
  const remove = (...names: string[]): Promise<void> =>
    unlink(join(path, 'objects', ...names, keeper)).catch(() => {});
  await Promise.all(folders.map((folder) => remove(folder)));
  await remove();
}

const begin = (file: string): Promise<boolean> =>
  open(file, 'wx').then(
    (made) => made.close().then(() => true),
    () => false,
  );

async function make(file: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // The folder alone: nothing of a repository that was deleted comes back.
    await mkdir(dirname(file)).catch(unless('EEXIST'));
    const made = await open(file, 'wx').catch(unless('ENOENT'));
    // Where the folder was removed since, for it was empty still, it is made again.
    if (made !== undefined) return made.close();
  }
}

const unless =
  (code: string) =>
  (error: unknown): undefined => {
    if (!hasCode(error, code)) throw error;
  };
