import { strongerRole, type Role } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { prepared } from '../store/prepared.ts';

export type RoleSubject = { readonly type: 'account' | 'group'; readonly id: string };

export interface RoleHolder {
  readonly subject: RoleSubject;
  /** User name or group slug. */
  readonly name: string;
  readonly displayName: string;
  readonly role: Role;
}

const rolesOf = prepared((db, workspaceId: string, repositoryId: string, accountId: string) =>
  db
    .selectFrom('workspace_member')
    .select('membership as role')
    .where('workspace_id', '=', workspaceId)
    .where('account_id', '=', accountId)
    .where('membership', '=', 'owner')
    .$castTo<{ role: Role | 'owner' }>()
    .unionAll(
      db
        .selectFrom('repository_role')
        .select('role')
        .where('repository_id', '=', repositoryId)
        .where('subject_type', '=', 'account')
        .where('subject_id', '=', accountId)
        .$castTo<{ role: Role | 'owner' }>(),
    )
    .unionAll(
      db
        .selectFrom('repository_role')
        .innerJoin('workspace_group_member', 'workspace_group_member.group_id', 'repository_role.subject_id')
        .select('repository_role.role')
        .where('repository_role.repository_id', '=', repositoryId)
        .where('subject_type', '=', 'group')
        .where('workspace_group_member.account_id', '=', accountId)
        .$castTo<{ role: Role | 'owner' }>(),
    ),
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
  const rows = await rolesOf(db, repository.workspaceId, repository.id, accountId);
  return {
    role: rows.reduce<Role | null>(
      (best, { role }) => strongerRole(best, role === 'owner' ? 'admin' : role),
      null,
    ),
    isOwned: rows.some(({ role }) => role === 'owner'),
  };
}

/** The role alone. */
export const heldRole = async (...of: Parameters<typeof standingOn>): Promise<Role | null> =>
  (await standingOn(...of)).role;

/** Everybody with a role of their own on the repository; owners of the workspace, who are admins of everything, are not listed. */
export async function listRoles(db: Handle, repositoryId: string): Promise<RoleHolder[]> {
  const people = await db
    .selectFrom('repository_role')
    .innerJoin('account', 'account.id', 'repository_role.subject_id')
    .select(['account.id', 'username', 'display_name', 'role'])
    .where('repository_id', '=', repositoryId)
    .where('subject_type', '=', 'account')
    .orderBy('username_key')
    .execute();
  const groups = await db
    .selectFrom('repository_role')
    .innerJoin('workspace_group', 'workspace_group.id', 'repository_role.subject_id')
    .select(['workspace_group.id', 'slug', 'name', 'role'])
    .where('repository_id', '=', repositoryId)
    .where('subject_type', '=', 'group')
    .orderBy('slug')
    .execute();
  return [
    ...people.map(({ id, username, display_name, role }) => ({
      subject: { type: 'account', id } as const,
      name: username,
      displayName: display_name,
      role,
    })),
    ...groups.map(({ id, slug, name, role }) => ({
      subject: { type: 'group', id } as const,
      name: slug,
      displayName: name,
      role,
    })),
  ];
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
