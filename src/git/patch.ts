import type { Readable } from 'node:stream';
import { COMPARING, withoutAttributes } from './diff.ts';
import type { RepositoryHandle } from './handle.ts';
import { assertObjectId, type ObjectId } from './object-id.ts';
import { outputOf } from './output.ts';
import { GitFailed } from './process-error.ts';
import { streamGit, type GitOptions } from './process.ts';

export type PatchQuery = {
  readonly commit: ObjectId;
  /** The commits that are in its history and not in that of this one, oldest first, merges left out. Without it `commit` alone. */
  readonly since?: ObjectId;
};

/**
 * Commits as mails, each with its diff, as `git format-patch --stdout` writes them: what `git am` takes. One commit alone
 * is a merge as well, and then what it changed against its first parent. Destroying the stream ends the process.
 */
export function streamPatch(
  handle: RepositoryHandle,
  { commit, since }: PatchQuery,
  options: Pick<GitOptions, 'signal'> = {},
): Readable {
  assertObjectId(commit);
  if (since !== undefined) assertObjectId(since);
  const args = [
    'format-patch',
    '--stdout',
    '--full-index',
    '--no-ext-diff',
    '--no-textconv',
    // Of a merge, Git would otherwise write the first commit below it that is none.
    ...(since === undefined ? ['-1', '--no-max-parents', '--diff-merges=first-parent'] : []),
    ...(since === undefined ? [commit] : [`^${since}`, commit]),
  ];
  const child = streamGit(handle, args, {
    ...options,
    ...COMPARING,
    env: withoutAttributes(commit),
    noInput: true,
  });
  return outputOf(child, ({ code, stderr }) => new GitFailed('format-patch', code, stderr));
}
