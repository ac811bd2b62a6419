import type { Grant } from '../../gate/index.ts';
import type { Commit } from '../../git/commit.ts';
import { openForReading } from '../../git/open.ts';
import { openBetween } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Comparison } from '../source/comparison.ts';
import { comparing } from '../source/problems.ts';
import { findEnds, type Ends } from './branches.ts';

/** What a pull request between two branches would be. */
export interface Preview extends Ends {
  readonly comparison: Comparison;
  /** What it would merge, the newest first; the first of it. */
  readonly commits: readonly Commit[];
  readonly hasMoreCommits: boolean;
  /** Paths that both sides changed otherwise. */
  readonly conflicts: readonly string[];
  /** They have no commit in common. */
  readonly isUnrelated: boolean;
  /** The number of the open one between them, which it would overwrite. */
  readonly existing: number | null;
}

const MOST_COMMITS = 25;

/** Compares two branches before anything is written. Throws `Problem` as creating does. */
export async function previewPullRequest(
  services: Services,
  grant: Grant<'pull_request.create'>,
  branches: { readonly source: string; readonly destination: string },
): Promise<Preview> {
  const ends = await findEnds(services, grant, branches.source, branches.destination);
  const { sourceCommit: source, destinationCommit: destination } = ends;
  const handle = await openForReading(services.storage, grant);
  return comparing(services, async () => {
    const { history, database } = services;
    const base = await history.mergeBase(handle, destination, source);
    const { commits, hasMore } = await history.list(handle, {
      include: [source],
      exclude: [destination],
      offset: 0,
      limit: MOST_COMMITS,
    });
    const fits = base === null || base === destination;
    const open = await openBetween(database, handle.id, ends);
    return {
      ...ends,
      comparison: { before: base ?? destination, after: source },
      commits,
      hasMoreCommits: hasMore,
      conflicts: fits ? [] : await history.conflicts(handle, destination, source),
      isUnrelated: base === null,
      existing: open?.number ?? null,
    };
  });
}
