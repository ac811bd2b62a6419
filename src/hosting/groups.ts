import { randomUUID } from 'node:crypto';
import { accountNamed, named } from '../accounts/named.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { orTaken } from '../store/taken.ts';

export interface Group {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

export interface GroupMember {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
}

/** The groups of a workspace, by slug. */
export const listGroups = (db: Handle, workspaceId: string): Promise<Group[]> =>
  db
    .selectFrom('workspace_group')
    .select(['id', 'slug', 'name'])
    .where('workspace_id', '=', workspaceId)
    .orderBy('slug')
    .execute();

/** A group with how many are in it. */
export interface CountedGroup extends Group {
  readonly members: number;
}

/** One page of the groups of a workspace with these letters in a name, by slug, and how many they are. */
export async function pageOfGroups(
  db: Handle,
  workspaceId: string,
  { named: text, offset, limit }: { readonly named: string; readonly offset: number; readonly limit: number },
): Promise<{ readonly groups: CountedGroup[]; readonly size: number }> {
  const among = db
    .selectFrom('workspace_group')
    .where('workspace_id', '=', workspaceId)
    .where(named(text, ['workspace_group.slug', 'workspace_group.name']));
  const { size } = await among
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const groups = await among
    .select(['id', 'slug', 'name'])
    .select((where) =>
      where
        .selectFrom('workspace_group_member')
        .select(({ fn }) => fn.countAll<string | number>().as('members'))
        .whereRef('workspace_group_member.group_id', '=', 'workspace_group.id')
        .as('members'),
    )
    .orderBy('slug')
    .offset(offset)
    .limit(limit)
    .execute();
  return {
    groups: groups.map((group) => ({ ...group, members: Number(group.members) })),
    size: Number(size),
  };
}

/** One page of the people in a group with these letters in a name, by user name, and how many they are. */
export async function pageOfGroupMembers(
  db: Handle,
  groupId: string,
  { named: text, offset, limit }: { readonly named: string; readonly offset: number; readonly limit: number },
): Promise<{ readonly people: GroupMember[]; readonly size: number }> {
  const among = db
    .selectFrom('workspace_group_member')
    .innerJoin('account', 'account.id', 'workspace_group_member.account_id')
    .where('group_id', '=', groupId)
    .where(accountNamed(text));
  const { size } = await among
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const people = await among
    .select(['account.id', 'username', 'display_name as displayName'])
    .orderBy('username_key')
    .offset(offset)
    .limit(limit)
    .execute();
  return { people, size: Number(size) };
}

/** Whether somebody is in a group. */
export async function isInGroup(db: Handle, groupId: string, accountId: string): Promise<boolean> {
  const row = await db
    .selectFrom('workspace_group_member')
    .select('account_id')
    .where('group_id', '=', groupId)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function findGroup(db: Handle, workspaceId: string, slug: string): Promise<Group | undefined> {
  return db
    .selectFrom('workspace_group')
    .select(['id', 'slug', 'name'])
    .where('workspace_id', '=', workspaceId)
    .where('slug', '=', slug.toLowerCase())
    .executeTakeFirst();
}

export async function createGroup(
  db: Handle,
  workspaceId: string,
  wanted: { readonly slug: string; readonly name: string },
  now: number,
): Promise<Group> {
  if ((await findGroup(db, workspaceId, wanted.slug)) !== undefined) throw nameTaken();
  const row = { id: randomUUID(), slug: wanted.slug, name: wanted.name };
  await db
    .insertInto('workspace_group')
    .values({ ...row, workspace_id: workspaceId, created_at: now })
    .execute()
    .catch(orTaken(nameTaken));
  return row;
}

function nameTaken(): Problem {
  const message = 'There is a group of this name already.';
  return new Problem('taken', message, { fields: { name: [message] } });
}

/** Takes away the group and every role it held. Wants a transaction. */
export async function deleteGroup(db: Handle, workspaceId: string, groupId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('workspace_group')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', groupId)
    .executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) return false;
  await db
    .deleteFrom('repository_role')
    .where('subject_type', '=', 'group')
    .where('subject_id', '=', groupId)
    .execute();
  return true;
}

/**
 * Puts somebody into a group of their workspace. Returns whether there is such a group. Throws `Problem` for somebody who is no
 * member of the workspace. Wants a transaction.
 */
export async function addToGroup(
  db: Handle,
  workspaceId: string,
  groupId: string,
  accountId: string,
  now: number,
): Promise<boolean> {
  // As in `keepAnOwner`: on PostgreSQL, who is being removed at this moment would otherwise keep the roles of the group.
  await db.updateTable('workspace').set({ id: workspaceId }).where('id', '=', workspaceId).execute();
  const member = await db
    .selectFrom('workspace_member')
    .select('account_id')
    .where('workspace_id', '=', workspaceId)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (member === undefined) {
    throw new Problem(
      'invalid',
      'Only members of the workspace can be in its groups: add the person to the workspace first.',
    );
  }
  // Locked, too: who is put into a group that is being deleted would be told of a failure of ours.
  const { numUpdatedRows } = await db
    .updateTable('workspace_group')
    .set({ id: groupId })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', groupId)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  await db
    .insertInto('workspace_group_member')
    .values({ group_id: groupId, account_id: accountId, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return true;
}

export async function removeFromGroup(db: Handle, groupId: string, accountId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('workspace_group_member')
    .where('group_id', '=', groupId)
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
