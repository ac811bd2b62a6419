import { accountFrom, type Account } from '../accounts/account.ts';
import { accountNamed } from '../accounts/named.ts';
import { hasNotEnded } from '../credentials/ended.ts';
import { strongerRole, type Role } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';

/** By what somebody holds a role. */
export type RoleSource =
  | { readonly type: 'owner' }
  | { readonly type: 'direct'; readonly role: Role }
  | { readonly type: 'group'; readonly slug: string; readonly name: string; readonly role: Role };

/** Somebody who holds a role on a repository, and through what: as owner of its workspace, directly, or by groups. */
export interface RoleHolding {
  readonly account: Account;
  /** The strongest of them. */
  readonly role: Role;
  readonly through: readonly RoleSource[];
}

interface Place {
  readonly id: string;
  readonly workspaceId: string;
}

/** Everybody who holds a role on a repository now, by user name. */
export async function listHoldings(db: Handle, place: Place): Promise<RoleHolding[]> {
  const rows = await holders(db, place).selectAll('account').orderBy('username_key').execute();
  return completed(rows.map(accountFrom), await sourcesOf(db, place, null));
}

/** One page of the same, of those with these letters in a name, and how many they are. */
export async function pageOfHoldings(
  db: Handle,
  place: Place,
  { named, offset, limit }: { readonly named: string; readonly offset: number; readonly limit: number },
): Promise<{ readonly holdings: RoleHolding[]; readonly size: number }> {
  const among = holders(db, place).where(accountNamed(named));
  const { size } = await among
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await among.selectAll('account').orderBy('username_key').offset(offset).limit(limit).execute();
  const accounts = rows.map(accountFrom);
  const sources = await sourcesOf(
    db,
    place,
    accounts.map(({ id }) => id),
  );
  return { holdings: completed(accounts, sources), size: Number(size) };
}

/**
 * Some of the credentials that belong to those who hold a role on a repository and have not ended, by user name and the newest
 * first: the next ones after `offset`. Whether they may do anything there is for the gate to say.
 */
export const credentialsOfHolders = (
  db: Handle,
  place: Place,
  { offset, limit }: { readonly offset: number; readonly limit: number },
  now: number,
): Promise<{ readonly id: string; readonly owner: string }[]> =>
  holders(db, place)
    .innerJoin('credential', (join) =>
      join.onRef('credential.owner_id', '=', 'account.id').on('credential.owner_type', '=', 'account'),
    )
    .select(['credential.id', 'account.username as owner'])
    // What came of another one can no more than that one, which is asked.
    .where('credential.parent_id', 'is', null)
    .where((where) => hasNotEnded(where as never, now))
    .orderBy('account.username_key')
    .orderBy('credential.created_at', 'desc')
    .orderBy('credential.id')
    .offset(offset)
    .limit(limit)
    .execute();

const holders = (db: Handle, { id, workspaceId }: Place) =>
  db.selectFrom('account').where('account.id', 'in', (where) =>
    where
      .selectFrom('workspace_member')
      .select('workspace_member.account_id as id')
      .where('workspace_id', '=', workspaceId)
      .where('membership', '=', 'owner')
      .union(
        where
          .selectFrom('repository_role')
          .select('subject_id as id')
          .where('repository_id', '=', id)
          .where('subject_type', '=', 'account'),
      )
      .union(
        where
          .selectFrom('repository_role')
          .innerJoin(
            'workspace_group_member',
            'workspace_group_member.group_id',
            'repository_role.subject_id',
          )
          .select('workspace_group_member.account_id as id')
          .where('repository_id', '=', id)
          .where('subject_type', '=', 'group'),
      ),
  );

interface Sourced {
  readonly accountId: string;
  readonly source: RoleSource;
}

/** What these hold a role by, or what anybody does; that of groups after the rest, by their slugs. */
async function sourcesOf(
  db: Handle,
  { id, workspaceId }: Place,
  accountIds: readonly string[] | null,
): Promise<Sourced[]> {
  if (accountIds?.length === 0) return [];
  const owners = db
    .selectFrom('workspace_member')
    .select('account_id')
    .where('workspace_id', '=', workspaceId)
    .where('membership', '=', 'owner');
  const direct = db
    .selectFrom('repository_role')
    .select(['subject_id', 'role'])
    .where('repository_id', '=', id)
    .where('subject_type', '=', 'account');
  const byGroups = db
    .selectFrom('repository_role')
    .innerJoin('workspace_group', 'workspace_group.id', 'repository_role.subject_id')
    .innerJoin('workspace_group_member', 'workspace_group_member.group_id', 'workspace_group.id')
    .select(['account_id', 'slug', 'name', 'role'])
    .where('repository_id', '=', id)
    .where('subject_type', '=', 'group')
    .orderBy('slug');
  const ids = accountIds ?? [];
  const all = accountIds === null;
  const owning = await (all ? owners : owners.where('account_id', 'in', ids)).execute();
  const given = await (all ? direct : direct.where('subject_id', 'in', ids)).execute();
  const grouped = await (all ? byGroups : byGroups.where('account_id', 'in', ids)).execute();
  return [
    ...owning.map(({ account_id }) => ({ accountId: account_id, source: { type: 'owner' } as const })),
    ...given.map(({ subject_id, role }) => ({
      accountId: subject_id,
      source: { type: 'direct', role } as const,
    })),
    ...grouped.map(({ account_id, slug, name, role }) => ({
      accountId: account_id,
      source: { type: 'group', slug, name, role } as const,
    })),
  ];
}

function completed(accounts: readonly Account[], sourced: readonly Sourced[]): RoleHolding[] {
  const byAccount = Map.groupBy(sourced, ({ accountId }) => accountId);
  return accounts.flatMap((account) => {
    const through = (byAccount.get(account.id) ?? []).map(({ source }) => source);
    const role = through.reduce<Role | null>(
      (best, source) => strongerRole(best, source.type === 'owner' ? 'admin' : source.role),
      null,
    );
    return role === null ? [] : [{ account, role, through }];
  });
}
