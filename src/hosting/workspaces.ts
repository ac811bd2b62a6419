import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { named } from '../accounts/named.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import type { WorkspaceTable } from '../store/schema.ts';
import { orTaken } from '../store/taken.ts';
import { uuidIn } from './choices.ts';

export interface Workspace {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly membersMayCreateRepositories: boolean;
  readonly tokensMayLiveForever: boolean;
  readonly requiresTwoStep: boolean;
  readonly createdAt: number;
}

const workspaceFrom = (row: Selectable<WorkspaceTable>): Workspace => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  membersMayCreateRepositories: row.members_may_create_repositories === 1,
  tokensMayLiveForever: row.tokens_may_live_forever === 1,
  requiresTwoStep: row.requires_two_step === 1,
  createdAt: row.created_at,
});

/** Makes a workspace with one owner and a first project. Throws `Problem` when the slug is taken. Wants a transaction. */
export async function createWorkspace(
  db: Handle,
  wanted: { readonly slug: string; readonly name: string; readonly ownerId: string },
  now: number,
): Promise<Workspace> {
  const taken = await db
    .selectFrom('workspace')
    .select('id')
    .where('slug_key', '=', wanted.slug)
    .executeTakeFirst();
  if (taken !== undefined) throw slugTaken();
  const row: Selectable<WorkspaceTable> = {
    id: randomUUID(),
    slug: wanted.slug,
    slug_key: wanted.slug,
    name: wanted.name,
    members_may_create_repositories: 1,
    tokens_may_live_forever: 1,
    requires_two_step: 0,
    created_at: now,
    updated_at: now,
  };
  await db.insertInto('workspace').values(row).execute().catch(orTaken(slugTaken));
  await db
    .insertInto('workspace_member')
    .values({ workspace_id: row.id, account_id: wanted.ownerId, membership: 'owner', created_at: now })
    .execute();
  return workspaceFrom(row);
}

function slugTaken(): Problem {
  const message = 'This workspace name is taken: choose another.';
  return new Problem('taken', message, { fields: { slug: [message] } });
}

/** By slug (any case) or `{uuid}`. */
export async function findWorkspace(db: Handle, name: string): Promise<Workspace | undefined> {
  const uuid = uuidIn(name);
  const query = db.selectFrom('workspace').selectAll();
  const row = await (uuid === undefined
    ? query.where('slug_key', '=', name.toLowerCase())
    : query.where('id', '=', uuid)
  ).executeTakeFirst();
  return row === undefined ? undefined : workspaceFrom(row);
}

export async function updateWorkspace(
  db: Handle,
  id: string,
  change: {
    readonly name: string;
    readonly membersMayCreateRepositories: boolean;
    readonly tokensMayLiveForever: boolean;
    readonly requiresTwoStep: boolean;
  },
  now: number,
): Promise<void> {
  await db
    .updateTable('workspace')
    .set({
      name: change.name,
      members_may_create_repositories: change.membersMayCreateRepositories ? 1 : 0,
      tokens_may_live_forever: change.tokensMayLiveForever ? 1 : 0,
      requires_two_step: change.requiresTwoStep ? 1 : 0,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
}

/** The workspaces in which an account is owner or member, by name, with what it is there. */
export async function workspacesOf(
  db: Handle,
  accountId: string,
): Promise<(Workspace & { readonly membership: 'owner' | 'member' })[]> {
  const rows = await db
    .selectFrom('workspace')
    .innerJoin('workspace_member', 'workspace_member.workspace_id', 'workspace.id')
    .selectAll('workspace')
    .select('workspace_member.membership')
    .where('workspace_member.account_id', '=', accountId)
    .orderBy('workspace.slug_key')
    .execute();
  return rows.map((row) => ({ ...workspaceFrom(row), membership: row.membership }));
}

/**
 * One page of the workspaces other than one in which an account may create repositories, of those with these letters in a name,
 * and how many they are: by name, the one that is called so before the others.
 */
export async function pageOfCreatable(
  db: Handle,
  accountId: string,
  exceptId: string,
  { named: text, offset, limit }: { readonly named: string; readonly offset: number; readonly limit: number },
): Promise<{ readonly workspaces: Workspace[]; readonly size: number }> {
  const among = db
    .selectFrom('workspace')
    .innerJoin('workspace_member', 'workspace_member.workspace_id', 'workspace.id')
    .where('workspace_member.account_id', '=', accountId)
    .where((where) =>
      where.or([where('membership', '=', 'owner'), where('members_may_create_repositories', '=', 1)]),
    )
    .where('workspace.id', '!=', exceptId)
    .where(named(text, ['workspace.slug', 'workspace.name']));
  const { size } = await among
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await among
    .selectAll('workspace')
    .orderBy((where) => where.case().when('slug_key', '=', text.toLowerCase()).then(0).else(1).end())
    .orderBy('slug_key')
    .offset(offset)
    .limit(limit)
    .execute();
  return { workspaces: rows.map(workspaceFrom), size: Number(size) };
}

export interface ReachableWorkspace extends Workspace {
  readonly isOwner: boolean;
  /** Whether a role lets push to a repository in it. */
  readonly pushes: boolean;
}

/** The workspaces that an account belongs to, or holds a role on a repository in; by name. */
export async function reachableWorkspaces(db: Handle, accountId: string): Promise<ReachableWorkspace[]> {
  const own = await workspacesOf(db, accountId);
  const roles = db
    .selectFrom('repository_role')
    .innerJoin('repository', 'repository.id', 'repository_role.repository_id')
    .select(['repository.workspace_id', 'repository_role.role'])
    .distinct()
    .where('repository.deleted_at', 'is', null);
  const given = [
    ...(await roles
      .where('repository_role.subject_type', '=', 'account')
      .where('repository_role.subject_id', '=', accountId)
      .execute()),
    ...(await roles
      .innerJoin('workspace_group_member', 'workspace_group_member.group_id', 'repository_role.subject_id')
      .where('repository_role.subject_type', '=', 'group')
      .where('workspace_group_member.account_id', '=', accountId)
      .execute()),
  ];
  const reached = new Set(given.map(({ workspace_id }) => workspace_id));
  const pushed = new Set(given.filter(({ role }) => role !== 'read').map(({ workspace_id }) => workspace_id));
  const others = [...reached].filter((id) => own.every((workspace) => workspace.id !== id));
  const rows =
    others.length === 0
      ? []
      : await db.selectFrom('workspace').selectAll().where('id', 'in', others).execute();
  return [
    ...own.map(({ membership, ...workspace }) => ({ ...workspace, isOwner: membership === 'owner' })),
    ...rows.map((row) => ({ ...workspaceFrom(row), isOwner: false })),
  ]
    .map((workspace) => ({ ...workspace, pushes: workspace.isOwner || pushed.has(workspace.id) }))
    .toSorted((a, b) => (a.slug.toLowerCase() < b.slug.toLowerCase() ? -1 : 1));
}
