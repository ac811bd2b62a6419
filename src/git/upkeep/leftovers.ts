import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeStaleQuarantines } from '../inspect.ts';
import { isRunning } from '../is-running.ts';
import { LFS_FOLDERS } from '../lfs/index.ts';
import { LOOSE_FOLDER, namesIn } from '../object-listing.ts';
import { removeFileIfOlder } from '../remove-old.ts';

const DAY_MS = 24 * 3600_000;
/** No Git holds a lock for so long; one that is older was left by a Git that was killed. */
const STALE_LOCK_MS = 10 * 60_000;
/** What is still written to is younger. */
const STALE_FILE_MS = DAY_MS;

/** Files that Git makes while it works and removes at its end, by folder. */
const TEMPORARY: readonly { readonly folder: string; readonly name: RegExp }[] = [
  { folder: 'objects/pack', name: /^\.?tmp[-_]/ },
  { folder: 'objects/info', name: /^tmp[-_]/ },
  { folder: 'objects/info/commit-graphs', name: /^tmp[-_]/ },
  { folder: 'objects', name: /^tmp_obj_/ },
  { folder: LFS_FOLDERS.incoming, name: /^[0-9a-f]{24}$/ },
  { folder: '.', name: /^(?:latchkey-.*\.new|packed-refs\.new)$/ },
];
const LOCKED = ['.', 'objects/info', 'objects/info/commit-graphs', 'objects/pack'] as const;

/**
 * Removes what killed processes left in a repository, once it is so old that nobody can still be at work on it:
 * quarantines, temporary packs and objects, locks, and marks by which a push kept its pack. Safe beside running clones
 * and pushes. @returns what was removed, as paths within the repository
 */
export async function removeLeftovers(path: string, now: number): Promise<string[]> {
  const removed: string[] = [];
  const old = now - STALE_FILE_MS;
  removed.push(...(await removeStaleQuarantines(path, new Date(old))).map((name) => `objects/${name}`));
  for (const { folder, name } of TEMPORARY) removed.push(...(await removeOlder(path, folder, name, old)));
  for (const name of await namesIn(join(path, 'objects'))) {
    if (LOOSE_FOLDER.test(name))
      removed.push(...(await removeOlder(path, `objects/${name}`, /^tmp_obj_/, old)));
  }
  const lock = now - STALE_LOCK_MS;
  for (const folder of LOCKED) removed.push(...(await removeOlder(path, folder, /\.lock$/, lock)));
  for (const name of await readdir(join(path, 'refs'), { recursive: true }).catch(() => [])) {
    if (name.endsWith('.lock') && (await removeFileIfOlder(join(path, 'refs', name), lock)))
      removed.push(`refs/${name}`);
  }
  removed.push(...(await removeKeeps(path, old)));
  removed.push(...(await removeUnfinishedRepacks(path)));
  return removed;
}

/**
 * What `git repack` has not put into its place yet carries the number of its process. Whatever its age, it goes when that
 * is gone: the next repack takes it for a pack, and fails ("could not find pack", seen with 2.39).
 */
async function removeUnfinishedRepacks(path: string): Promise<string[]> {
  const removed: string[] = [];
  const folder = join(path, 'objects', 'pack');
  for (const name of await namesIn(folder)) {
    const [, pid] = /^\.tmp-(\d+)-pack-/.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(join(folder, name), { force: true });
    removed.push(`objects/pack/${name}`);
  }
  return removed;
}

/** A pack that a push brought is marked until its refs have moved; a mark of somebody else's stays. */
async function removeKeeps(path: string, before: number): Promise<string[]> {
  const removed: string[] = [];
  const folder = join(path, 'objects', 'pack');
  for (const name of await namesIn(folder)) {
    if (!name.endsWith('.keep')) continue;
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (/^(?:receive|fetch)-pack \d+ on /.test(text) && (await removeFileIfOlder(join(folder, name), before)))
      removed.push(`objects/pack/${name}`);
  }
  return removed;
}

async function removeOlder(path: string, folder: string, wanted: RegExp, before: number): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await namesIn(join(path, folder))) {
    if (wanted.test(name) && (await removeFileIfOlder(join(path, folder, name), before)))
      removed.push(join(folder, name));
  }
  return removed;
}
