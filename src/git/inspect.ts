import { lstat, opendir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnfinished } from './create.ts';
import { DOWNLOADS_FOLDER } from './downloads.ts';
import { hasCode } from './error-code.ts';
import { forEvery } from './for-every.ts';
import { LOOSE_FOLDER } from './object-listing.ts';
import { runGit } from './process.ts';
import { removeFileIfOlder } from './remove-old.ts';

export type Inspection = { readonly healthy: boolean; readonly problems: readonly string[] };

const maximalProblems = 100;
const quarantineName = /^(?:tmp_objdir-)?incoming-/;

/** Whether the folder has the parts of a bare repository that Git needs to open it. Starts no process. */
export async function inspectFolder(path: string): Promise<Inspection> {
  if (!(await isFolder(path))) return { healthy: false, problems: [missingFolder(path)] };
  const problems: string[] = [];
  for (const folder of ['objects', 'refs']) {
    if (!(await isFolder(join(path, folder)))) problems.push(`The folder ${folder} is missing.`);
  }
  const head = await textOf(join(path, 'HEAD'));
  if (!/^(?:ref: refs\/\S+|[0-9a-f]{40}|[0-9a-f]{64})\s*$/.test(head ?? '')) {
    problems.push('HEAD names neither a branch nor a commit.');
  }
  const config = await textOf(join(path, 'config'));
  if (!/^\s*bare\s*=\s*true\s*$/im.test(config ?? ''))
    problems.push('The file config does not say "bare = true".');
  return { healthy: problems.length === 0, problems };
}

/** Whether the folder is one, and every object that a ref needs is there. Reads the whole history: minutes for a large repository. */
export async function inspectConnectivity(path: string, signal?: AbortSignal): Promise<Inspection> {
  const folder = await inspectFolder(path);
  // Git could not even be started where there is none.
  if (!folder.healthy) return folder;
  const args = ['fsck', '--connectivity-only', '--no-dangling', '--no-progress', '--no-reflogs'];
  const { code, stdout, stderr } = await runGit({ path }, args, signal ? { signal } : {});
  if (code === 0) return { healthy: true, problems: [] };
  const lines = `${stdout.toString('utf8')}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  const problems = lines.slice(0, maximalProblems);
  return {
    healthy: false,
    problems: problems.length > 0 ? problems : [`git fsck ended with exit code ${code}.`],
  };
}

/**
 * Removes what pushes left in quarantine when a server was killed: `objects/tmp_objdir-incoming-*` and `incoming-*`
 * in which nothing was written since `before`. @returns the names that were removed
 */
export async function removeStaleQuarantines(path: string, before: Date): Promise<string[]> {
  return removeEach(join(path, 'objects'), (name) => quarantineName.test(name), before);
}

/** Removes repositories beside others whose making was interrupted before then. */
export async function removeUnfinished(parent: string, before: Date): Promise<string[]> {
  return removeEach(parent, isUnfinished, before);
}

/**
 * Removes lock files that a killed Git left, which would block their ref for ever. Only for times when nobody writes:
 * at the start, before the first request, with the time of the start.
 */
export async function removeStaleLocks(path: string, before: Date): Promise<string[]> {
  const removed: string[] = [];
  const names = [
    ...(await namesIn(path)),
    ...(await namesIn(join(path, 'refs'), true)).map((name) => `refs/${name}`),
  ];
  await forEvery(
    names.filter((name) => name.endsWith('.lock')),
    async (name) => {
      if (await removeFileIfOlder(join(path, name), before.getTime())) removed.push(name);
    },
  );
  return removed;
}

async function removeEach(
  folder: string,
  matches: (name: string) => boolean,
  before: Date,
): Promise<string[]> {
  const removed: string[] = [];
  await forEvery((await namesIn(folder)).filter(matches), async (name) => {
    const path = join(folder, name);
    if ((await newestChange(path)) >= before.getTime()) return;
    await rm(path, { recursive: true, force: true });
    removed.push(name);
  });
  return removed;
}

/** A folder's own time tells of new names only; a pack that still grows tells by its own. */
async function newestChange(path: string): Promise<number> {
  try {
    const own = await lstat(path);
    let newest = own.mtimeMs;
    if (!own.isDirectory()) return newest;
    for await (const entry of await opendir(path, { recursive: true })) {
      newest = Math.max(newest, (await lstat(join(entry.parentPath, entry.name))).mtimeMs);
    }
    return newest;
  } catch {
    return Number.POSITIVE_INFINITY; // It is being worked on: things vanish from it, or it has taken its place.
  }
}

async function namesIn(folder: string, recursive = false): Promise<string[]> {
  try {
    return await readdir(folder, { recursive });
  } catch {
    return [];
  }
}

/** False only where it is certain that neither an object nor a download lies in a repository's folder; what cannot be read may hold some. */
export async function mayHoldObjects(path: string): Promise<boolean> {
  const holds = async (folder: string, wanted: RegExp): Promise<boolean> => {
    try {
      return (await readdir(join(path, folder))).some((name) => wanted.test(name));
    } catch (error) {
      return !hasCode(error, 'ENOENT');
    }
  };
  return (
    (await holds('objects/pack', /\.pack$/)) ||
    (await holds('objects', LOOSE_FOLDER)) ||
    holds(DOWNLOADS_FOLDER, /./)
  );
}

export const missingFolder = (path: string): string => `The folder ${path} is missing.`;

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
