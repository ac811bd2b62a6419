import type { Handle } from '../store/handle.ts';

/** Who first moved a ref of the repository to each of these commits, as `actor_type:actor_id`, by commit. */
export async function firstPushersOf(
  db: Handle,
  repositoryId: string,
  commits: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (commits.length === 0) return new Map();
  const rows = await db
    .selectFrom('push_ref')
    .innerJoin('push', 'push.id', 'push_ref.push_id')
    .select(['push_ref.new_id', 'push.actor_type', 'push.actor_id'])
    .where('push.repository_id', '=', repositoryId)
    .where('push.data', '=', 'repository')
    .where('push_ref.moved', '=', 1)
    .where('push_ref.new_id', 'in', [...commits])
    .orderBy('push.created_at', 'desc')
    .execute();
  // The newest comes first, so the oldest is what stays.
  return new Map(rows.map((row) => [row.new_id, `${row.actor_type}:${row.actor_id}`]));
}
