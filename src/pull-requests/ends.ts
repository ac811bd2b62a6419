import type { Handle } from '../store/handle.ts';
import type { PullRequest } from './pull-requests.ts';

/** Between which commits a pull request is, or was when it was closed. */
export type PullRequestEnds = Pick<
  PullRequest,
  'number' | 'sourceCommit' | 'destinationCommit' | 'mergeCommit'
>;

/** Those of the newest pull requests of a repository, the newest first. */
export async function newestEnds(
  db: Handle,
  repositoryId: string,
  limit: number,
): Promise<PullRequestEnds[]> {
  const rows = await db
    .selectFrom('pull_request')
    .select(['number', 'source_commit', 'destination_commit', 'merge_commit'])
    .where('repository_id', '=', repositoryId)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ number, source_commit, destination_commit, merge_commit }) => ({
    number,
    sourceCommit: source_commit,
    destinationCommit: destination_commit,
    mergeCommit: merge_commit,
  }));
}

/** Every commit that a pull request of a repository shows something of, whatever state it is in. */
export async function commitsShown(db: Handle, repositoryId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('pull_request')
    .select(['source_commit', 'destination_commit', 'merge_commit'])
    .where('repository_id', '=', repositoryId)
    .execute();
  const ids = rows.flatMap((row) => [row.source_commit, row.destination_commit, row.merge_commit ?? []]);
  return [...new Set(ids.flat())];
}
