import type { Grant } from '../../gate/index.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import type { ObjectId } from '../../git/object-id.ts';
import { openForReading } from '../../git/open.ts';
import { branchRef } from '../../git/ref-name.ts';
import { Problem } from '../../problem.ts';
import {
  setClosesSourceBranch,
  USUAL_STRATEGY,
  type MergeStrategy,
  type PullRequest,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Database } from '../../store/handle.ts';
import { pushFromHere } from '../git/push-from-here.ts';
import type { ChangingTerms } from '../source/change-refs.ts';
import { transact } from '../transaction.ts';
import { closeMerged } from './close-merged.ts';
import { deleteSource } from './delete-source.ts';
import { chooseMergeMessage } from './merge-message.ts';
import { actorOf } from './people.ts';
import { planMerge, refuseUnmergeable, type AskedMerge, type PlannedMerge } from './plan-merge.ts';
import { changedMeanwhile, refuseUnseen, seenOf, type SeenPullRequest } from './seen.ts';
import { pullRequestOf } from './view.ts';

export { isMergeStrategy, MERGE_STRATEGIES, USUAL_STRATEGY } from '../../pull-requests/index.ts';
export type { MergeStrategy } from '../../pull-requests/index.ts';
export { mergeability, type Mergeability } from './mergeability.ts';
export { defaultMergeMessage } from './merge-message.ts';

export interface MergeInput {
  /** A merge commit where it is left out. */
  readonly strategy?: MergeStrategy;
  /** Of the commit that is made; `defaultMergeMessage` where it is left out or blank. */
  readonly message?: string;
  /** As the pull request says where it is left out. */
  readonly closesSourceBranch?: boolean;
  /** What whoever merges has looked at; another one is not merged instead. */
  readonly seen?: SeenPullRequest;
}

export interface MergedPullRequest extends PullRequest {
  /** Why the source branch, which was to be deleted, is there still; null where all is as it was to be. */
  readonly sourceStays: string | null;
}

type MergeGrant = Grant<'pull_request.merge'>;

/** Others may push to the destination meanwhile. */
const MOST_TRIES = 5;

/**
 * Merges an open pull request: a push of its destination, decided three times like every other one, and what stands against
 * merging is asked once more with the last decision. Where the destination moved meanwhile, it is done anew. Then the
 * source branch is deleted where that is wanted, by a push of its own, whose refusal leaves the merge as it is. Throws
 * `Problem`: `invalid` where it cannot be merged (so), `conflict` where files or other changes stand against it; and as a push does.
 */
export async function mergePullRequest(
  services: Services,
  grant: MergeGrant,
  number: number,
  { strategy = USUAL_STRATEGY, message, closesSourceBranch, seen }: MergeInput,
  terms: ChangingTerms,
): Promise<MergedPullRequest> {
  const asked = { strategy, message: chooseMergeMessage(message), seen };
  const handle = await openForReading(services.storage, grant);
  const { pullRequest, source } = await mergeNow(services, grant, handle, number, asked, terms);
  const closes = closesSourceBranch ?? pullRequest.closesSourceBranch;
  if (closes !== pullRequest.closesSourceBranch)
    await transact(services, (trx) => setClosesSourceBranch(trx, pullRequest, closes));
  const sourceStays = closes
    ? await deleteSource(services, grant, handle, { ...pullRequest, sourceCommit: source }, terms)
    : null;
  return { ...(await pullRequestOf(services, grant, number)), sourceStays };
}

async function mergeNow(
  services: Services,
  grant: MergeGrant,
  handle: RepositoryHandle,
  number: number,
  { seen, ...asked }: AskedMerge & { readonly seen: SeenPullRequest | undefined },
  terms: ChangingTerms,
): Promise<Pick<PlannedMerge, 'pullRequest' | 'source'>> {
  // Another try is for the destination that moved, and never for something else than was asked.
  let wanted = seen;
  for (let left = MOST_TRIES - 1; ; left -= 1) {
    // What it throws another try would not change.
    const planned = await planMerge(services, grant, handle, number, asked, terms.signal);
    try {
      wanted ??= seenOf(planned.pullRequest, planned.source);
      refuseUnseen(wanted, planned.pullRequest, planned.source);
      const objection = await push(services, grant, planned, terms).catch(conflictIn);
      if (objection === undefined) return planned;
      if (left === 0) throw objection;
    } finally {
      await planned.end();
    }
  }
}

/** The `Problem` that something else changed at the same time; throws everything else. */
function conflictIn(error: unknown): Problem {
  if (error instanceof Problem && error.code === 'conflict') return error;
  throw error;
}

async function push(
  services: Services,
  grant: MergeGrant,
  { pullRequest, source, destination, result, objects }: PlannedMerge,
  terms: ChangingTerms,
): Promise<void> {
  const command = { ref: branchRef(pullRequest.destinationBranch), old: destination, new: result };
  await pushFromHere(services, grant, {
    ...terms,
    command,
    objects,
    merging: { pullRequest: pullRequest.number, source },
    decideAgain: async (database) => {
      const granted = await terms.decideAgain(database);
      await refuseChanged(database, grant, pullRequest, source);
      return granted;
    },
  });
  // It was closed with the end of the push, unless that could not be written down.
  if ((await pullRequestOf(services, grant, pullRequest.number)).state === 'merged') return;
  const merge = {
    sourceCommit: source,
    destinationBranch: pullRequest.destinationBranch,
    destinationCommit: destination,
    mergeCommit: result,
    by: actorOf(grant),
  };
  const now = services.clock();
  await transact(services, (trx) => closeMerged(trx, pullRequest, merge, now));
}

/** Throws `Problem`: `conflict` where it is another one than was looked at, so that all is to be done anew. */
async function refuseChanged(
  database: Database,
  grant: MergeGrant,
  before: PullRequest,
  source: ObjectId,
): Promise<void> {
  const now = await pullRequestOf({ database }, grant, before.number);
  const isSame =
    now.sourceBranch === before.sourceBranch &&
    now.destinationBranch === before.destinationBranch &&
    now.sourceCommit === before.sourceCommit;
  if (!isSame) throw changedMeanwhile();
  await refuseUnmergeable(database, now, source);
}
