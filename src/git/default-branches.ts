import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Grant } from '../gate/index.ts';
import { hasCode } from './error-code.ts';
import { branchPrefix, isValidRefName, shortRefName } from './ref-name.ts';
import type { RepositoryStorage } from './storage.ts';

/** As many refs as Git reads on the way from a name to a value (SYMREF_MAXDEPTH). */
const LONGEST_CHAIN = 5;
/** No ref is there, or a folder of refs is. */
const ABSENT = ['ENOENT', 'EISDIR', 'ENOTDIR'] as const;

/**
 * The default branches of repositories that a list showed under this grant, by their ids; null where it has no commit.
 * Read from their files, all at once and by no process. A list decides on its items as it is read, so its grant opens no
 * repository: what it comes to here is the name of a branch. Throws `TypeError` for anything that is no genuine grant to
 * list repositories.
 */
export async function defaultBranches(
  storage: RepositoryStorage,
  grant: Grant<'repository.list'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  Grant.expect(grant, 'repository.list');
  const read = async (id: string) => {
    // One repository that cannot be read, or names what cannot be one, is no reason to show none.
    const branch = await defaultBranch(storage.pathOf(id, 'repository')).catch(() => null);
    return [id, branch] as const;
  };
  return new Map(await Promise.all(ids.map(read)));
}

/** Names are bytes as Latin-1 until one is found. */
async function defaultBranch(folder: string): Promise<string | null> {
  let value = await readValue(folder, 'HEAD');
  for (let reads = 1; reads <= LONGEST_CHAIN; reads += 1) {
    const ref = /^ref: (refs\/[^\n]+)\n?$/.exec(value ?? '')?.[1];
    if (ref === undefined || !isValidRefName(ref)) return null;
    value = await readValue(folder, ref);
    if (value?.startsWith('ref:') === true) continue;
    const exists = value !== undefined || (await isPacked(folder, ref));
    return exists && ref.startsWith(branchPrefix)
      ? shortRefName(Buffer.from(ref, 'latin1').toString())
      : null;
  }
  return null;
}

async function readValue(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(pathOf(folder, name), 'latin1');
  } catch (error) {
    if (ABSENT.some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

async function isPacked(folder: string, ref: string): Promise<boolean> {
  const sought = Buffer.from(` ${ref}\n`, 'latin1');
  let seen: Buffer = Buffer.alloc(0);
  let isSorted: boolean | undefined;
  try {
    for await (const chunk of createReadStream(pathOf(folder, 'packed-refs')) as AsyncIterable<Buffer>) {
      seen = Buffer.concat([seen.subarray(-sought.length), chunk]);
      isSorted ??= /^# pack-refs with:[^\n]* sorted\b/.test(chunk.toString('latin1', 0, 200));
      if (seen.includes(sought)) return true;
      if (isSorted && endsBehind(chunk, ref)) return false;
    }
  } catch (error) {
    if (!ABSENT.some((code) => hasCode(error, code))) throw error;
  }
  return false;
}

/** Whether the last whole line names a ref behind this one. */
function endsBehind(chunk: Buffer, ref: string): boolean {
  const end = chunk.lastIndexOf('\n');
  const line = chunk.toString('latin1', chunk.lastIndexOf('\n', end - 1) + 1, end);
  const name = /^[0-9a-f]{40,64} (refs\/.+)$/.exec(line)?.[1];
  return name !== undefined && name > ref;
}

const pathOf = (folder: string, name: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
