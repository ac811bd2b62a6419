import { createHash } from 'node:crypto';
import { listChanges, type ChangeList } from './changes.ts';
import {
  countAheadBehind,
  findMergeBase,
  innerPath,
  listCommitsByGit,
  type CommitPage,
  type CommitQuery,
  type Distance,
  weightOf,
} from './commits.ts';
import type { DiffQuery } from './diff.ts';
import type { RepositoryHandle } from './handle.ts';
import { findContaining } from './containing.ts';
import { lastCommitKey, lastCommits, type LastCommits } from './last-commits.ts';
import type { ObjectId } from './object-id.ts';
import { mergeCommits } from './merge.ts';
import { listChangesAtPath, type PathHistory, type PathHistoryQuery } from './path-history.ts';
import { PlainParents } from './plain-parents.ts';
import type { RefSource } from './refs.ts';
import { Remembered, type Found } from './remembered.ts';
import type { RefSnapshot } from './snapshot/snapshot.ts';
import type { PathEntry } from './tree.ts';
import type { Turns } from '../limits/turns.ts';
import { LeftToGit, walkPage } from './walk.ts';

/** Beyond this Git itself counts faster: it has the commit-graph. Whoever reads a whole history comes there, and once. */
const FARTHEST = 500;
/** Of more, Git itself finds the newest faster. */
const MOST_TIPS = 2000;
/** What is remembered over all repositories, by a rough count. */
const PAGES_BYTES = 32 * 1024 * 1024;
const LAST_COMMITS_BYTES = 8 * 1024 * 1024;
const DISTANCES_BYTES = 2 * 1024 * 1024;
const CHANGES_BYTES = 8 * 1024 * 1024;
const PATHS_BYTES = 8 * 1024 * 1024;
const CONFLICTS_BYTES = 2 * 1024 * 1024;
/** So many changes at a path are looked for at least: mostly all there are, for which Git goes through the history once. */
const FEWEST_AT_PATH = 128;
/** Beyond it what is looked for was made to take long. */
const MOST_MS = 20_000;
const BYTES_PER_ANSWER = 500;
const BYTES_PER_ENTRY = 100;

const pageBytes = ({ commits }: CommitPage): number =>
  commits.reduce((sum, commit) => sum + weightOf(commit), BYTES_PER_ANSWER);
const lastCommitsBytes = ({ commits }: LastCommits): number =>
  [...commits].reduce(
    (sum, [path, commit]) => sum + path.length + BYTES_PER_ENTRY + weightOf(commit),
    BYTES_PER_ANSWER,
  );

const changesBytes = ({ files }: ChangeList): number =>
  files.reduce((sum, { pathBytes }) => sum + BYTES_PER_ANSWER + 6 * pathBytes.length, BYTES_PER_ANSWER);
const pathBytesOf = ({ changes }: PathHistory): number =>
  changes.reduce((sum, { pathBytes }) => sum + 2 * BYTES_PER_ENTRY + pathBytes.length, BYTES_PER_ANSWER);

const conflictsBytes = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + 2 * path.length, BYTES_PER_ANSWER);

/**
 * What is asked of history: pages of it, newest first as `git rev-list` orders them, how far branches are apart, what two
 * commits differ in, where they cannot be merged, and who changed what last. Each is told by the commits that it begins at and never changes as long as these are the same, so it
 * is remembered by them. Where parents are other than commits say, Git is asked each time.
 */
export class History {
  readonly #source: RefSource;
  /** Of what Git has to find. */
  readonly #turns: Turns;
  readonly #plainParents: PlainParents;
  readonly #pages = new Remembered(PAGES_BYTES, pageBytes);
  readonly #lastCommits = new Remembered(LAST_COMMITS_BYTES, lastCommitsBytes);
  readonly #distances = new Remembered<Distance>(DISTANCES_BYTES, () => BYTES_PER_ANSWER);
  readonly #mergeBases = new Remembered<ObjectId | null>(DISTANCES_BYTES, () => BYTES_PER_ANSWER);
  readonly #changes = new Remembered(CHANGES_BYTES, changesBytes);
  readonly #paths = new Remembered(PATHS_BYTES, pathBytesOf);
  readonly #conflicts = new Remembered(CONFLICTS_BYTES, conflictsBytes);
  readonly #tips = new WeakMap<RefSnapshot, readonly ObjectId[]>();
  readonly #digests = new WeakMap<readonly ObjectId[], string>();

  constructor(source: RefSource, turns: Turns) {
    this.#source = source;
    this.#turns = turns;
    this.#plainParents = new PlainParents(source.refs);
  }

  /**
   * One page of history, newest first by commit time, children always before their parents where times allow.
   * Ids must be those of existing commits (`resolveRevision` gives them). @throws GitFailed otherwise
   */
  async list(handle: RepositoryHandle, wanted: CommitQuery): Promise<CommitPage> {
    if (wanted.include?.length === 0) return { commits: [], hasMore: false };
    const path = innerPath(wanted.path);
    const query = { ...wanted, path };
    const { exclude = [], offset, limit } = query;
    const tips = offset + limit > FARTHEST ? undefined : await this.#beginning(handle, query);
    if (tips === undefined) {
      return this.#turns.take(() => listCommitsByGit(this.#source.objects, handle, query));
    }
    const left = exclude.length > 0 && sha256(exclude.toSorted());
    const question = [offset, limit, this.#digest(tips), left, path];
    return this.#remember(this.#pages, handle, question, () => this.#find(handle, tips, query));
  }

  /** How many commits `head` has that `base` has not, and the other way round. Both must exist. */
  distance(handle: RepositoryHandle, base: ObjectId, head: ObjectId): Promise<Distance> {
    return this.#remember(this.#distances, handle, [base, head], () =>
      this.#askGit(handle, () => countAheadBehind(handle, base, head)),
    );
  }

