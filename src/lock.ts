import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;

/**
 * Takes the data folder for one primary process: a SQLite file held exclusively, which the system lets go of when the
 * process ends, however it ends. Returns how to let it go. Throws with one sentence when another server holds it.
 */
export function lockDataFolder(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, 'server.lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch (error) {
    lock.close();
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)) throw error;
    throw new Error(
      `Another Latchkey server already uses the data folder ${folder}. Stop it first, or give this one another folder with --data.`,
      { cause: error },
    );
  }
  return () => lock.close();
}
