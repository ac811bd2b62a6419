import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../error-code.ts';

const PACK = /^(pack-[0-9a-f]+)\.pack$/;
const HEX = /^[0-9a-f]{2}$/;

/**
 * Lets the age of what no ref leads to begin now. Git takes for it the time of the file in which an object lies
 * (gitformat-pack(5), "cruft packs"): of what was packed a month ago and let go of a minute ago it would say that it has
 * been unreachable for a month. Packs of unreachable objects are left alone, which hold a time of each.
 */
export async function renewTimes(path: string): Promise<void> {
  const objects = join(path, 'objects');
  const packs = new Set(await readdir(join(objects, 'pack')));
  const files = [...packs]
    .filter((name) => PACK.test(name) && !packs.has(name.replace(PACK, '$1.mtimes')))
    .map((name) => join(objects, 'pack', name));
  await renew(files);
  for (const name of await readdir(objects)) {
    if (!HEX.test(name)) continue;
    const folder = join(objects, name);
    // Git removes those that have become empty.
    await renew((await readdir(folder).catch(() => [])).map((file) => join(folder, file)));
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
