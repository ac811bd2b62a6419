import { parseCommit, type Commit } from './commit.ts';
import { maximalCommitBytes, type CommitPage } from './commits.ts';
import { ObjectNotFound, ObjectTooLarge } from './object-error.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';
import { RecentlyUsed } from './recently-used.ts';

/** The answer has to come from Git: something here is not as Git writes it. */
export class LeftToGit extends Error {
  override readonly name = 'LeftToGit';
}

const COMMITS_BYTES = 8 * 1024 * 1024;
const BYTES_PER_COMMIT = 1000;

/** About how much a commit takes in memory. */
export const bytesOfCommit = ({ message }: Commit): number => BYTES_PER_COMMIT + message.length;

/** Walks history as `git rev-list` does, through the kept processes. */
export class Walker {
  readonly #objects: ObjectReader;
  /**
   * By repository and id: the next page, and the same page a commit later, are made of nearly the same ones. What an id
   * stands for never changes; that it is still there is known from the commit that leads to it.
   */
  readonly #commits = new RecentlyUsed<Commit>(COMMITS_BYTES);

  constructor(objects: ObjectReader) {
    this.#objects = objects;
  }

  /** One page of what `tips` lead to, in the order of `git rev-list` without options. Throws `LeftToGit`. */
  async page(
    handle: RepositoryHandle,
    tips: readonly ObjectId[],
    { offset, limit }: { readonly offset: number; readonly limit: number },
  ): Promise<CommitPage> {
    const seen = new Set(tips);
    const waiting = new ByTime();
    const found: Commit[] = [];
    const begin = await Promise.all(tips.map((id) => this.#commit(handle, id)));
    for (const commit of begin) {
      if (commit === undefined) continue;
      this.#remember(handle, commit);
      waiting.add(commit);
    }
    while (found.length <= offset + limit) {
      const commit = waiting.take();
      if (commit === undefined) break;
      found.push(commit);
      // A merge may name the same parent twice.
      const parents = [...new Set(commit.parents)].filter((id) => !seen.has(id));
      for (const id of parents) seen.add(id);
      for (const parent of await Promise.all(parents.map((id) => this.#parent(handle, id)))) {
        waiting.add(parent);
      }
    }
    return { commits: found.slice(offset, offset + limit), hasMore: found.length > offset + limit };
  }

  async #parent(handle: RepositoryHandle, id: ObjectId): Promise<Commit> {
    const known = this.#commits.get(commitKey(handle, id));
    if (known !== undefined) return known;
    const read = await this.#commit(handle, id);
    if (read === undefined) throw new LeftToGit('A parent is no commit.');
    this.#remember(handle, read);
    return read;
  }

  #remember(handle: RepositoryHandle, commit: Commit): void {
    this.#commits.set(commitKey(handle, commit.id), commit, bytesOfCommit(commit));
  }

  /** Undefined for an object that is no commit: a tag may lead to anything. */
  async #commit(handle: RepositoryHandle, id: ObjectId): Promise<Commit | undefined> {
    try {
      const { type, bytes } = await this.#objects.readObject(handle, id, maximalCommitBytes);
      return type === 'commit' ? plain(parseCommit(id, bytes)) : undefined;
    } catch (error) {
      const isOdd = error instanceof ObjectNotFound || error instanceof ObjectTooLarge;
      throw isOdd ? new LeftToGit(error.message) : error;
    }
  }
}

const commitKey = ({ path }: RepositoryHandle, id: ObjectId): string => `${id} ${path}`;

/** Of what is not as Git writes it, Git reads another time than we do. */
function plain(commit: Commit): Commit {
  const { name, email, timestamp } = commit.committer;
  if (/[<>]/.test(name + email) || timestamp < 0 || commit.tree === '') {
    throw new LeftToGit('A commit is not as Git writes it.');
  }
  return commit;
}

/** Commits that wait for their turn, newest first; of the same time, the one that came first. */
class ByTime {
  /** Oldest first: the next one is taken from the end. */
  readonly #commits: Commit[] = [];

  add(commit: Commit): void {
    let low = 0;
    let high = this.#commits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#commits[middle]?.committer.timestamp ?? 0) < commit.committer.timestamp) low = middle + 1;
      else high = middle;
    }
    this.#commits.splice(low, 0, commit);
  }

  take(): Commit | undefined {
    return this.#commits.pop();
  }
}
