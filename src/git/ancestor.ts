import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import { runGit } from './process.ts';

/** Whether the one can be reached from the other. False for what is no commit, and where it cannot be said. */
export async function isAncestor(handle: RepositoryHandle, one: ObjectId, other: ObjectId): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', '--end-of-options', one, other];
  return (await runGit(handle, args)).code === 0;
}