  /** The best common ancestor of two commits, one of them where there are several; null where there is none. Both must exist. */
  mergeBase(handle: RepositoryHandle, one: ObjectId, other: ObjectId): Promise<ObjectId | null> {
    if (one === other) return Promise.resolve(one);
    return this.#remember(this.#mergeBases, handle, [one, other], () =>
      this.#askGit(handle, () => findMergeBase(handle, one, other, withinTime())),
    );
  }

  /** Which of these commits have another one in their history, as `findContaining` finds them. Throws where that takes too long. */
  containing(
    handle: RepositoryHandle,
    commit: ObjectId,
    candidates: ReadonlySet<ObjectId>,
  ): Promise<ReadonlySet<ObjectId>> {
    return this.#turns.take(() => findContaining(handle, commit, candidates, withinTime()));
  }

  /** The files that two commits differ in, as `listChanges` finds them, at most `limit`. Throws where that takes too long. */
  changes(handle: RepositoryHandle, query: DiffQuery, limit: number): Promise<ChangeList> {
    return this.#remember(this.#changes, handle, [query, limit], () =>
      this.#askGit(handle, () => listChanges(handle, query, limit, withinTime())),
    );
  }

  /** The paths at which Git cannot merge one commit into another, as `mergeCommits` finds them. Throws where that takes too long. */
  conflicts(handle: RepositoryHandle, ours: ObjectId, theirs: ObjectId): Promise<readonly string[]> {
    return this.#remember(this.#conflicts, handle, [ours, theirs], () =>
      this.#askGit(handle, async () => {
        const { conflicts, end } = await mergeCommits(handle, ours, theirs, withinTime());
        await end();
        return conflicts;
      }),
    );
  }

  /** The newest changes at a path, `limit` or more, as `listChangesAtPath` finds them. Throws where that takes too long. */
  atPath(handle: RepositoryHandle, query: PathHistoryQuery, limit: number): Promise<PathHistory> {
    // Whoever reads on has twice as many looked for each time: all of them cost no more than twice the last.
    const most = 2 ** Math.ceil(Math.log2(Math.max(limit, FEWEST_AT_PATH)));
    return this.#remember(this.#paths, handle, [query, most], () =>
      this.#askGit(handle, () => listChangesAtPath(handle, query, most, withinTime())),
    );
  }

  /**
   * The last commit that changed each of some entries of a directory, as `lastCommits` finds them. Who comes while they
   * are looked for is given the same, which may be cut short by time.
   */
  async lastCommits(
    handle: RepositoryHandle,
    commit: ObjectId,
    directory: PathEntry,
    entries: readonly PathEntry[],
  ): Promise<LastCommits['commits']> {
    const question = [commit, sha256([directory, ...entries].map(lastCommitKey))];
    const { commits } = await this.#remember(this.#lastCommits, handle, question, async () => {
      const { answer, stays } = await this.#askGit(handle, () =>
        lastCommits(this.#source.objects, handle, commit, directory, entries),
      );
      return { answer, stays: stays && answer.isWhole };
    });
    return commits;
  }

  /** What the history begins at; undefined where Git alone knows that, or what comes after it. */
  async #beginning(
    handle: RepositoryHandle,
    { include }: CommitQuery,
  ): Promise<readonly ObjectId[] | undefined> {
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
    return tips;
  }

  async #find(
    handle: RepositoryHandle,
    tips: readonly ObjectId[],
    query: CommitQuery,
  ): Promise<Found<CommitPage>> {
    const { objects } = this.#source;
    const isWhole = (query.exclude ?? []).length === 0 && query.path === '';
    if (isWhole && tips.length <= MOST_TIPS) {
      try {
        return { answer: await walkPage(objects, handle, tips, query), stays: true };
      } catch (error) {
        if (!(error instanceof LeftToGit)) throw error;
      }
    }
    return this.#askGit(handle, () => listCommitsByGit(objects, handle, { ...query, include: tips }));
  }

  /** Somebody may have given commits other parents just before, or while Git was at it: that does not stay. */
  async #askGit<Answer>(handle: RepositoryHandle, ask: () => Promise<Answer>): Promise<Found<Answer>> {
    const wasPlain = this.#plainParents.look(handle);
    const answer = await this.#turns.take(ask);
    return { answer, stays: wasPlain && this.#plainParents.look(handle) };
  }

  async #remember<Answer>(
    remembered: Remembered<Answer>,
    handle: RepositoryHandle,
    question: readonly unknown[],
    find: () => Promise<Found<Answer>>,
  ): Promise<Answer> {
    if (!this.#plainParents.of(handle)) return (await find()).answer;
    return remembered.get(JSON.stringify([handle.path, ...question]), find);
  }

  #digest(ids: readonly ObjectId[]): string {
    if (ids.length === 1) return ids.join();
    let digest = this.#digests.get(ids);
    if (digest === undefined) this.#digests.set(ids, (digest = sha256(ids)));
    return digest;
  }
}

const withinTime = () => ({ signal: AbortSignal.timeout(MOST_MS) });

const sha256 = (words: readonly string[]): string =>
  createHash('sha256').update(words.join('\0')).digest('base64url');
