import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LOOSE_FOLDER, namesIn, packsAmong } from '../object-listing.ts';

/** What a repository looks like on the disk, as far as it says how quickly it can be read. */
export interface Shape {
  readonly packs: number;
  readonly packBytes: number;
  /** Bytes of the largest pack. */
  readonly largestPackBytes: number;
  /** Packs that no bitmap knows of, because they came after it was written, with their bytes. */
  readonly freshPacks: number;
  readonly freshBytes: number;
  /** Objects that lie in files of their own. */
  readonly looseObjects: number;
  readonly looseRefs: number;
  readonly hasBitmap: boolean;
  readonly hasCommitGraph: boolean;
  /** When the oldest pack of unreachable objects was written, in milliseconds; null where there is none. */
  readonly unreachableSince: number | null;
}

/** Nobody needs to know how many there are beyond. */
const ENOUGH_REFS = 10_000;

/** Looks at names, sizes and times; no file is opened and no process started. */
export async function shapeOf(path: string): Promise<Shape> {
  const objects = join(path, 'objects');
  const folder = join(objects, 'pack');
  const names = await namesIn(folder);
  const bitmaps = await statAll(
    folder,
    names.filter((name) => name.endsWith('.bitmap')),
  );
  const bitmapAt = Math.max(0, ...bitmaps.map(({ mtimeMs }) => mtimeMs));
  const packs = await statAll(folder, packsAmong(names));
  // Strictly later: a bitmap is written just after the pack that it is of.
  const fresh = bitmapAt === 0 ? [] : packs.filter(({ mtimeMs }) => mtimeMs > bitmapAt);
  const cruft = await statAll(
    folder,
    names.filter((name) => name.endsWith('.mtimes')),
  );
  const graph = await namesIn(join(objects, 'info'));
  return {
    packs: packs.length,
    packBytes: sum(packs),
    largestPackBytes: Math.max(0, ...packs.map(({ size }) => size)),
    freshPacks: fresh.length,
    freshBytes: sum(fresh),
    looseObjects: await countLooseObjects(objects),
    looseRefs: await countLooseRefs(join(path, 'refs')),
    hasBitmap: bitmapAt > 0,
    hasCommitGraph: graph.includes('commit-graph') || graph.includes('commit-graphs'),
    unreachableSince: cruft.length === 0 ? null : Math.min(...cruft.map(({ mtimeMs }) => mtimeMs)),
  };
}

const sum = (files: readonly { readonly size: number }[]): number =>
  files.reduce((total, { size }) => total + size, 0);

async function countLooseObjects(objects: string): Promise<number> {
  let count = 0;
  for (const name of await namesIn(objects)) {
    if (LOOSE_FOLDER.test(name)) count += (await namesIn(join(objects, name))).length;
  }
  return count;
}

async function countLooseRefs(folder: string): Promise<number> {
  let count = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && count < ENOUGH_REFS; next = folders.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory()) folders.push(join(next, entry.name));
      else if (!entry.name.endsWith('.lock')) count += 1;
    }
  }
  return count;
}

interface Found {
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Those that are still there. */
async function statAll(folder: string, names: readonly string[]): Promise<Found[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const file = await stat(join(folder, name)).catch(() => undefined);
      return file === undefined ? [] : [{ name, size: file.size, mtimeMs: file.mtimeMs }];
    }),
  );
  return found.flat();
}
