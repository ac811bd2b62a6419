import { randomBytes } from 'node:crypto';
import { mkdir, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from './error-code.ts';
import { LOOSE_FOLDER, namesIn } from './object-listing.ts';
import type { WritableRepositoryHandle } from './handle.ts';

/** A repack looks at each folder once. */
const ATTEMPTS = 20;

/**
 * Keeps the folders that the objects of a quarantine will be moved to from being removed meanwhile. Git makes such a
 * folder, and then moves an object into it; every repack beside it ends by removing the empty ones
 * (git-prune-packed(1)), between the two as well, whereupon Git refuses the push.
 *
 * What keeps a folder is an empty file, named as Git names an object that it has not written to its end: Git passes over
 * it, and where this process is killed it goes with the other leftovers. Never fails: what cannot be kept is left to Git.
 *
 * @returns lets them go; may be called again, and never fails
 */
export async function keepObjectFolders(
  { path }: WritableRepositoryHandle,
  quarantine: string,
): Promise<() => Promise<void>> {
  const names = (await namesIn(quarantine)).filter((name) => LOOSE_FOLDER.test(name));
  const file = `tmp_obj_${randomBytes(6).toString('hex')}`;
  const kept = names.map((name) => join(path, 'objects', name, file));
  await Promise.all(kept.map((each) => make(each).catch(() => {})));
  return async () => {
    await Promise.all(kept.splice(0).map((each) => unlink(each).catch(() => {})));
  };
}

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
