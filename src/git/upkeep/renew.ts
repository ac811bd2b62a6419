import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../error-code.ts';
import { LOOSE_FOLDER, namesIn, packsAmong } from '../object-listing.ts';

/**
 * Lets the age of what no ref leads to begin now. Git takes for it the time of the file in which an object lies
 * (gitformat-pack(5), "cruft packs"): of what was packed a month ago and let go of a minute ago it would say that it has
 * been unreachable for a month. Packs of unreachable objects are left alone, which hold a time of each.
 */
export async function renewTimes(path: string): Promise<void> {
  const objects = join(path, 'objects');
  const packs = packsAmong(await readdir(join(objects, 'pack')));
  await renew(packs.map((name) => join(objects, 'pack', name)));
  for (const name of await readdir(objects)) {
    if (!LOOSE_FOLDER.test(name)) continue;
    const folder = join(objects, name);
    // Git removes those that have become empty.
    await renew((await namesIn(folder)).map((file) => join(folder, file)));
  }
}

async function renew(files: readonly string[]): Promise<void> {
  const now = new Date();
  await Promise.all(
    files.map((file) =>
      utimes(file, now, now).catch((error: unknown) => {
        if (!hasCode(error, 'ENOENT')) throw error;
      }),
    ),
  );
}
