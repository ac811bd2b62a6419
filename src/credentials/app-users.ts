import type { Handle } from '../store/handle.ts';

/** The bot that an access token acts as; it keeps its name when the token has ended. */
export interface AppUser {
  readonly id: string;
  /** What stands before the `@` of its e-mail address. */
  readonly accountId: string;
  readonly displayName: string;
  readonly createdAt: number;
}

/** The app users of a repository's access tokens, alive or ended, that have these account ids. */
export async function appUsersOf(
  db: Handle,
  repositoryId: string,
  accountIds: readonly string[],
): Promise<AppUser[]> {
  if (accountIds.length === 0) return [];
  const rows = await db
    .selectFrom('app_user')
    .innerJoin('credential', 'credential.id', 'app_user.credential_id')
    .select(['app_user.id', 'app_user.account_id', 'app_user.display_name', 'app_user.created_at'])
    .where('credential.owner_type', '=', 'repository')
    .where('credential.owner_id', '=', repositoryId)
    .where('app_user.account_id', 'in', [...accountIds])
    .execute();
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    displayName: row.display_name,
    createdAt: row.created_at,
  }));
}
