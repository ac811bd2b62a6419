import type { Commit } from './commit.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';

/** What is remembered over all repositories, by a rough count. */
const MOST_BYTES = 8 * 1024 * 1024;
const BYTES_PER_COMMIT = 1000;
/** Somebody who writes books into a few commits does not drive out everybody else's. */
const LONGEST_MESSAGE = 10_000;

/** About how much a commit takes in memory. */
export const weightOf = ({ message }: Commit): number => BYTES_PER_COMMIT + message.length;

/**
 * Commits that were read lately, by repository and id: the next page of a history, and the same page a commit later, are
 * made of nearly the same ones. What an id stands for never changes; that it is still there is for those to know who were
 * led to it from a commit that is. The longest unused leaves first.
 */
export class KnownCommits {
  /** In the order of use. */
  readonly #commits = new Map<string, Commit>();
  #bytes = 0;

  get(handle: RepositoryHandle, id: ObjectId): Commit | undefined {
    const key = keyOf(handle, id);
    const found = this.#commits.get(key);
    if (found === undefined) return undefined;
    this.#commits.delete(key);
    this.#commits.set(key, found);
    return found;
  }

  add(handle: RepositoryHandle, commit: Commit): void {
    const key = keyOf(handle, commit.id);
    if (commit.message.length > LONGEST_MESSAGE || this.#commits.has(key)) return;
    this.#commits.set(key, commit);
    this.#bytes += weightOf(commit);
    for (const [oldest, known] of this.#commits) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#commits.delete(oldest);
      this.#bytes -= weightOf(known);
    }
  }
}

const keyOf = ({ path }: RepositoryHandle, id: ObjectId): string => `${id} ${path}`;
