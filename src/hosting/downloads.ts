import type { Handle } from '../store/handle.ts';
import type { DownloadTable } from '../store/schema.ts';

/** Whose upload it is, and by which credential it came: by none where it came on a page. */
export type DownloadAuthor = Pick<DownloadTable, 'actor_type' | 'actor_id' | 'credential_id'>;

/** Whoever uploaded a download, as far as they are still there. */
export type Uploader =
  | {
      readonly type: 'account';
      readonly id: string;
      readonly accountId: string;
      readonly username: string;
      readonly displayName: string;
    }
  | {
      readonly type: 'app_user';
      readonly id: string;
      readonly accountId: string;
      /** Of the credential behind it; null for the app user of an OAuth consumer. */
      readonly kind: string | null;
      readonly displayName: string;
      readonly createdAt: number;
    };

/** A file, before it has a name. */
export interface NewDownload {
  readonly id: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

export interface Download extends NewDownload {
  readonly name: string;
  readonly uploader: Uploader | null;
  readonly createdAt: number;
  /** How often it was fetched, a few seconds ago. */
  readonly fetches: number;
}

/** All downloads of a repository, the newest first. */
export const listDownloads = (db: Handle, repositoryId: string): Promise<Download[]> =>
  downloadsOf(db, repositoryId);

/** One of them; undefined where the repository has none of that name. */
export async function findDownload(
  db: Handle,
  repositoryId: string,
  name: string,
): Promise<Download | undefined> {
  const [download] = await downloadsOf(db, repositoryId, name);
  return download;
}

async function downloadsOf(db: Handle, repositoryId: string, name?: string): Promise<Download[]> {
  const rows = await db
    .selectFrom('download')
    // An id is in one of these at most, and in none when its account, token or consumer is gone.
    .leftJoin('account', 'account.id', 'download.actor_id')
    .leftJoin('app_user', 'app_user.id', 'download.actor_id')
    .leftJoin('credential', 'credential.id', 'app_user.credential_id')
    .leftJoin('oauth_consumer', 'oauth_consumer.id', 'download.actor_id')
    .select(['download.id', 'download.name', 'size', 'sha256', 'actor_type', 'actor_id', 'fetches'])
    .select(['download.created_at', 'account.username', 'credential.kind'])
    .select(({ fn }) => [
      fn.coalesce('account.display_name', 'app_user.display_name', 'oauth_consumer.name').as('display_name'),
      fn
        .coalesce('account.account_id', 'app_user.account_id', 'oauth_consumer.app_user_account_id')
        .as('account_id'),
      fn.coalesce('app_user.created_at', 'oauth_consumer.created_at').as('begun_at'),
    ])
    .where('repository_id', '=', repositoryId)
    .where('download.name', name === undefined ? 'is not' : '=', name ?? null)
    .orderBy('download.created_at', 'desc')
    .orderBy('download.name')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name ?? '',
    size: row.size,
    sha256: row.sha256,
    uploader: uploaderFrom(row),
    createdAt: row.created_at,
    fetches: row.fetches,
  }));
}

function uploaderFrom(row: {
  readonly actor_id: string;
  readonly username: string | null;
  readonly kind: string | null;
  readonly display_name: string | null;
  readonly account_id: string | null;
  readonly begun_at: number | null;
}): Uploader | null {
  const { actor_id: id, username, kind, display_name: displayName, account_id: accountId } = row;
  if (displayName === null || accountId === null) return null;
  if (username !== null) return { type: 'account', id, accountId, username, displayName };
  return { type: 'app_user', id, accountId, kind, displayName, createdAt: row.begun_at ?? 0 };
}

export async function countDownloads(db: Handle, repositoryId: string): Promise<number> {
  const { count } = await db
    .selectFrom('download')
    .select(({ fn }) => fn.countAll<string | number>().as('count'))
    .where('repository_id', '=', repositoryId)
    .where('name', 'is not', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Says that files are about to be put into their places, so that none stays there unknown to everybody. */
export async function announceDownloads(
  db: Handle,
  repositoryId: string,
  downloads: readonly NewDownload[],
  author: DownloadAuthor,
  now: number,
): Promise<void> {
  await db
    .insertInto('download')
    .values(
      downloads.map(({ id, size, sha256 }) => ({
        id,
        repository_id: repositoryId,
        name: null,
        size,
        sha256,
        ...author,
        created_at: now,
      })),
    )
    .execute();
}

/** Wants a transaction that holds the repository, in which nothing has the name. */
export async function nameDownload(
  db: Handle,
  { repositoryId, id, name }: { readonly repositoryId: string; readonly id: string; readonly name: string },
  now: number,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('download')
    .set({ name, created_at: now })
    .where('repository_id', '=', repositoryId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows !== 1n) throw new Error('A download went before it had a name.');
}

/** Takes the name from what has it; wants a transaction that holds the repository. @returns its id, if anything had it */
export async function takeNameOf(
  db: Handle,
  repositoryId: string,
  name: string,
): Promise<string | undefined> {
  const row = await db
    .updateTable('download')
    .set({ name: null })
    .where('repository_id', '=', repositoryId)
    .where('name', '=', name)
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** Adds to how often each was fetched; what is gone meanwhile is passed over. Wants a transaction. */
export async function addFetches(
  db: Handle,
  fetches: readonly (readonly [id: string, times: number])[],
): Promise<void> {
  for (const [id, times] of fetches)
    await db
      .updateTable('download')
      .set(({ eb }) => ({ fetches: eb('fetches', '+', times) }))
      .where('id', '=', id)
      .execute();
}

/** Downloads without a name that came before then, of all repositories. */
export async function namelessDownloads(
  db: Handle,
  before: number,
): Promise<{ readonly id: string; readonly repositoryId: string }[]> {
  const rows = await db
    .selectFrom('download')
    .select(['id', 'repository_id'])
    .where('name', 'is', null)
    .where('created_at', '<', before)
    .execute();
  return rows.map(({ id, repository_id }) => ({ id, repositoryId: repository_id }));
}

/** Once its file is gone. */
export async function forgetDownload(db: Handle, id: string): Promise<void> {
  await db.deleteFrom('download').where('id', '=', id).where('name', 'is', null).execute();
}
