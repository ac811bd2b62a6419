import { accountFrom, type Account } from '../accounts/account.ts';
import { accountNamed } from '../accounts/named.ts';
import { strongerRole, type Role } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';

/** On how many repositories a role, or what is public, lets read, and lets push. */
export interface Reach {
  readonly reads: number;
  readonly pushes: number;
}

/** How many repositories there are in a workspace, and how many of them are public. */
export async function countRepositories(
  db: Handle,
  workspaceId: string,
): Promise<{ readonly repositories: number; readonly publicRepositories: number }> {
  const counted = await db
    .selectFrom('repository')
    .select(({ fn, case: either }) => [
      fn.countAll<string | number>().as('all'),
      fn.count<string | number>(either().when('is_private', '=', 0).then(1).end()).as('open'),
    ])
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return { repositories: Number(counted.all), publicRepositories: Number(counted.open) };
}

/** A member of a workspace, or somebody who was given a role on one of its repositories. */
export interface Insider {
  readonly account: Account;
  /** Null for no member. */
  readonly membership: 'owner' | 'member' | null;
}

/** One page of them, of those with these letters in a name, by user name, and how many they are. */
export async function pageOfInsiders(
  db: Handle,
  workspaceId: string,
  { named, offset, limit }: { readonly named: string; readonly offset: number; readonly limit: number },
): Promise<{ readonly insiders: Insider[]; readonly size: number }> {
  const among = db
    .selectFrom('account')
    .leftJoin('workspace_member', (join) =>
      join.onRef('workspace_member.account_id', '=', 'account.id').on('workspace_id', '=', workspaceId),
    )
    .where((where) =>
      where.or([
        where('workspace_member.account_id', 'is not', null),
        where(
          'account.id',
          'in',
          where
            .selectFrom('repository_role')
            .innerJoin('repository', 'repository.id', 'repository_role.repository_id')
            .select('subject_id')
            .where('repository.workspace_id', '=', workspaceId)
            .where('repository.deleted_at', 'is', null)
            .where('subject_type', '=', 'account'),
        ),
      ]),
    )
    .where(accountNamed(named));
  const { size } = await among
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await among
    .selectAll('account')
    .select('membership')
    .orderBy('username_key')
    .offset(offset)
    .limit(limit)
    .execute();
  return {
    insiders: rows.map((row) => ({ account: accountFrom(row), membership: row.membership })),
    size: Number(size),
  };
}

/** How far the roles reach that these people hold in a workspace, directly and by groups; owners, who are admins of all, are not counted. */
export async function reachOfPeople(
  db: Handle,
  workspaceId: string,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, Reach>> {
  if (accountIds.length === 0) return new Map();
  const direct = await givenIn(db, workspaceId)
    .select('subject_id as holder')
    .where('subject_type', '=', 'account')
    .where('subject_id', 'in', accountIds)
    .execute();
  const grouped = await givenIn(db, workspaceId)
    .innerJoin('workspace_group_member', 'workspace_group_member.group_id', 'repository_role.subject_id')
    .select('workspace_group_member.account_id as holder')
    .where('subject_type', '=', 'group')
    .where('workspace_group_member.account_id', 'in', accountIds)
    .execute();
  return reaches(db, workspaceId, [...direct, ...grouped]);
}

/** The same of these groups. */
export async function reachOfGroups(
  db: Handle,
  workspaceId: string,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, Reach>> {
  if (groupIds.length === 0) return new Map();
  const given = await givenIn(db, workspaceId)
    .select('subject_id as holder')
    .where('subject_type', '=', 'group')
    .where('subject_id', 'in', groupIds)
    .execute();
  return reaches(db, workspaceId, given);
}

const givenIn = (db: Handle, workspaceId: string) =>
  db
    .selectFrom('repository_role')
    .innerJoin('repository', 'repository.id', 'repository_role.repository_id')
    .select(['repository_id', 'role', 'is_private'])
    .where('repository.workspace_id', '=', workspaceId)
    .where('repository.deleted_at', 'is', null);

interface Given {
  readonly holder: string;
  readonly repository_id: string;
  readonly role: Role;
  readonly is_private: number;
}

/** By the strongest role of each holder on each repository. */
async function reaches(
  db: Handle,
  workspaceId: string,
  given: readonly Given[],
): Promise<ReadonlyMap<string, Reach>> {
  const { publicRepositories } = await countRepositories(db, workspaceId);
  return new Map(
    [...Map.groupBy(given, ({ holder }) => holder)].map(([holder, rows]) => {
      const held = [...Map.groupBy(rows, ({ repository_id }) => repository_id).values()].map((same) => ({
        isPrivate: same.some(({ is_private }) => is_private === 1),
        role: same.reduce<Role | null>((best, { role }) => strongerRole(best, role), null),
      }));
      return [
        holder,
        {
          reads: publicRepositories + held.filter(({ isPrivate }) => isPrivate).length,
          pushes: held.filter(({ role }) => role !== 'read').length,
        },
      ];
    }),
  );
}
