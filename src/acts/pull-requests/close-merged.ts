import { shortRefName } from '../../git/ref-name.ts';
import type { PushCommand } from '../../git/command-list.ts';
import {
  findPullRequest,
  markMerged,
  noteActivity,
  updateDetail,
  type Merge,
  type PullRequestPlace,
} from '../../pull-requests/index.ts';
import { mergingOf, pusherOf } from '../../push/index.ts';
import type { Handle } from '../../store/handle.ts';
import { tellOfPullRequest } from './tell.ts';

/**
 * The pull request that a push was made to merge becomes merged where its branch moved. In the transaction that completes
 * the push, whoever completes it: one without the other is never seen, also when the process that merged died in between.
 */
export async function closeMergedBy(
  trx: Handle,
  push: {
    readonly id: string;
    readonly repositoryId: string;
    /** Of what moved. */
    readonly commands: readonly PushCommand[];
  },
  now: number,
): Promise<void> {
  const [command] = push.commands;
  if (command === undefined) return;
  const merging = await mergingOf(trx, push.id);
  if (merging === undefined) return;
  const merge: Merge = {
    sourceCommit: merging.source,
    destinationBranch: shortRefName(command.ref),
    destinationCommit: command.old,
    mergeCommit: command.new,
    by: await pusherOf(trx, push.id),
  };
  await closeMerged(trx, { repositoryId: push.repositoryId, number: merging.pullRequest }, merge, now);
}

/** Makes it merged, writes that down and has webhooks told, once. */
export async function closeMerged(
  trx: Handle,
  place: PullRequestPlace,
  merge: Merge,
  now: number,
): Promise<void> {
  const was = await findPullRequest(trx, place.repositoryId, place.number);
  const merged = await markMerged(trx, place, merge, now);
  if (was === undefined || merged === undefined) return;
  const changes = { status: { old: was.state, new: merged.state } };
  await noteActivity(trx, place, 'update', merge.by, now, updateDetail(merged, changes));
  await tellOfPullRequest(trx, 'pullrequest:fulfilled', place, merge.by, now);
}
