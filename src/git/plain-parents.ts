import { existsSync } from 'node:fs';
import type { RepositoryHandle } from './handle.ts';
import type { RefKeeper } from './snapshot/keeper.ts';

/** How often it is looked for whether an administrator made something of a repository that we do not make. */
const LOOK_EVERY_MS = 1000;
const MOST_REPOSITORIES = 10_000;

/**
 * Whether the commits of a repository have the parents that stand in them, for Git too: shallow repositories and grafts
 * (gitrepository-layout(5)) give them others.
 */
export class PlainParents {
  readonly #refs: Pick<RefKeeper, 'nature'>;
  readonly #looked = new Map<string, { readonly at: number; readonly isPlain: boolean }>();

  constructor(refs: Pick<RefKeeper, 'nature'>) {
    this.#refs = refs;
  }

  /** As it was a second ago at most. */
  of(handle: RepositoryHandle): boolean {
    const now = performance.now();
    const known = this.#looked.get(handle.path);
    if (known !== undefined && now - known.at < LOOK_EVERY_MS) return known.isPlain;
    return this.look(handle);
  }

  /** As it is now. */
  look(handle: RepositoryHandle): boolean {
    const isPlain = !existsSync(`${handle.path}/info/grafts`) && this.#refs.nature(handle) !== undefined;
    if (this.#looked.size >= MOST_REPOSITORIES) this.#looked.clear();
    this.#looked.set(handle.path, { at: performance.now(), isPlain });
    return isPlain;
  }
}
