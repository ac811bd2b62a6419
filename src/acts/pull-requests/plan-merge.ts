import type { Grant } from '../../gate/index.ts';
import { encodeCommit } from '../../git/encode-object.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { mergeCommits } from '../../git/merge.ts';
import { objectFormatOf, type ObjectId } from '../../git/object-id.ts';
import { newObject, type NewObject } from '../../git/pack-writer.ts';
import { rootTree } from '../../git/tree.ts';
import { invalid, Problem } from '../../problem.ts';
import { strategyNamed, type MergeStrategy, type PullRequest } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { comparing, reading } from '../source/problems.ts';
import { writerOf } from '../source/writer.ts';
import { unmetMergeChecks } from './merge-checks.ts';
import { defaultMergeMessage } from './merge-message.ts';
import { tipsOf } from './mergeability.ts';
import { viewPullRequest } from './view.ts';

export interface AskedMerge {
  readonly strategy: MergeStrategy;
  /** The usual one where it is undefined. */
  readonly message: string | undefined;
}

/** What is to be pushed. */
export interface PlannedMerge {
  /** As it was when it was looked at. */
  readonly pullRequest: PullRequest;
  /** Where the branches stood then. */
  readonly source: ObjectId;
  readonly destination: ObjectId;
  /** Where the destination is to be. */
  readonly result: ObjectId;
  readonly objects: readonly NewObject[];
  /** When nobody reads the objects any more. */
  readonly end: () => Promise<void>;
}

interface Tips {
  readonly source: ObjectId;
  readonly destination: ObjectId;
}

const MOST_MS = 60_000;
/** Of the files that conflict, so many are told to machines, and so many in the sentence. */
const MOST_TOLD = 100;
const MOST_NAMED = 3;

/**
 * Makes what the destination of a pull request is to have, from both branches as they stand now; of the repository it changes
 * nothing. Throws `Problem` where that cannot be, the files conflict, or it takes too long; the reason of the signal.
 */
export async function planMerge(
  services: Services,
  grant: Grant<'pull_request.merge'>,
  handle: RepositoryHandle,
  number: number,
  { strategy, message }: AskedMerge,
  signal: AbortSignal | undefined,
): Promise<PlannedMerge> {
  const { pullRequest, people } = await viewPullRequest(services, grant, number);
  const { source, destination } = await tipsOf(services, handle, pullRequest);
  await refuseUnmergeable(services.database, pullRequest, source ?? pullRequest.sourceCommit);
  if (source === undefined) throw isGone('source', pullRequest.sourceBranch);
  if (destination === undefined) throw isGone('destination', pullRequest.destinationBranch);
  const tips = { source, destination };
  const { wantsFastForward, squashes } = strategyNamed(strategy);
  const base = await comparing(services, () => services.history.mergeBase(handle, destination, source));
  refuseHistory(pullRequest, tips, base);
  const isAhead = base === destination;
  if (wantsFastForward && !isAhead) throw hasItsOwn(pullRequest);
  const nothing = { objects: [], end: async () => {} };
  if (wantsFastForward && !squashes) return { pullRequest, ...tips, result: source, ...nothing };
  const { tree, objects, end } = isAhead
    ? { tree: await reading(() => rootTree(services.objects, handle, source)), ...nothing }
    : await mergedTree(services, handle, pullRequest, tips, signal);
  try {
    if (squashes) await refuseSameTree(services, handle, destination, tree);
    const writer = writerOf(grant.principal);
    const bytes = encodeCommit({
      tree,
      parents: squashes ? [destination] : [destination, source],
      author: writer,
      committer: writer,
      at: services.clock(),
      message: message ?? defaultMergeMessage(pullRequest, people),
    });
    const commit = newObject(objectFormatOf(destination), 'commit', bytes);
    return { pullRequest, ...tips, result: commit.id, objects: [commit, ...objects], end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Throws `Problem` where a pull request may not be merged whatever is in it. @param source the commit that is to be merged */
export async function refuseUnmergeable(
  database: Handle,
  pullRequest: PullRequest,
  source: ObjectId,
): Promise<void> {
  const { state, isDraft, repositoryId } = pullRequest;
  if (state !== 'open')
    throw new Problem('invalid', `This pull request is ${state} already: only an open one can be merged.`);
  if (isDraft) {
    throw new Problem(
      'invalid',
      'This pull request is a draft: change it into one that is none (draft: false), then merge it.',
    );
  }
  // What is kept of the source follows the branch, a moment later.
  const unmet = await unmetMergeChecks({ database }, repositoryId, { ...pullRequest, sourceCommit: source });
  if (unmet.length > 0)
    throw new Problem('invalid', `This cannot be merged yet. ${unmet.join(' ')}`, { data: { unmet } });
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 100));

const isGone = (end: 'source' | 'destination', branch: string): Problem =>
  new Problem(
    'invalid',
    end === 'source'
      ? `The source branch ${quoted(branch)} is gone: push it again, then merge it.`
      : `The destination branch ${quoted(branch)} is gone: choose another one, then merge.`,
  );

function refuseHistory(
  { sourceBranch, destinationBranch }: PullRequest,
  { source }: Tips,
  base: ObjectId | null,
): void {
  const [from, to] = [quoted(sourceBranch), quoted(destinationBranch)];
  if (base === null) {
    throw new Problem(
      'invalid',
      `${from} and ${to} have no common ancestor, and are not merged here: where that is meant, merge them with git merge --allow-unrelated-histories, and push.`,
    );
  }
  if (base === source)
    throw new Problem('invalid', `There is nothing to merge: all of ${from} is in ${to} already.`);
}

const hasItsOwn = ({ sourceBranch, destinationBranch }: PullRequest): Problem =>
  invalid(
    'merge_strategy',
    `${quoted(destinationBranch)} has commits that ${quoted(sourceBranch)} has not, so it cannot be fast-forwarded: merge the former into the latter first, or choose "merge_commit" or "squash".`,
  );

async function mergedTree(
  services: Services,
  handle: RepositoryHandle,
  pullRequest: PullRequest,
  { source, destination }: Tips,
  client: AbortSignal | undefined,
): Promise<Pick<PlannedMerge, 'objects' | 'end'> & { readonly tree: ObjectId }> {
  const time = AbortSignal.timeout(MOST_MS);
  const signal = client === undefined ? time : AbortSignal.any([client, time]);
  const merged = await comparing(services, () =>
    services.readTurns.take(() => mergeCommits(handle, destination, source, { signal })),
  );
  if (merged.conflicts.length === 0) return merged;
  await merged.end();
  throw conflicting(pullRequest, merged.conflicts);
}

function conflicting({ sourceBranch, destinationBranch }: PullRequest, paths: readonly string[]): Problem {
  const rest = paths.length - MOST_NAMED;
  const files = paths.slice(0, MOST_NAMED).map(quoted).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  return new Problem(
    'conflict',
    `Both branches changed the same in different ways, in ${files}: merge ${quoted(destinationBranch)} into ${quoted(sourceBranch)}, resolve the conflicts there, and push.`,
    { data: { conflicts: paths.slice(0, MOST_TOLD) } },
  );
}

/** A merge without changes still says that there was one; a commit of nothing says nothing. */
async function refuseSameTree(
  { objects }: Services,
  handle: RepositoryHandle,
  destination: ObjectId,
  tree: ObjectId,
): Promise<void> {
  if ((await reading(() => rootTree(objects, handle, destination))) !== tree) return;
  throw invalid(
    'merge_strategy',
    'Both branches hold the same files, so there is nothing to squash: choose "merge_commit", or decline the pull request.',
  );
}
