import { findAccount, type Account } from '../../accounts/index.ts';
import { placesOfKey, type Credential } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import {
  listGroups,
  listMembers,
  projectById,
  repositoryById,
  workspaceRoles,
  type Reach,
} from '../../hosting/index.ts';
import type { Services } from '../../services.ts';

export interface PersonInWorkspace extends Reach {
  readonly account: Pick<Account, 'username' | 'displayName' | 'state'>;
  /** Null for whoever holds a role on some repository and is no member. */
  readonly membership: 'owner' | 'member' | null;
}

export interface GroupInWorkspace extends Reach {
  readonly slug: string;
  readonly name: string;
  readonly members: number;
}

/** Who may enter the repositories of a workspace; who is disabled enters none. */
export interface WorkspaceAccess {
  readonly repositories: number;
  readonly publicRepositories: number;
  readonly people: readonly PersonInWorkspace[];
  readonly groups: readonly GroupInWorkspace[];
}

/** The people and groups of the grant's workspace, and how many repositories each reads and pushes to. */
export async function viewWorkspaceAccess(
  services: Services,
  grant: Grant<'workspace.access'>,
): Promise<WorkspaceAccess> {
  const { database } = services;
  const [{ id }] = grant.targets;
  const { repositories, publicRepositories, ...roles } = await workspaceRoles(database, id);
  const everything = { reads: repositories, pushes: repositories };
  const nothing = { reads: 0, pushes: 0 };
  const public_ = { reads: publicRepositories, pushes: 0 };
  const members = await listMembers(database, id);
  const people: PersonInWorkspace[] = members.map(({ account, membership }) => ({
    account,
    membership,
    ...(account.state !== 'active'
      ? nothing
      : membership === 'owner'
        ? everything
        : (roles.people.get(account.id) ?? public_)),
  }));
  const isMember = new Set(members.map(({ account }) => account.id));
  for (const [accountId, reach] of roles.people) {
    const account = isMember.has(accountId) ? undefined : await findAccount(database, `{${accountId}}`);
    if (account === undefined) continue;
    people.push({ account, membership: null, ...(account.state === 'active' ? reach : nothing) });
  }
  const groups = (await listGroups(database, id)).map((group) => ({
    slug: group.slug,
    name: group.name,
    members: group.members.length,
    ...(roles.groups.get(group.id) ?? public_),
  }));
  return { repositories, publicRepositories, people, groups };
}

/** What a credential opens in a workspace. */
export interface OpenedPlace {
  /** Slug of a repository, or key of a project. */
  readonly name: string;
  readonly on: 'repository' | 'project';
  /** Of an access key: its number there and what it may do. */
  readonly key: { readonly number: number; readonly role: 'read' | 'write' } | null;
}

/** Where each of these credentials enters the grant's workspace, by credential id. */
export async function viewOpenedPlaces(
  services: Services,
  grant: Grant<'workspace.access'>,
  credentials: readonly Credential[],
): Promise<ReadonlyMap<string, readonly OpenedPlace[]>> {
  const { database } = services;
  const [{ id: workspaceId }] = grant.targets;
  const opened = new Map<string, OpenedPlace[]>();
  const repositoryNamed = async (id: string) => (await repositoryById(database, id))?.slug ?? id;
  for (const { id, owner } of credentials) {
    const places: OpenedPlace[] = [];
    if (owner.type === 'repository')
      places.push({ on: 'repository', name: await repositoryNamed(owner.id), key: null });
    for (const each of owner.type === 'places' ? await placesOfKey(database, id) : []) {
      if (each.workspaceId !== workspaceId) continue;
      const { on, id: placeId } = each.place;
      const name =
        on === 'repository'
          ? await repositoryNamed(placeId)
          : ((await projectById(database, placeId))?.key ?? placeId);
      places.push({ on, name, key: { number: each.id, role: each.role } });
    }
    opened.set(id, places);
  }
  return opened;
}
