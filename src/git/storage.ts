import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './create.ts';
import { forEvery } from './for-every.ts';

const REMOVED = '.removed';
const SHELF = /^[0-9a-f]{2}$/;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Where the repositories lie: by id, never by name, so that a rename or a transfer moves nothing. The first two digits
 * of the id are a folder of their own.
 */
export class RepositoryStorage {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async prepare(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
  }

  pathOf(id: string, kind: 'repository' | 'wiki'): string {
    if (!ID.test(id)) throw new TypeError('Repositories are stored by id.');
    return join(this.root, id.slice(0, 2), `${id}${kind === 'wiki' ? '.wiki' : ''}.git`);
  }

  /** The folders in which repositories lie. */
  async shelves(): Promise<string[]> {
    const entries = await readdir(this.root, { withFileTypes: true });
    // What somebody else put here is left alone, and must not stop a start.
    return entries
      .filter((entry) => entry.isDirectory() && SHELF.test(entry.name))
      .map(({ name }) => join(this.root, name));
  }

  /** Ids of everything on the disk, with its kind. */
  async list(): Promise<
    { readonly id: string; readonly kind: 'repository' | 'wiki'; readonly path: string }[]
  > {
    const found = [];
    for (const shelf of await this.shelves()) {
      for (const name of await readdir(shelf).catch(() => [])) {
        const kind = name.endsWith('.wiki.git') ? ('wiki' as const) : ('repository' as const);
        const id = name.replace(/(?:\.wiki)?\.git$/, '');
        if (ID.test(id) && name.endsWith('.git')) found.push({ id, kind, path: join(shelf, name) });
      }
    }
    return found;
  }

  /** Finishes removals that a crash interrupted. */
  async finishRemovals(): Promise<void> {
    await forEvery(await this.shelves(), async (shelf) => {
      const names = (await readdir(shelf)).filter((name) => name.endsWith(REMOVED));
      await forEvery(names, (name) => rm(join(shelf, name), { recursive: true, force: true }));
    });
  }

  /** Removes repository and wiki for good. Moved aside first, so that a crash in the middle leaves no half of it in place. */
  async remove(id: string): Promise<void> {
    for (const kind of ['repository', 'wiki'] as const) {
      const path = this.pathOf(id, kind);
      const aside = `${path}${REMOVED}`;
      await rm(aside, { recursive: true, force: true });
      await rename(path, aside).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      await syncFolder(join(path, '..')).catch(() => {});
      await rm(aside, { recursive: true, force: true });
    }
  }
}
