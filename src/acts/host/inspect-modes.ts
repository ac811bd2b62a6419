import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from './inspect.ts';

/** What lies in the data folder and tells names, addresses, passwords or keys. */
const PRIVATE = [
  'latchkey.db',
  'latchkey.db-wal',
  'latchkey.db-shm',
  'latchkey.json',
  'mail',
  'repositories',
  'secrets',
];
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

/** Whether others on this machine may look at what the host keeps: files that were restored have the modes that the restoring gave them. */
export async function inspectModes(folder: string): Promise<Finding> {
  const open = await openToOthers(folder);
  return {
    part: 'data folder',
    name: 'modes',
    healthy: open.length === 0,
    says:
      open.length === 0
        ? 'its host alone can read what is in it'
        : `others on this machine may read or change ${open.join(', ')}: run chmod -R go= ${folder}`,
  };
}

async function openToOthers(folder: string): Promise<string[]> {
  const mode = await modeOf(folder);
  // Past a folder that is shut nobody reaches what is in it.
  if ((mode & OTHERS) === 0) return [];
  const open = (mode & OTHERS_WRITE) === 0 ? [] : [folder];
  for (const name of PRIVATE) {
    if (((await modeOf(join(folder, name))) & OTHERS) !== 0) open.push(name);
  }
  return open;
}

/** 0 for what is not there. */
async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode;
  } catch {
    return 0;
  }
}
