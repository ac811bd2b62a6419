import { parseCommit } from './commit.ts';
import { assertObjectId, parseObjectId } from './object-id.ts';
import { GitFailed } from './process-error.ts';
import { runGit, runGitChecked, type GitOptions } from './process.ts';
import type { BatchAnswer } from './batch-process.ts';
import type { Commit } from './commit.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';

export type CommitQuery = {
  /** Commits whose history is listed; undefined: those of all branches and tags. An empty list lists nothing. */
  readonly include?: readonly ObjectId[];
  /** Commits whose history is left out. */
  readonly exclude?: readonly ObjectId[];
  /** Only commits that changed this file or folder. */
  readonly path?: string;
  readonly offset: number;
  readonly limit: number;
};

export type CommitPage = { readonly commits: readonly Commit[]; readonly hasMore: boolean };

export type Distance = { readonly ahead: number; readonly behind: number };

export const maximalCommitBytes: number = 4 * 1024 * 1024;

/** A path as Git takes it: slashes at either end mean nothing. Empty for the whole. */
export function innerPath(path = ''): string {
  let start = 0;
  let end = path.length;
  // A regular expression looks through the rest of a row of slashes again from each of them.
  while (path[start] === '/') start += 1;
  while (end > start && path[end - 1] === '/') end -= 1;
  return path.slice(start, end);
}

/** What `History` answers, by a process of Git's own. @throws GitFailed */
export async function listCommitsByGit(
  reader: ObjectReader,
  handle: RepositoryHandle,
  query: CommitQuery,
): Promise<CommitPage> {
  if (query.include?.length === 0) return { commits: [], hasMore: false };
  const args = ['rev-list', `--skip=${query.offset}`, `--max-count=${query.limit + 1}`, '--stdin'];
  if (!query.include) args.push('--branches', '--tags');
  const path = innerPath(query.path);
  const output = await runGitChecked(handle, path === '' ? args : [...args, '--', path], {
    input: revisions(query),
  });
  const ids = output.toString('latin1').split('\n').filter(Boolean);
  const commits = await Promise.all(ids.slice(0, query.limit).map((id) => readCommit(reader, handle, id)));
  return { commits, hasMore: ids.length > query.limit };
}

/** One commit. @throws ObjectNotFound, ObjectTooLarge */
export const readCommit = async (
  reader: ObjectReader,
  handle: RepositoryHandle,
  id: ObjectId,
): Promise<Commit> => commitIn(await reader.readObject(handle, id, maximalCommitBytes));

const parsed = new WeakMap<BatchAnswer, Commit>();
const BYTES_BESIDE = 1000;

/** The commit that was read. The reader answers with the same object again where it can, and it is parsed once. */
export function commitIn(answer: BatchAnswer): Commit {
  let commit = parsed.get(answer);
  if (commit === undefined) {
    commit = parseCommit(answer.id, answer.bytes);
    parsed.set(answer, commit);
  }
  return commit;
}

/** About as many bytes of memory as a commit takes, which is less than Git has of it where the message is very long. */
export function weightOf({ message, author, committer, parents }: Commit): number {
  const people = author.name.length + author.email.length + committer.name.length + committer.email.length;
  const ids = parents.reduce((sum, id) => sum + id.length, 0);
  // A character may take two bytes, and a piece of a string holds the whole.
  return BYTES_BESIDE + 3 * (message.length + people + ids);
}

/** What `History.distance` answers, by a process of Git's own. @throws GitFailed */
export async function countAheadBehind(
  handle: RepositoryHandle,
  base: ObjectId,
  head: ObjectId,
): Promise<Distance> {
  assertObjectId(base);
  assertObjectId(head);
  const output = await runGitChecked(handle, ['rev-list', '--left-right', '--count', `${base}...${head}`]);
  const [behind = 0, ahead = 0] = output.toString('latin1').trim().split('\t').map(Number);
  return { ahead, behind };
}

/** What `History.mergeBase` answers, by a process of Git's own. @throws GitFailed */
export async function findMergeBase(
  handle: RepositoryHandle,
  one: ObjectId,
  other: ObjectId,
  options: Pick<GitOptions, 'signal'> = {},
): Promise<ObjectId | null> {
  assertObjectId(one);
  assertObjectId(other);
  const { code, stdout, stderr } = await runGit(handle, ['merge-base', one, other], options);
  if (code !== 0 && code !== 1) throw new GitFailed('merge-base', code, stderr);
  const [found = ''] = stdout.toString('latin1').split('\n');
  return parseObjectId(found) ?? null;
}

/** Whether `ancestor` is in the history of `descendant`: a move from the one to the other is a fast-forward. */
export async function isAncestor(
  handle: RepositoryHandle,
  ancestor: ObjectId,
  descendant: ObjectId,
): Promise<boolean> {
  assertObjectId(ancestor);
  assertObjectId(descendant);
  const output = await runGitChecked(handle, ['rev-list', '--max-count=1', ancestor, `^${descendant}`]);
  return output.length === 0;
}

function revisions(query: CommitQuery): string {
  const include = query.include ?? [];
  const exclude = query.exclude ?? [];
  for (const id of [...include, ...exclude]) assertObjectId(id);
  return [...include, ...exclude.map((id) => `^${id}`)].map((line) => `${line}\n`).join('');
}
