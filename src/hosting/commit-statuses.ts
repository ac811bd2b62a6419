import type { Selectable } from 'kysely';
import type { Handle } from '../store/handle.ts';
import type { CommitStatusTable } from '../store/schema.ts';

export const STATUS_STATES = ['SUCCESSFUL', 'FAILED', 'INPROGRESS', 'STOPPED'] as const;
export type StatusState = (typeof STATUS_STATES)[number];

/** What is said of a commit under one key. */
export interface StatusInput {
  readonly key: string;
  readonly state: StatusState;
  /** Empty where nobody gave one; so is `description`. */
  readonly name: string;
  readonly url: string;
  readonly description: string;
  /** The branch or tag that was built, as somebody said. */
  readonly refname: string | null;
}

/** Whose word it is, and by which credential it came. */
export type StatusAuthor = Pick<CommitStatusTable, 'actor_type' | 'actor_id' | 'credential_id'>;

export interface CommitStatus extends StatusInput {
  readonly author: StatusAuthor;
  /** What its author is called; null where there is nobody of that id any more. */
  readonly authorName: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** How many statuses of each state a commit has. */
export type StateCounts = Readonly<Partial<Record<StatusState, number>>>;

/** The statuses of a commit, the first that was written first. @param commit full hash */
export async function listStatuses(
  db: Handle,
  repositoryId: string,
  commit: string,
): Promise<CommitStatus[]> {
  const rows = await statusesOf(db, repositoryId, commit)
    .orderBy('commit_status.created_at')
    .orderBy('commit_status.key')
    .execute();
  return rows.map(statusFrom);
}

/** The status of a commit under this key. @param commit full hash */
export async function findStatus(
  db: Handle,
  repositoryId: string,
  commit: string,
  key: string,
): Promise<CommitStatus | undefined> {
  const row = await statusesOf(db, repositoryId, commit)
    .where('commit_status.key', '=', key)
    .executeTakeFirst();
  return row && statusFrom(row);
}

const statusesOf = (db: Handle, repositoryId: string, commit: string) =>
  db
    .selectFrom('commit_status')
    // An id is in one of these at most, and in none when its account, token or consumer is gone.
    .leftJoin('account', 'account.id', 'commit_status.actor_id')
    .leftJoin('app_user', 'app_user.id', 'commit_status.actor_id')
    .leftJoin('oauth_consumer', 'oauth_consumer.id', 'commit_status.actor_id')
    .selectAll('commit_status')
    .select((select) =>
      select.fn
        .coalesce('account.display_name', 'app_user.display_name', 'oauth_consumer.name')
        .as('author_name'),
    )
    .where('repository_id', '=', repositoryId)
    .where('commit_id', '=', commit);

const statusFrom = (
  row: Selectable<CommitStatusTable> & { readonly author_name: string | null },
): CommitStatus => ({
  key: row.key,
  state: row.state,
  name: row.name,
  url: row.url,
  description: row.description,
  refname: row.refname,
  author: { actor_type: row.actor_type, actor_id: row.actor_id, credential_id: row.credential_id },
  authorName: row.author_name,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Writes a status, or replaces that of its key: what is left of it is when it was first written. */
export async function saveStatus(
  db: Handle,
  place: { readonly repositoryId: string; readonly commit: string },
  { key, ...said }: StatusInput,
  author: StatusAuthor,
  now: number,
): Promise<void> {
  const values = { ...said, ...author, updated_at: now };
  await db
    .insertInto('commit_status')
    .values({ repository_id: place.repositoryId, commit_id: place.commit, key, created_at: now, ...values })
    .onConflict((conflict) => conflict.columns(['repository_id', 'commit_id', 'key']).doUpdateSet(values))
    .execute();
}

/** How the builds of these commits stand; commits without a status are left out. @param commits full hashes */
export async function countStatuses(
  db: Handle,
  repositoryId: string,
  commits: readonly string[],
): Promise<ReadonlyMap<string, StateCounts>> {
  const counts = new Map<string, StateCounts>();
  if (commits.length === 0) return counts;
  const rows = await db
    .selectFrom('commit_status')
    .select(['commit_id', 'state', (select) => select.fn.countAll<number | string>().as('count')])
    .where('repository_id', '=', repositoryId)
    .where('commit_id', 'in', [...commits])
    .groupBy(['commit_id', 'state'])
    .execute();
  for (const { commit_id: commit, state, count } of rows)
    counts.set(commit, { ...counts.get(commit), [state]: Number(count) });
  return counts;
}
