import { existsSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Keeps what is compiled from here on for the next start, of which compiling takes much. Only in the data folder of a host
 * that is there and ours: what lies in the cache is run, and an empty folder is left as it is by a verb that is refused.
 */
export function keepCompiled(data: string): void {
  if (ownerOf(data) !== process.getuid?.() || !existsSync(join(data, 'secrets'))) return;
  enableCompileCache(join(data, 'cache', 'compile'));
}

/** Undefined for what is not there or cannot be looked at; the verb itself says so. */
function ownerOf(folder: string): number | undefined {
  try {
    return statSync(folder).uid;
  } catch {
    return undefined;
  }
}
