import type { RepositoryHandle } from '../../git/handle.ts';
import type { ObjectId } from '../../git/object-id.ts';
import { openForReading } from '../../git/open.ts';
import { branchRef } from '../../git/ref-name.ts';
import { readRefs } from '../../git/refs.ts';
import type { PullRequest } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { comparing, reading } from '../source/problems.ts';
import type { PullRequestGrant } from './view.ts';

/** What stands against merging two branches, apart from rules. */
export interface Mergeability {
  /** Paths that both sides changed otherwise. */
  readonly conflicts: readonly string[];
  readonly sourceIsGone: boolean;
  readonly destinationIsGone: boolean;
  /** The destination has all of the source. */
  readonly isEmpty: boolean;
  /** They have no commit in common. */
  readonly isUnrelated: boolean;
}

/** Where the branches of a pull request stand now; undefined for one that is gone. */
export async function tipsOf(
  services: Services,
  handle: RepositoryHandle,
  { sourceBranch, destinationBranch }: Pick<PullRequest, 'sourceBranch' | 'destinationBranch'>,
): Promise<{ readonly source: ObjectId | undefined; readonly destination: ObjectId | undefined }> {
  const [source, destination] = [branchRef(sourceBranch), branchRef(destinationBranch)];
  const refs = await reading(() => readRefs(services, handle, [source, destination]));
  return { source: refs.get(source)?.id, destination: refs.get(destination)?.id };
}

/**
 * Whether an open pull request could be merged as its branches stand now, for pages: of rules and roles it says nothing.
 * It is remembered by the commits. Throws `Problem` where finding out takes longer than is spent on it.
 */
export async function mergeability(
  services: Services,
  grant: PullRequestGrant,
  pullRequest: PullRequest,
): Promise<Mergeability> {
  const handle = await openForReading(services.storage, grant);
  const { source, destination } = await tipsOf(services, handle, pullRequest);
  const answer: Mergeability = {
    conflicts: [],
    sourceIsGone: source === undefined,
    destinationIsGone: destination === undefined,
    isEmpty: false,
    isUnrelated: false,
  };
  if (source === undefined || destination === undefined) return answer;
  return comparing(services, async () => {
    const { history } = services;
    const base = await history.mergeBase(handle, destination, source);
    if (base === null) return { ...answer, isUnrelated: true };
    if (base === source) return { ...answer, isEmpty: true };
    if (base === destination) return answer;
    return { ...answer, conflicts: await history.conflicts(handle, destination, source) };
  });
}
