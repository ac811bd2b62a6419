import type { Account } from '../accounts/account.ts';
import type { Role } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';

/** What decides, besides roles, whether somebody is let in at all. */
export type Admittance = Pick<Account, 'state' | 'hasTwoStep'>;

/** A group with its role on a repository. */
export interface GroupRole {
  readonly slug: string;
  readonly name: string;
  readonly role: Role;
  readonly members: number;
  /** What there is among its members: each combination once. */
  readonly admittances: readonly Admittance[];
}

/** One page of the groups with a role on a repository, by slug, and how many there are. */
export async function pageOfGroupRoles(
  db: Handle,
  repositoryId: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly groups: GroupRole[]; readonly size: number }> {
  const given = db
    .selectFrom('repository_role')
    .innerJoin('workspace_group', 'workspace_group.id', 'repository_role.subject_id')
    .where('repository_id', '=', repositoryId)
    .where('subject_type', '=', 'group');
  const { size } = await given
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await given
    .select(['workspace_group.id', 'slug', 'name', 'role'])
    .orderBy('slug')
    .offset(offset)
    .limit(limit)
    .execute();
  const admitted = await admittancesIn(
    db,
    rows.map(({ id }) => id),
  );
  return {
    groups: rows.map(({ id, ...row }) => ({ ...row, ...(admitted.get(id) ?? NOBODY) })),
    size: Number(size),
  };
}

const NOBODY = { members: 0, admittances: [] };

/** How many are in each of these groups, and what there is among them; those in which nobody is are left out. */
export async function admittancesIn(
  db: Handle,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, Pick<GroupRole, 'members' | 'admittances'>>> {
  if (groupIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('workspace_group_member')
    .innerJoin('account', 'account.id', 'workspace_group_member.account_id')
    .select(({ fn, case: either }) => [
      'group_id',
      'account.state',
      either().when('account.two_step_at', 'is', null).then(0).else(1).end().as('passes'),
      fn.countAll<string | number>().as('people'),
    ])
    .where('group_id', 'in', groupIds)
    .groupBy(['group_id', 'account.state', 'passes'])
    .execute();
  return new Map(
    [...Map.groupBy(rows, ({ group_id }) => group_id)].map(([id, alike]) => [
      id,
      {
        members: alike.reduce((sum, { people }) => sum + Number(people), 0),
        admittances: alike.map(({ state, passes }) => ({ state, hasTwoStep: Number(passes) === 1 })),
      },
    ]),
  );
}
