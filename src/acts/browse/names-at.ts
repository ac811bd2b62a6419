import { namesAt, type NamesAt } from '../../git/names-at.ts';
import type { Commit } from '../../git/commit.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import type { Services } from '../../services.ts';

export type { NamesAt } from '../../git/names-at.ts';

/** The branches and tags that lead to each of these commits, by its full hash, at most `most` of each. */
export async function viewNamesAt(
  services: Services,
  grant: ReadingGrant,
  commits: readonly Commit[],
  most: number,
): Promise<ReadonlyMap<string, NamesAt>> {
  const handle = await openForReading(services.storage, grant);
  const ids = commits.map(({ id }) => id);
  return namesAt(services, handle, ids, most);
}
