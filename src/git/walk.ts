import type { BatchAnswer } from './batch-process.ts';
import type { Commit } from './commit.ts';
import { commitIn, maximalCommitBytes, type CommitPage } from './commits.ts';
import type { RepositoryHandle } from './handle.ts';
import { ObjectNotFound, ObjectTooLarge } from './object-error.ts';
import type { ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';

/** The answer has to come from Git: something here is not as Git writes it. */
export class LeftToGit extends Error {
  override readonly name = 'LeftToGit';
}

/**
 * One page of what `tips` lead to, walked through the kept processes, in the order of `git rev-list` without options.
 * Tips that are no commits lead to nothing. Throws `LeftToGit`.
 */
export async function walkPage(
  reader: ObjectReader,
  handle: RepositoryHandle,
  tips: readonly ObjectId[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<CommitPage> {
  const seen = new Set(tips);
  const waiting = new ByTime();
  const found: Commit[] = [];
  const read = (ids: readonly ObjectId[]) => readPlain(reader, handle, ids);
  for (const commit of await read(tips)) if (commit !== undefined) waiting.add(commit);
  while (found.length <= offset + limit) {
    const commit = waiting.take();
    if (commit === undefined) break;
    found.push(commit);
    // A merge may name the same parent twice.
    const parents = [...new Set(commit.parents)].filter((id) => !seen.has(id));
    for (const id of parents) seen.add(id);
    const commits = read(parents);
    for (const parent of commits instanceof Promise ? await commits : commits) {
      if (parent === undefined) throw new LeftToGit('A parent is no commit.');
      waiting.add(parent);
    }
  }
  return { commits: found.slice(offset, offset + limit), hasMore: found.length > offset + limit };
}

type Read = readonly (Commit | undefined)[];

/** Undefined for an object that is no commit: a tag may lead to anything. What is at hand is not waited for. */
function readPlain(
  reader: ObjectReader,
  handle: RepositoryHandle,
  ids: readonly ObjectId[],
): Read | Promise<Read> {
  const remembered: (Commit | undefined)[] = [];
  for (const id of ids) {
    const answer = reader.rememberedObject(handle, id);
    if (answer === undefined) return Promise.all(ids.map((each) => askFor(reader, handle, each)));
    remembered.push(plainIn(answer));
  }
  return remembered;
}

async function askFor(
  reader: ObjectReader,
  handle: RepositoryHandle,
  id: ObjectId,
): Promise<Commit | undefined> {
  try {
    return plainIn(await reader.readObject(handle, id, maximalCommitBytes));
  } catch (error) {
    const isOdd = error instanceof ObjectNotFound || error instanceof ObjectTooLarge;
    throw isOdd ? new LeftToGit(error.message) : error;
  }
}

const plainIn = (answer: BatchAnswer): Commit | undefined =>
  answer.type === 'commit' ? plain(commitIn(answer)) : undefined;

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
