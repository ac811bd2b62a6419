import { spawnSync } from 'node:child_process';
import { it } from 'vitest';

const hasGitLfs = spawnSync('git', ['lfs', 'version']).status === 0;

/** A test that needs git-lfs, a package of the system; where it is missing it is skipped and says so in its name. */
export function itWithGitLfs(name: string, test: () => Promise<void>): void {
  const timeout = { timeout: 60_000 };
  if (hasGitLfs) it(name, timeout, test);
  else it.skip(`${name} (skipped: there is no git-lfs on this machine)`, timeout, test);
}
