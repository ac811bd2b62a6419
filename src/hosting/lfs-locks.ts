import { randomUUID } from 'node:crypto';
import type { Handle } from '../store/handle.ts';
import type { LfsLockTable } from '../store/schema.ts';

/** Who locks: an account, or the app user behind a token. */
export type LfsLockHolder = {
  readonly type: LfsLockTable['holder_type'];
  readonly id: string;
};

/** A file that somebody keeps to themselves for a while. */
export interface LfsLock {
  readonly id: string;
  readonly path: string;
  readonly holder: LfsLockHolder;
  /** What they are called; null where there is nobody of that id any more. */
  readonly holderName: string | null;
  readonly lockedAt: number;
}

export interface LfsLockChoice {
  readonly path?: string | undefined;
  readonly id?: string | undefined;
  /** Locks of paths behind this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Locks of a repository in the order of their paths. */
export async function listLfsLocks(
  db: Handle,
  repositoryId: string,
  { path, id, after, limit }: LfsLockChoice,
): Promise<LfsLock[]> {
  let query = locksOf(db, repositoryId);
  if (path !== undefined) query = query.where('lfs_lock.path', '=', path);
  if (id !== undefined) query = query.where('lfs_lock.id', '=', id);
  if (after !== undefined) query = query.where('lfs_lock.path', '>', after);
  const rows = await query.orderBy('lfs_lock.path').limit(limit).execute();
  return rows.map(lockFrom);
}

/** One of them; undefined where the repository has none of that id. */
export async function findLfsLock(
  db: Handle,
  repositoryId: string,
  id: string,
): Promise<LfsLock | undefined> {
  const [lock] = await listLfsLocks(db, repositoryId, { id, limit: 1 });
  return lock;
}

const locksOf = (db: Handle, repositoryId: string) =>
  db
    .selectFrom('lfs_lock')
    // An id is in one of these at most, and in none when its account, token or consumer is gone.
    .leftJoin('account', 'account.id', 'lfs_lock.holder_id')
    .leftJoin('app_user', 'app_user.id', 'lfs_lock.holder_id')
    .leftJoin('oauth_consumer', 'oauth_consumer.id', 'lfs_lock.holder_id')
    .select(['lfs_lock.id', 'path', 'holder_type', 'holder_id', 'locked_at'])
    .select((select) =>
      select.fn
        .coalesce('account.display_name', 'app_user.display_name', 'oauth_consumer.name')
        .as('holder_name'),
    )
    .where('repository_id', '=', repositoryId);

const lockFrom = (
  row: Omit<LfsLockTable, 'repository_id'> & { readonly holder_name: string | null },
): LfsLock => ({
  id: row.id,
  path: row.path,
  holder: { type: row.holder_type, id: row.holder_id },
  holderName: row.holder_name,
  lockedAt: row.locked_at,
});

export async function countLfsLocks(db: Handle, repositoryId: string): Promise<number> {
  const { count } = await db
    .selectFrom('lfs_lock')
    .select(({ fn }) => fn.countAll<string | number>().as('count'))
    .where('repository_id', '=', repositoryId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Wants a transaction that holds the repository, in which the path was seen to be free. @returns its id */
export async function insertLfsLock(
  db: Handle,
  repositoryId: string,
  { path, holder }: Pick<LfsLock, 'path' | 'holder'>,
  now: number,
): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('lfs_lock')
    .values({
      id,
      repository_id: repositoryId,
      path,
      holder_type: holder.type,
      holder_id: holder.id,
      locked_at: now,
    })
    .execute();
  return id;
}

/** Wants a transaction that holds the repository, in which it was seen. */
export async function deleteLfsLock(db: Handle, repositoryId: string, id: string): Promise<void> {
  await db.deleteFrom('lfs_lock').where('repository_id', '=', repositoryId).where('id', '=', id).execute();
}
