import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from '../object-listing.ts';
import { assertObjectId, type ObjectId } from '../object-id.ts';
import { runGitChecked, type GitOptions } from '../process.ts';
import type { RepositoryHandle, WritableRepositoryHandle } from '../handle.ts';

/** Stands in the mark of a pack (`.keep`, git-repack(1)), by which we know our own. */
const MARK = 'What is shown although no branch or tag leads to it.\n';

/**
 * Puts what commits need that are shown although no branch or tag leads to them, such as those of a pull request that was
 * declined, into a pack that no repack touches. One that was made before gives way to it. Ids of what is not there, and
 * of what is no commit, are passed over. @throws GitFailed; then the one before stays
 */
export async function keepCommits(
  handle: WritableRepositoryHandle,
  commits: readonly ObjectId[],
  options: GitOptions,
): Promise<void> {
  const before = await ourMarks(handle);
  const there = await thereAmong(handle, commits, options);
  const made = there.length === 0 ? [] : await pack(handle, there, options);
  for (const name of made) await writeFile(join(folderOf(handle), `${name}.keep`), MARK, { mode: 0o600 });
  const kept = new Set(made.map((name) => `${name}.keep`));
  for (const mark of before) if (!kept.has(mark)) await rm(join(folderOf(handle), mark), { force: true });
}

/** Lets go of them: what no ref leads to is removed as if it had never been shown. */
export async function letCommitsGo(handle: WritableRepositoryHandle): Promise<void> {
  for (const mark of await ourMarks(handle)) await rm(join(folderOf(handle), mark), { force: true });
}

const folderOf = ({ path }: RepositoryHandle): string => join(path, 'objects', 'pack');

async function ourMarks(handle: RepositoryHandle): Promise<string[]> {
  const marks = (await namesIn(folderOf(handle))).filter((name) => name.endsWith('.keep'));
  const texts = await Promise.all(
    marks.map((name) => readFile(join(folderOf(handle), name), 'utf8').catch(() => '')),
  );
  return marks.filter((_, index) => texts[index] === MARK);
}

async function thereAmong(
  handle: RepositoryHandle,
  commits: readonly ObjectId[],
  options: GitOptions,
): Promise<ObjectId[]> {
  if (commits.length === 0) return [];
  for (const id of commits) assertObjectId(id);
  const output = await runGitChecked(handle, ['cat-file', '--batch-check'], {
    ...options,
    input: commits.map((id) => `${id}\n`).join(''),
  });
  return output
    .toString('latin1')
    .split('\n')
    .flatMap((line) => /^([0-9a-f]+) commit \d+$/.exec(line)?.[1] ?? []);
}

/** @returns the name of the pack; nothing where branches and tags lead to all of it */
async function pack(
  handle: WritableRepositoryHandle,
  commits: readonly ObjectId[],
  options: GitOptions,
): Promise<string[]> {
  const refs = await runGitChecked(handle, ['for-each-ref', '--format=^%(objectname)'], options);
  const base = join(folderOf(handle), 'pack');
  const output = await runGitChecked(handle, ['pack-objects', '-q', '--revs', '--non-empty', base], {
    ...options,
    input: `${commits.join('\n')}\n${refs.toString('latin1')}`,
  });
  return output
    .toString('latin1')
    .split('\n')
    .filter(Boolean)
    .map((hash) => `pack-${hash}`);
}
