import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/**
 * Takes the data folder for one primary process. Returns how to let it go. Throws with one sentence when another server
 * holds it.
 */
export function lockDataFolder(folder: string): () => void {
  const release = hold(join(folder, 'server.lock'));
  if (release === undefined) {
    throw new Error(
      `Another Latchkey server already uses the data folder ${folder}. Stop it first, or give this one another folder with --data.`,
    );
  }
  return release;
}

/** Takes the maintenance of repositories, which one process does at a time; undefined while another one does it. */
export const lockMaintenance = (folder: string): (() => void) | undefined =>
  hold(join(folder, 'maintenance.lock'));

/** A SQLite file held exclusively, which the system lets go of when the process ends, however it ends. */
function hold(path: string): (() => void) | undefined {
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch (error) {
    lock.close();
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)) throw error;
    return undefined;
  }
  return () => lock.close();
}
