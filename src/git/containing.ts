import { createInterface } from 'node:readline';
import type { RepositoryHandle } from './handle.ts';
import { assertObjectId, type ObjectId } from './object-id.ts';
import { endGit, gitEnd, streamGit, type GitOptions } from './process.ts';
import { GitFailed } from './process-error.ts';

/**
 * Which of these commits have another one in their history, or are it; what is not there any more has none. Found in one walk,
 * however many they are.
 *
 * @throws GitFailed
 */
export async function findContaining(
  handle: RepositoryHandle,
  commit: ObjectId,
  candidates: ReadonlySet<ObjectId>,
  options: Pick<GitOptions, 'signal'> = {},
): Promise<ReadonlySet<ObjectId>> {
  for (const id of [commit, ...candidates]) assertObjectId(id);
  const found = new Set<ObjectId>(candidates.has(commit) ? [commit] : []);
  if (found.size === candidates.size) return found;
  const child = streamGit(handle, ['rev-list', '--ancestry-path', '--ignore-missing', '--stdin'], options);
  child.stdin.end([`^${commit}`, ...candidates].map((id) => `${id}\n`).join(''));
  try {
    for await (const id of createInterface({ input: child.stdout })) {
      if (candidates.has(id)) found.add(id);
      if (found.size === candidates.size) return found;
    }
    const { code, stderr } = await gitEnd(child);
    options.signal?.throwIfAborted();
    if (code !== 0) throw new GitFailed('rev-list', code, stderr);
    return found;
  } finally {
    endGit(child);
  }
}
