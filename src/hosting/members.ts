import type { Selectable } from 'kysely';
import { accountFrom, type Account } from '../accounts/account.ts';
import { accountNamed } from '../accounts/named.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import type { AccountTable } from '../store/schema.ts';

export interface Member {
  readonly account: {
    readonly id: string;
    readonly accountId: string;
    readonly username: string;
    readonly displayName: string;
    readonly state: 'active' | 'disabled';
    readonly hasTwoStep: boolean;
    readonly createdAt: number;
  };
  readonly membership: 'owner' | 'member';
}

const membersOf = (db: Handle, workspaceId: string) =>
  db
    .selectFrom('workspace_member')
    .innerJoin('account', 'account.id', 'workspace_member.account_id')
    .where('workspace_id', '=', workspaceId);

const COLUMNS = [
  'account.id',
  'account.account_id',
  'username',
  'display_name',
  'account.state',
  'account.two_step_at',
  'account.created_at',
  'membership',
] as const;

const memberFrom = (
  row: Pick<
    Selectable<AccountTable>,
    'id' | 'account_id' | 'username' | 'display_name' | 'state' | 'two_step_at' | 'created_at'
  > &
    Pick<Member, 'membership'>,
): Member => ({
  account: {
    id: row.id,
    accountId: row.account_id,
    username: row.username,
    displayName: row.display_name,
    state: row.state,
    hasTwoStep: row.two_step_at !== null,
    createdAt: row.created_at,
  },
  membership: row.membership,
});

/** Owners and members, by user name. */
export async function listMembers(db: Handle, workspaceId: string): Promise<Member[]> {
  const rows = await membersOf(db, workspaceId).select(COLUMNS).orderBy('username_key').execute();
  return rows.map(memberFrom);
}

/** Those who own a workspace, by user name. */
export async function ownersOf(db: Handle, workspaceId: string): Promise<Account[]> {
  const rows = await membersOf(db, workspaceId)
    .selectAll('account')
    .where('membership', '=', 'owner')
    .orderBy('username_key')
    .execute();
  return rows.map(accountFrom);
}

/** Which page of which members. */
export interface MemberQuery {
  /** Letters of a name. */
  readonly named: string;
  /** Those who are this alone. */
  readonly membership?: Member['membership'];
  readonly offset: number;
  readonly limit: number;
}

/** One page of members, by user name, and how many they are. */
export async function pageOfMembers(
  db: Handle,
  workspaceId: string,
  { named, membership, offset, limit }: MemberQuery,
): Promise<{ readonly members: Member[]; readonly size: number }> {
  let among = membersOf(db, workspaceId).where(accountNamed(named));
  if (membership !== undefined) among = among.where('membership', '=', membership);
  const { size } = await among
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await among.select(COLUMNS).orderBy('username_key').offset(offset).limit(limit).execute();
  return { members: rows.map(memberFrom), size: Number(size) };
}

/** What somebody is in a workspace; undefined where they are not in it. */
export async function findMember(
  db: Handle,
  workspaceId: string,
  accountId: string,
): Promise<Member | undefined> {
  const row = await membersOf(db, workspaceId)
    .select(COLUMNS)
    .where('account.id', '=', accountId)
    .executeTakeFirst();
  return row === undefined ? undefined : memberFrom(row);
}

/** Makes an account a member or an owner, or changes which of the two it is. Throws `Problem` rather than leave no owner. Wants a transaction. */
export async function setMember(
  db: Handle,
  workspaceId: string,
  accountId: string,
  membership: 'owner' | 'member',
  now: number,
): Promise<void> {
  if (membership === 'member') await keepAnOwner(db, workspaceId, accountId);
  await db
    .insertInto('workspace_member')
    .values({ workspace_id: workspaceId, account_id: accountId, membership, created_at: now })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'account_id']).doUpdateSet({ membership }))
    .execute();
}

/**
 * Removes a member together with what the workspace gave: its groups and its roles on repositories there. False, and
 * nothing is taken, for whoever is no member: the roles that somebody else was given are taken one by one. Wants a transaction.
 */
export async function removeMember(db: Handle, workspaceId: string, accountId: string): Promise<boolean> {
  await keepAnOwner(db, workspaceId, accountId);
  const { numDeletedRows } = await db
    .deleteFrom('workspace_member')
    .where('workspace_id', '=', workspaceId)
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) return false;
  await db
    .deleteFrom('workspace_group_member')
    .where('account_id', '=', accountId)
    .where('group_id', 'in', (where) =>
      where.selectFrom('workspace_group').select('id').where('workspace_id', '=', workspaceId),
    )
    .execute();
  await db
    .deleteFrom('repository_role')
    .where('subject_type', '=', 'account')
    .where('subject_id', '=', accountId)
    .where('repository_id', 'in', (where) =>
      where.selectFrom('repository').select('id').where('workspace_id', '=', workspaceId),
    )
    .execute();
  return true;
}

/** Locks the workspace's row first: on PostgreSQL two owners who leave at once would otherwise both see the other. */
async function keepAnOwner(db: Handle, workspaceId: string, leaving: string): Promise<void> {
  await db.updateTable('workspace').set({ id: workspaceId }).where('id', '=', workspaceId).execute();
  const owners = await db
    .selectFrom('workspace_member')
    .select('account_id')
    .where('workspace_id', '=', workspaceId)
    .where('membership', '=', 'owner')
    .execute();
  if (owners.length === 1 && owners[0]?.account_id === leaving) {
    throw new Problem('conflict', 'A workspace needs an owner: make somebody else an owner first.');
  }
}
