import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { PullRequest } from './pull-requests.ts';

/** Of an open pull request what moving branches changes: they may be many, and what people wrote is long. */
export type OpenEnds = Pick<
  PullRequest,
  'number' | 'sourceBranch' | 'destinationBranch' | 'sourceCommit' | 'destinationCommit'
>;

/** The open ones that come from one of these branches or go to one, by their numbers. */
export async function openConcerning(
  db: Handle,
  repositoryId: string,
  branches: readonly string[],
): Promise<OpenEnds[]> {
  const found = await inParts(branches, (part) => {
    const ends = (end: 'source_branch' | 'destination_branch') =>
      db
        .selectFrom('pull_request')
        .select(['number', 'source_branch', 'destination_branch', 'source_commit', 'destination_commit'])
        .where('repository_id', '=', repositoryId)
        .where(end, 'in', part)
        .where('state', '=', 'open');
    // Each half has an index of its own.
    return ends('source_branch').union(ends('destination_branch')).execute();
  });
  const each = new Map(found.map((row) => [row.number, row]));
  return [...each.values()]
    .toSorted((one, other) => one.number - other.number)
    .map((row) => ({
      number: row.number,
      sourceBranch: row.source_branch,
      destinationBranch: row.destination_branch,
      sourceCommit: row.source_commit,
      destinationCommit: row.destination_commit,
    }));
}

/** All open ones that go to a branch go to where it stands now; that is no update of them. Wants a transaction. */
export async function moveDestination(
  trx: Handle,
  repositoryId: string,
  branch: string,
  commit: string,
): Promise<void> {
  await trx
    .updateTable('pull_request')
    .set({ destination_commit: commit })
    .where('repository_id', '=', repositoryId)
    .where('destination_branch', '=', branch)
    .where('state', '=', 'open')
    .execute();
}
