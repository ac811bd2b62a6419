import { lstat, rm } from 'node:fs/promises';

/**
 * Removes a file in which nothing was written since `before`. Whatever else has its name (a folder, a link) stays.
 * @returns whether it went
 */
export async function removeFileIfOlder(path: string, before: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.mtimeMs >= before) return false;
  await rm(path, { force: true });
  return true;
}
