const KEY: unique symbol = Symbol('open');

/** Git data that a grant opened for reading. Made by `open.ts` alone; the rest of `git/` takes it in place of a path. */
export class RepositoryHandle {
  /** Id of the repository, for a wiki too. */
  readonly id: string;
  readonly kind: 'repository' | 'wiki';
  /** Absolute path of the bare repository. */
  readonly path: string;
  /** An object of the same shape is no handle. */
  declare protected readonly opened: true;

  constructor(key: typeof KEY, id: string, kind: 'repository' | 'wiki', path: string) {
    if (key !== KEY) throw new TypeError('A repository is opened with a grant.');
    this.id = id;
    this.kind = kind;
    this.path = path;
  }
}

/** Git data that a grant opened for writing; it can be read, too. */
export class WritableRepositoryHandle extends RepositoryHandle {
  declare protected readonly writable: true;
}

/** For `open.ts` alone. */
export const readingHandle = (id: string, kind: 'repository' | 'wiki', path: string): RepositoryHandle =>
  new RepositoryHandle(KEY, id, kind, path);

/** For `open.ts` alone. */
export const writingHandle = (
  id: string,
  kind: 'repository' | 'wiki',
  path: string,
): WritableRepositoryHandle => new WritableRepositoryHandle(KEY, id, kind, path);
