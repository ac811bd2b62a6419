import type { Grant } from '../../gate/index.ts';
import { endingAt, openAt, type PullRequest } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';

/** The numbers of the open pull requests that come from each of these branches; branches without any are left out. */
export async function openPullRequestsFrom(
  { database }: Services,
  { targets: [{ id }] }: Grant<'pull_request.read'>,
  branches: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const open = await openAt(database, id, 'source_branch', branches);
  const each = Map.groupBy(open, ({ sourceBranch }) => sourceBranch);
  return new Map([...each].map(([branch, own]) => [branch, own.map(({ number }) => number)]));
}

/** The newest pull requests whose source a commit is, and those that it merged. */
export const pullRequestsEndingAt = (
  { database }: Services,
  { targets: [{ id }] }: Grant<'pull_request.read'>,
  commit: string,
  limit: number,
): Promise<readonly PullRequest[]> => endingAt(database, id, commit, limit);
