import { statSync } from 'node:fs';
// By its default, which an older Node.js has as well, so that it can say that it is too old.
import module from 'node:module';
import { join } from 'node:path';

/**
 * Keeps what is compiled from here on for the next start, of which compiling takes much. Only in a data folder that is
 * there and ours: what lies in the cache is run.
 */
export function keepCompiled(data: string): void {
  if (ownerOf(data) !== process.getuid?.()) return;
  module.enableCompileCache(join(data, 'cache', 'compile'));
}

/** Undefined for what is not there or cannot be looked at; the verb itself says so. */
function ownerOf(folder: string): number | undefined {
  try {
    return statSync(folder).uid;
  } catch {
    return undefined;
  }
}
