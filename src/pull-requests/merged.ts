import type { Handle } from '../store/handle.ts';
import type { PullRequestPlace } from './participants.ts';
import { findPullRequest, type PullRequest, type PullRequestActor } from './pull-requests.ts';

/** What was merged into what, by whom; full hashes. */
export interface Merge {
  readonly sourceCommit: string;
  readonly destinationBranch: string;
  /** Where the destination stood before. */
  readonly destinationCommit: string;
  readonly mergeCommit: string;
  readonly by: PullRequestActor | null;
}

/**
 * The destination has it: from now on it is merged, also where somebody declined it, or meant it for another branch, while
 * that was on its way. Wants a transaction.
 *
 * @returns how it stands now; undefined where it was merged before, or is not there
 */
export async function markMerged(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  merge: Merge,
  now: number,
): Promise<PullRequest | undefined> {
  const { numUpdatedRows } = await trx
    .updateTable('pull_request')
    .set({
      state: 'merged',
      source_commit: merge.sourceCommit,
      destination_branch: merge.destinationBranch,
      destination_commit: merge.destinationCommit,
      merge_commit: merge.mergeCommit,
      closed_by_type: merge.by?.actor_type ?? null,
      closed_by_id: merge.by?.actor_id ?? null,
      closed_at: now,
      reason: '',
      updated_at: now,
    })
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('state', '<>', 'merged')
    .executeTakeFirst();
  return numUpdatedRows === 0n ? undefined : findPullRequest(trx, repositoryId, number);
}

/** That its source branch is to go, where whoever merges it says otherwise than it did. */
export async function setClosesSourceBranch(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  closes: boolean,
): Promise<void> {
  await trx
    .updateTable('pull_request')
    .set({ close_source_branch: closes ? 1 : 0 })
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .execute();
}
