import { createHash } from 'node:crypto';
import { parseCommit, type Commit } from './commit.ts';
import { listCommitsByGit, maximalCommitBytes, type CommitPage, type CommitQuery } from './commits.ts';
import { ObjectNotFound, ObjectTooLarge } from './object-error.ts';
import { PlainParents } from './plain-parents.ts';
import { RecentlyUsed } from './recently-used.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import type { RefSource } from './refs.ts';
import type { RefSnapshot } from './snapshot/snapshot.ts';

/** Beyond this Git itself counts faster: it has the commit-graph. */
const FARTHEST = 500;
const MOST_TIPS = 2000;
/** What is remembered over all repositories, by a rough count: pages, and commits of which the next pages are made. */
const PAGES_BYTES = 32 * 1024 * 1024;
const COMMITS_BYTES = 8 * 1024 * 1024;
const BYTES_PER_PAGE = 500;
const BYTES_PER_COMMIT = 1000;

/** The answer has to come from Git: something here is not as Git writes it, or Git is faster at it. */
class LeftToGit extends Error {
  override readonly name = 'LeftToGit';
}

/**
 * Pages of history, newest first as `git rev-list` orders them: walked through the kept processes and remembered by the
 * commits that they begin at. A page never changes as long as these are the same.
 */
export class History {
  readonly #source: RefSource;
  readonly #plainParents: PlainParents;
  readonly #pages = new RecentlyUsed<Promise<CommitPage>>(PAGES_BYTES);
  /**
   * By repository and id: the next page, and the same page a commit later, are made of nearly the same ones. What an id
   * stands for never changes; that it is still there is known from the commit that leads to it.
   */
  readonly #commits = new RecentlyUsed<Commit>(COMMITS_BYTES);
  readonly #tips = new WeakMap<RefSnapshot, readonly ObjectId[]>();
  readonly #digests = new WeakMap<readonly ObjectId[], string>();

  constructor(source: RefSource) {
    this.#source = source;
    this.#plainParents = new PlainParents(source.refs);
  }

  /**
   * One page of history, newest first by commit time, children always before their parents where times allow.
   * Ids must be those of existing commits (`resolveRevision` gives them). @throws GitFailed otherwise
   */
  async list(handle: RepositoryHandle, query: CommitQuery): Promise<CommitPage> {
    if (query.include?.length === 0) return { commits: [], hasMore: false };
    const tips = await this.#beginnings(handle, query);
    if (tips === undefined) return listCommitsByGit(this.#source.objects, handle, query);
    const key = `${handle.path} ${query.offset} ${query.limit} ${this.#digest(tips)}`;
    try {
      return await (this.#pages.get(key) ?? this.#walkAndRemember(key, handle, tips, query));
    } catch (error) {
      if (!(error instanceof LeftToGit)) throw error;
      return listCommitsByGit(this.#source.objects, handle, query);
    }
  }

  /** Where the walk begins; undefined where Git is to walk. */
  async #beginnings(
    handle: RepositoryHandle,
    { include, exclude = [], path = '', offset, limit }: CommitQuery,
  ): Promise<readonly ObjectId[] | undefined> {
    if (exclude.length > 0 || path.replaceAll('/', '') !== '' || offset + limit > FARTHEST) return undefined;
    if (!this.#plainParents.of(handle)) return undefined;
    if (include !== undefined) return include;
    const snapshot = await this.#source.refs.snapshot(handle);
    if (snapshot === undefined) return undefined;
    let tips = this.#tips.get(snapshot);
    if (tips === undefined) {
      const refs = [...snapshot.range('refs/heads/'), ...snapshot.range('refs/tags/')];
      tips = [...new Set(refs.map(({ id, peeled }) => peeled ?? id))];
      this.#tips.set(snapshot, tips);
    }
    return tips.length > MOST_TIPS ? undefined : tips;
  }

  #digest(tips: readonly ObjectId[]): string {
    if (tips.length === 1) return tips.join();
    let digest = this.#digests.get(tips);
    if (digest === undefined) {
      digest = createHash('sha256').update(tips.join('\n')).digest('base64url');
      this.#digests.set(tips, digest);
    }
    return digest;
  }

  /** Those who ask for the same page meanwhile wait for this walk. */
  #walkAndRemember(
    key: string,
    handle: RepositoryHandle,
    tips: readonly ObjectId[],
    query: CommitQuery,
  ): Promise<CommitPage> {
    const page = this.#walk(handle, tips, query);
    this.#pages.set(key, page, 0);
    page.then(
      ({ commits }) => this.#pages.set(key, page, commits.reduce(addBytes, BYTES_PER_PAGE)),
      () => this.#pages.delete(key),
    );
    return page;
  }

  async #walk(
    handle: RepositoryHandle,
    tips: readonly ObjectId[],
    { offset, limit }: CommitQuery,
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
    this.#commits.set(commitKey(handle, commit.id), commit, bytesOf(commit));
  }

  /** Undefined for an object that is no commit: a tag may lead to anything. */
  async #commit(handle: RepositoryHandle, id: ObjectId): Promise<Commit | undefined> {
    try {
      const { type, bytes } = await this.#source.objects.readObject(handle, id, maximalCommitBytes);
      return type === 'commit' ? plain(parseCommit(id, bytes)) : undefined;
    } catch (error) {
      const isOdd = error instanceof ObjectNotFound || error instanceof ObjectTooLarge;
      throw isOdd ? new LeftToGit(error.message) : error;
    }
  }
}

const commitKey = ({ path }: RepositoryHandle, id: ObjectId): string => `${id} ${path}`;

/** About how much a commit takes in memory. */
const bytesOf = ({ message }: Commit): number => BYTES_PER_COMMIT + message.length;
const addBytes = (sum: number, commit: Commit): number => sum + bytesOf(commit);

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
