import { Problem } from '../../problem.ts';
import type { PullRequest } from '../../pull-requests/index.ts';

/** What somebody looked at before they decided: where the source stood, and where it was to go. */
export interface SeenPullRequest {
  /** Full hash. */
  readonly source: string;
  readonly destinationBranch: string;
}

/** @param source where the source branch stands, which the row may not say yet */
export const seenOf = (
  { destinationBranch, sourceCommit }: PullRequest,
  source: string = sourceCommit,
): SeenPullRequest => ({ source, destinationBranch });

/** Throws `Problem` (`conflict`) where a pull request is not what somebody looked at any more. */
export function refuseUnseen(seen: SeenPullRequest, pullRequest: PullRequest, source?: string): void {
  const now = seenOf(pullRequest, source);
  if (now.source !== seen.source || now.destinationBranch !== seen.destinationBranch)
    throw changedMeanwhile();
}

export const changedMeanwhile = (): Problem =>
  new Problem(
    'conflict',
    'Somebody changed this pull request meanwhile, and nothing was done: look at it again, and repeat what you want.',
  );
