import { listActivity, type Activity } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { peopleNamed, type People } from './people.ts';
import type { PullRequestGrant } from './view.ts';

export type { Activity } from '../../pull-requests/index.ts';

/** What happened to one pull request besides comments, the newest first. @param before only what has a smaller id */
export async function viewHappened(
  services: Services,
  { targets: [{ id: repositoryId }] }: PullRequestGrant,
  number: number,
  { before, limit }: { readonly before?: number; readonly limit: number },
): Promise<{ readonly activity: readonly Activity[]; readonly hasMore: boolean; readonly people: People }> {
  const rows = await listActivity(
    services.database,
    { repositoryId, number },
    { ...(before !== undefined && { before }), limit: limit + 1 },
  );
  const activity = rows.slice(0, limit);
  const people = await peopleNamed(
    services,
    activity.map(({ actor }) => actor),
  );
  return { activity, hasMore: rows.length > limit, people };
}
