import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../create.ts';
import { hasCode } from '../error-code.ts';
import type { RepositoryHandle, WritableRepositoryHandle } from '../handle.ts';
import { readRange } from '../read-range.ts';

/**
 * The files of Git LFS, each under the SHA-256 of its bytes, in the folder of the repository that they belong to and laid
 * out as git-lfs lays them out in a clone (`lfs/objects/ab/cd/abcd…`). Nothing is shared between repositories: whoever
 * knows the name of a file somewhere else has to bring its bytes.
 */

const OID = /^[0-9a-f]{64}$/;

export const isLfsOid = (text: string): boolean => OID.test(text);

/** In a folder of a repository: what has come whole, and what is on its way. */
export const LFS_FOLDERS = { objects: 'lfs/objects', incoming: 'lfs/incoming' } as const;

function pathOf({ path }: RepositoryHandle, oid: string): string {
  if (!isLfsOid(oid)) throw new TypeError('Files of Git LFS are named by their SHA-256.');
  return join(path, LFS_FOLDERS.objects, oid.slice(0, 2), oid.slice(2, 4), oid);
}

/** In bytes; undefined where the repository has no such file. */
export async function lfsObjectSize(handle: RepositoryHandle, oid: string): Promise<number | undefined> {
  try {
    return (await stat(pathOf(handle, oid))).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Makes a file as young as if it came now: whoever hears that it is here counts on it. Undefined where there is none. */
export async function freshenLfsObject(
  handle: WritableRepositoryHandle,
  oid: string,
): Promise<number | undefined> {
  try {
    const now = new Date();
    await utimes(pathOf(handle, oid), now, now);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  return lfsObjectSize(handle, oid);
}

/** The bytes of a file, as `readRange` reads them. Throws what the file system says. */
export const readLfsObject = (
  handle: RepositoryHandle,
  oid: string,
  range: { readonly from: number; readonly to: number },
): AsyncGenerator<Buffer> => readRange(pathOf(handle, oid), range);

/** What came is not what it was said to be. */
export class OtherBytes extends Error {
  override readonly name = 'OtherBytes';
  readonly oid: string;

  constructor(oid: string) {
    super('The bytes have another SHA-256.');
    this.oid = oid;
  }
}

/**
 * Takes a file in: written aside, held against its name, brought to the disk, and only then put into its place, if `keep`
 * does not throw. Whatever throws leaves nothing behind. @throws OtherBytes, what the body or `keep` throws, and what the
 * file system says
 */
export async function storeLfsObject(
  handle: WritableRepositoryHandle,
  oid: string,
  body: AsyncIterable<Buffer>,
  keep: () => Promise<void>,
): Promise<void> {
  const place = pathOf(handle, oid);
  const incoming = join(handle.path, LFS_FOLDERS.incoming);
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  const aside = join(incoming, randomBytes(12).toString('hex'));
  const file = await open(aside, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    for await (const chunk of body) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
    const came = hash.digest('hex');
    if (came !== oid) throw new OtherBytes(came);
    await keep();
    await makeFolderOf(place);
    await rename(aside, place);
    await syncFolder(dirname(place));
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** A name is on the disk only once the folders that lead to it are. */
async function makeFolderOf(place: string): Promise<void> {
  const folder = dirname(place);
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}
