import { BOT_KINDS, isBotKind, type BotKind } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';

/** The bot that an access token, or a job token of a trust policy, acts as; it keeps its name when that has ended. */
export interface AppUser {
  readonly id: string;
  /** What it stands behind. */
  readonly kind: BotKind | 'oauth_consumer';
  /** What stands before the `@` of its e-mail address. */
  readonly accountId: string;
  readonly displayName: string;
  readonly createdAt: number;
}

/** The app users of access tokens and trust policies, alive or ended, that have these account ids. */
export async function appUsersOf(db: Handle, accountIds: readonly string[]): Promise<AppUser[]> {
  if (accountIds.length === 0) return [];
  const rows = await tokenUsers(db)
    .where('app_user.account_id', 'in', [...accountIds])
    .execute();
  return rows.flatMap(appUserFrom);
}

/** The app user of one, alive or ended, by its own id. */
export async function appUserById(db: Handle, id: string): Promise<AppUser | undefined> {
  const row = await tokenUsers(db).where('app_user.id', '=', id).executeTakeFirst();
  return row && appUserFrom(row)[0];
}

/** Each of these that is one, alive or ended, by its own id. */
export async function appUsersById(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AppUser>> {
  const rows = await inParts(ids, (part) => tokenUsers(db).where('app_user.id', 'in', part).execute());
  return new Map(rows.flatMap(appUserFrom).map((appUser) => [appUser.id, appUser]));
}

const tokenUsers = (db: Handle) =>
  db
    .selectFrom('app_user')
    .innerJoin('credential', 'credential.id', 'app_user.credential_id')
    .select([
      'app_user.id',
      'app_user.account_id',
      'app_user.display_name',
      'app_user.created_at',
      'credential.kind',
    ])
    .where('credential.kind', 'in', BOT_KINDS);

type TokenUserRow = Awaited<ReturnType<ReturnType<typeof tokenUsers>['executeTakeFirstOrThrow']>>;

const appUserFrom = ({ id, kind, account_id, display_name, created_at }: TokenUserRow): AppUser[] =>
  isBotKind(kind)
    ? [{ id, kind, accountId: account_id, displayName: display_name, createdAt: created_at }]
    : [];
