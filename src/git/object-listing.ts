import { readdir } from 'node:fs/promises';

/** The folders in which objects lie in files of their own. */
export const LOOSE_FOLDER = /^[0-9a-f]{2}$/;

const PACK = /^(pack-[0-9a-f]+)\.pack$/;

/** Of what lies in `objects/pack`, the packs; not those of unreachable objects, which have their times beside them. */
export const packsAmong = (names: readonly string[]): string[] =>
  names.filter((name) => PACK.test(name) && !names.includes(name.replace(PACK, '$1.mtimes')));

/** What lies in a folder; nothing where that cannot be read. */
export const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
