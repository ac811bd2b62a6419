import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runGitChecked } from './process.ts';
import { branchRef, isValidBranchName } from './ref-name.ts';
import { repositoryConfig } from './repository-config.ts';
import { hasCode } from './error-code.ts';
import type { ObjectFormat } from './object-id.ts';

export type NewRepository = {
  readonly defaultBranch?: string;
  readonly format?: ObjectFormat;
};

/** There is something at the path already. */
export class RepositoryExists extends Error {
  override readonly name = 'RepositoryExists';
}

const unfinishedMark = '.unfinished-';

/** Whether a folder's name says that its making was interrupted. Such folders may be removed when no server runs. */
export function isUnfinished(name: string): boolean {
  return name.includes(unfinishedMark);
}

/**
 * Makes an empty bare repository at an absolute path, wholly or not at all: it is built beside its place, written to
 * disk and then renamed. Of two who make the same one at once, one does. @throws RepositoryExists
 */
export async function createRepository(path: string, options: NewRepository = {}): Promise<void> {
  await buildRepository(path, options, async () => {});
}

/**
 * As `createRepository`, and lets `fill` put something into the repository before it takes its place.
 * @throws RepositoryExists, and whatever `fill` throws; nothing is left behind then
 */
export async function buildRepository(
  path: string,
  options: NewRepository,
  fill: (unfinished: { readonly path: string }) => Promise<void>,
): Promise<void> {
  const branch = options.defaultBranch ?? 'main';
  if (!isValidBranchName(branch)) throw new TypeError('The default branch needs a valid branch name.');
  if (await exists(path)) throw new RepositoryExists('There is a repository at this place already.');
  const parent = dirname(path);
  await mkdir(parent, { recursive: true });
  const unfinished = `${path}${unfinishedMark}${randomBytes(6).toString('hex')}`;
  try {
    const format = options.format ?? 'sha1';
    await runGitChecked(parent, [
      'init',
      '--bare',
      '--quiet',
      '--template=',
      `--object-format=${format}`,
      '--',
      unfinished,
    ]);
    await writeDurably(join(unfinished, 'HEAD'), `ref: ${branchRef(branch)}\n`);
    await writeDurably(join(unfinished, 'config'), repositoryConfig(format));
    await fill({ path: unfinished });
    for (const folder of ['objects', 'refs', 'refs/heads', 'refs/tags', '.'])
      await syncFolder(join(unfinished, folder));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST')) {
      throw new RepositoryExists('There is a repository at this place already.', { cause: error });
    }
    throw error;
  }
  await syncFolder(parent);
}

/** Bytes of all files below a folder. What vanishes while it is counted, files and folders, does not count. */
export async function sizeOnDisk(path: string): Promise<number> {
  let total = 0;
  // Each folder by itself: a walk through all of them would end where one of them went. Its names are read at once, which
  // takes one step where going through them takes four, and most folders here hold a file or two.
  for (const entry of await entriesOf(path)) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) total += await sizeOnDisk(inside);
    else if (entry.isFile()) total += await fileSize(inside);
  }
  return total;
}

async function entriesOf(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function fileSize(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new or renamed name is only on disk once its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
