import { mkdir, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { forEvery } from './for-every.ts';

const PREFIX = 'request-';
/** Of the disk, which is that of the repositories. */
const STAYS_FREE_BYTES = 512 * 1024 * 1024;
/** So many requests of a process may have files here at once. */
const MOST_AT_ONCE = 32;

/**
 * Where the files of a request wait for the act that takes them. Beside the repositories, so that one is moved to its place
 * by renaming it, and fills no smaller disk on its way.
 */
export class Spool {
  readonly root: string;
  #taken = 0;

  constructor(root: string) {
    this.root = root;
  }

  /**
   * Makes a folder for the files of one request. Whoever asks for it gives it back when the request is over.
   * @param bytes as many as come; 0 where nobody says how many
   * @returns undefined where there is no room for them
   */
  async folder(bytes: number): Promise<string | undefined> {
    if (this.#taken >= MOST_AT_ONCE) return undefined;
    // Before anything is waited for: of all who come at once, no more get one than there are.
    this.#taken += 1;
    let folder: string | undefined;
    try {
      await mkdir(this.root, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await statfs(this.root);
      if (bavail * bsize >= STAYS_FREE_BYTES + bytes) folder = await mkdtemp(join(this.root, PREFIX));
    } finally {
      if (folder === undefined) this.#taken -= 1;
    }
    return folder;
  }

  /** Removes what is left in the folder of a request, and the folder. */
  async giveBack(folder: string): Promise<void> {
    this.#taken -= 1;
    await rm(folder, { recursive: true, force: true });
  }

  /** Removes what requests left that ended with their process: where nothing was written since `before`. */
  async sweep(before: number): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    await forEvery(
      names.filter((name) => name.startsWith(PREFIX)),
      async (name) => {
        const folder = join(this.root, name);
        if ((await lastWritten(folder)) < before) await rm(folder, { recursive: true, force: true });
      },
    );
  }
}

/** A request may be over meanwhile, and its folder gone. */
async function lastWritten(folder: string): Promise<number> {
  const files = (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  const times = [folder, ...files].map(async (path) => (await stat(path).catch(() => undefined))?.mtimeMs);
  return Math.max(...(await Promise.all(times)).map((time) => time ?? 0));
}
