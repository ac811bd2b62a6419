import { readCommit } from '../../git/commits.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { ObjectNotFound } from '../../git/object-error.ts';
import type { ObjectId } from '../../git/object-id.ts';
import { openForReading } from '../../git/open.ts';
import { Problem } from '../../problem.ts';
import type { PullRequest } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Commit } from '../source/commits.ts';
import { comparing } from '../source/problems.ts';
import type { Comparison } from '../source/comparison.ts';
import type { PullRequestGrant } from './view.ts';

/** The commits of a pull request, the newest first: what leads to its source, and not to its destination. Throws `Problem`. */
export async function commitsOfPullRequest(
  services: Services,
  grant: PullRequestGrant,
  pullRequest: PullRequest,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly commits: readonly Commit[]; readonly hasMore: boolean }> {
  const handle = await openForReading(services.storage, grant);
  const { sourceCommit, destinationCommit } = pullRequest;
  await refuseGone(services, handle, [sourceCommit, destinationCommit]);
  return comparing(services, () =>
    services.history.list(handle, {
      include: [sourceCommit],
      exclude: [destinationCommit],
      offset,
      limit,
    }),
  );
}

/**
 * What a pull request changes. Of one that is not merged, its source against where it left the destination; of one that
 * is, what the destination became by it against what it was before. Throws `Problem`.
 */
export async function comparisonOf(
  services: Services,
  grant: PullRequestGrant,
  { sourceCommit, destinationCommit, mergeCommit }: PullRequest,
): Promise<Comparison> {
  const handle = await openForReading(services.storage, grant);
  const after = mergeCommit ?? sourceCommit;
  await refuseGone(services, handle, [after, destinationCommit]);
  if (mergeCommit !== null) return { before: destinationCommit, after };
  const ancestor = await comparing(services, () =>
    services.history.mergeBase(handle, sourceCommit, destinationCommit),
  );
  return { before: ancestor ?? destinationCommit, after };
}

/** What no branch or tag leads to is removed after a while (`git/upkeep/`). */
async function refuseGone(
  { objects }: Services,
  handle: RepositoryHandle,
  commits: readonly ObjectId[],
): Promise<void> {
  for (const commit of commits) {
    try {
      await readCommit(objects, handle, commit);
    } catch (error) {
      if (!(error instanceof ObjectNotFound)) throw error;
      throw new Problem(
        'not_found',
        'The commits of this pull request are not in the repository any more: its branch is gone, and what no branch or tag leads to is removed after a while.',
        { data: { shas: [commit] } },
      );
    }
  }
}
