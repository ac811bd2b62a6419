import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from './inspect.ts';

const GROUP = 0o070;
const OTHERS = 0o007;
const WRITE = 0o022;

/**
 * Who else may look at what the host keeps, which tells names, addresses, passwords or keys: files that were restored have the
 * modes that the restoring gave them. What is open to the group alone is told and no fault: volumes of containers are given to a
 * group (`fsGroup`), with everything in them.
 */
export async function inspectModes(folder: string): Promise<Finding> {
  const finding = { part: 'data folder', name: 'modes' } as const;
  const toOthers = await openTo(OTHERS, folder);
  if (toOthers.length > 0) {
    const says = `others on this machine may read or change ${toOthers.join(', ')}: run chmod -R go= ${folder}`;
    return { ...finding, healthy: false, says };
  }
  const toGroup = await openTo(GROUP, folder);
  const says =
    toGroup.length > 0
      ? `the group of its files may read or change ${toGroup.join(', ')}, and others on this machine nothing`
      : 'its host alone can read what is in it';
  return { ...finding, healthy: true, says };
}

/** Of the folder and what lies in it, whatever these bits of the mode let anybody read, or change in the case of the folder. */
async function openTo(who: number, folder: string): Promise<string[]> {
  const mode = await modeOf(folder);
  // Past a folder that is shut nobody reaches what is in it.
  if ((mode & who) === 0) return [];
  const open = (mode & who & WRITE) === 0 ? [] : [folder];
  for (const name of (await readdir(folder)).toSorted()) {
    if (((await modeOf(join(folder, name))) & who) !== 0) open.push(name);
  }
  return open;
}

/** 0 for what has gone meanwhile. */
async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode;
  } catch {
    return 0;
  }
}
