import { accountNamed, named } from '../accounts/named.ts';
import { strongerRole, type Role } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import { prepared } from '../store/prepared.ts';

export type RoleSubject = { readonly type: 'account' | 'group'; readonly id: string };

export interface RoleHolder {
  readonly subject: RoleSubject;
  /** User name or group slug. */
  readonly name: string;
  readonly displayName: string;
  readonly role: Role;
}

interface HeldRole {
  readonly account_id: string;
  readonly role: Role | 'owner';
}

/** One row for each thing by which any of these accounts holds a role on a repository. */
const rolesOfEach = (db: Handle, workspaceId: string, repositoryId: string, accountIds: readonly string[]) =>
  db
    .selectFrom('workspace_member')
    .select(['account_id', 'membership as role'])
    .where('workspace_id', '=', workspaceId)
    .where('account_id', 'in', accountIds)
    .where('membership', '=', 'owner')
    .$castTo<HeldRole>()
    .unionAll(
      db
        .selectFrom('repository_role')
        .select(['subject_id as account_id', 'role'])
        .where('repository_id', '=', repositoryId)
        .where('subject_type', '=', 'account')
        .where('subject_id', 'in', accountIds)
        .$castTo<HeldRole>(),
    )
    .unionAll(
      db
        .selectFrom('repository_role')
        .innerJoin('workspace_group_member', 'workspace_group_member.group_id', 'repository_role.subject_id')
        .select(['workspace_group_member.account_id', 'repository_role.role'])
        .where('repository_role.repository_id', '=', repositoryId)
        .where('subject_type', '=', 'group')
        .where('workspace_group_member.account_id', 'in', accountIds)
        .$castTo<HeldRole>(),
    );

const rolesOf = prepared((db, workspaceId: string, repositoryId: string, accountId: string) =>
  rolesOfEach(db, workspaceId, repositoryId, [accountId]),
);

/** What an account is to a repository. */
export interface Standing {
  /** Admin as owner of its workspace, else the strongest of its own and its groups'. What is public is not part of it. */
  readonly role: Role | null;
  readonly isOwned: boolean;
}

/** What an account is to a repository now. */
export async function standingOn(
  db: Handle,
  repository: { readonly id: string; readonly workspaceId: string },
  accountId: string,
): Promise<Standing> {
  return standingFrom(await rolesOf(db, repository.workspaceId, repository.id, accountId));
}

const standingFrom = (rows: readonly { readonly role: Role | 'owner' }[]): Standing => ({
  role: rows.reduce<Role | null>(
    (best, { role }) => strongerRole(best, role === 'owner' ? 'admin' : role),
    null,
  ),
  isOwned: rows.some(({ role }) => role === 'owner'),
});

/** What each of these accounts is to a repository now; those that are nothing to it are not in it. */
export async function standingsOn(
  db: Handle,
  repository: { readonly id: string; readonly workspaceId: string },
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, Standing>> {
  const rows = await inParts(accountIds, (part) =>
    rolesOfEach(db, repository.workspaceId, repository.id, part).execute(),
  );
  return new Map(
    [...Map.groupBy(rows, ({ account_id }) => account_id)].map(([id, of]) => [id, standingFrom(of)]),
  );
}

/** The role alone. */
export const heldRole = async (...of: Parameters<typeof standingOn>): Promise<Role | null> =>
  (await standingOn(...of)).role;

/** People and groups with a role of their own on a repository whose names are like this, in one list. */
function roleHolders(db: Handle, repositoryId: string, text: string) {
  const given = db.selectFrom('repository_role').where('repository_id', '=', repositoryId);
  const people = given
    .innerJoin('account', 'account.id', 'repository_role.subject_id')
    .select(['subject_type as type', 'account.id', 'username as name', 'display_name as displayName', 'role'])
    .select('username_key as key')
    .where('subject_type', '=', 'account')
    .where(accountNamed(text));
  const groups = given
    .innerJoin('workspace_group', 'workspace_group.id', 'repository_role.subject_id')
    .select(['subject_type as type', 'workspace_group.id', 'slug as name', 'name as displayName', 'role'])
    .select('slug as key')
    .where('subject_type', '=', 'group')
    .where(named(text, ['workspace_group.slug', 'workspace_group.name']));
  return db.selectFrom(people.unionAll(groups).as('holder'));
}

const HOLDER = ['type', 'id', 'name', 'displayName', 'role'] as const;

const holderFrom = ({ type, id, ...holder }: RoleSubject & Omit<RoleHolder, 'subject'>): RoleHolder => ({
  subject: { type, id },
  ...holder,
});

/**
 * One page of those with a role of their own on a repository and these letters in a name, people before groups, and how many
 * they are; owners of the workspace, who are admins of everything, are not listed.
 */
export async function pageOfRoles(
  db: Handle,
  repositoryId: string,
  { named: text, offset, limit }: { readonly named: string; readonly offset: number; readonly limit: number },
): Promise<{ readonly roles: RoleHolder[]; readonly size: number }> {
  const among = roleHolders(db, repositoryId, text);
  const { size } = await among
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await among
    .select(HOLDER)
    .orderBy('type')
    .orderBy('key')
    .offset(offset)
    .limit(limit)
    .execute();
  return { roles: rows.map(holderFrom), size: Number(size) };
}

/** The role of its own that one of them holds; undefined for none. */
export async function findRole(
  db: Handle,
  repositoryId: string,
  { type, id }: RoleSubject,
): Promise<RoleHolder | undefined> {
  const row = await roleHolders(db, repositoryId, '')
    .select(HOLDER)
    .where('type', '=', type)
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : holderFrom(row);
}

export async function setRole(
  db: Handle,
  repositoryId: string,
  subject: RoleSubject,
  role: Role,
  now: number,
): Promise<void> {
  await db
    .insertInto('repository_role')
    .values({
      repository_id: repositoryId,
      subject_type: subject.type,
      subject_id: subject.id,
      role,
      created_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['repository_id', 'subject_type', 'subject_id']).doUpdateSet({ role }),
    )
    .execute();
}

export async function clearRole(db: Handle, repositoryId: string, subject: RoleSubject): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('repository_role')
    .where('repository_id', '=', repositoryId)
    .where('subject_type', '=', subject.type)
    .where('subject_id', '=', subject.id)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
