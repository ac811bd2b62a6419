import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What changes, measures or counts what is in the process that it runs in. A spied module is one that nothing before may have loaded. */
const NEEDS_ITS_OWN =
  /\bvi\.(mock|doMock|stubEnv|stubGlobal|useFakeTimers)\(|\bprocess\.(umask|chdir)\(|\bprocess\.env(\.\w+|\[[^\]]+\]) =|\bmemoryUsage\(|\b(SlowGit|useHelper|runningGit)\b/;

/**
 * Test files that need a process of their own; all others follow each other in one, which loads what they share once.
 * @returns paths from the project's root
 */
export function filesAlone(root: string): string[] {
  return globSync('test/**/*.test.ts', { cwd: root, exclude: ['test/scenario'] }).filter(
    (file) =>
      file.startsWith(join('test', 'matrix', '/')) ||
      NEEDS_ITS_OWN.test(readFileSync(join(root, file), 'utf8')),
  );
}
