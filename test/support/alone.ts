import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What changes, measures or counts what is in the process that it runs in. A spied module is one that nothing before may have loaded. */
const NEEDS_ITS_OWN =
  /\bvi\.(mock|doMock|stubEnv|stubGlobal|useFakeTimers)\(|\bprocess\.(umask|chdir)\(|\bprocess\.env(\.\w+|\[[^\]]+\]) =|\bmemoryUsage\(|\b(SlowGit|useHelper|runningGit)\b/;

/**
 * Connections of `fetch` outlive their file where an answer was not read, and throw in the process when their server ends.
 * The folder of OAuth fetches by its server.
 */
const FETCHES = /\bfetch\(|oauth-server\.ts/;

/**
 * Test files that need a process of their own; all others follow each other in one, which loads what they share once.
 * @returns paths from the project's root
 */
export function filesAlone(root: string): string[] {
  return globSync('test/**/*.test.ts', { cwd: root, exclude: ['test/scenario'] }).filter(
    (file) =>
      file.startsWith(join('test', 'matrix', '/')) ||
      [NEEDS_ITS_OWN, FETCHES].some((each) => each.test(readFileSync(join(root, file), 'utf8'))),
  );
}
