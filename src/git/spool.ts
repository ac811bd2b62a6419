import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { forEvery } from './for-every.ts';

const PREFIX = 'request-';

/**
 * Where the files of a request wait for the act that takes them. Beside the repositories, so that one is moved to its place
 * by renaming it, and fills no smaller disk on its way.
 */
export class Spool {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Makes a folder for the files of one request. Whoever asks for it removes it when the request is over. */
  async folder(): Promise<string> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    return mkdtemp(join(this.root, PREFIX));
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
