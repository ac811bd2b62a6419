import { listLivingCredentials, type Credential } from '../../credentials/index.ts';
import { openForReading } from '../../git/open.ts';
import { listRefs } from '../../git/ref-list.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import {
  listProjects,
  pageOfGroups,
  pageOfMembers,
  workspacesOf,
  type CountedGroup,
  type Project,
} from '../../hosting/index.ts';
import type { Services } from '../../services.ts';

const MOST_BRANCHES = 500;

/** What the settings of a repository can be set to: its branches, and the projects of its workspace. */
export async function viewSettingsChoices(
  services: Services,
  grant: Grant<'repository.update'>,
): Promise<{ readonly branches: readonly string[]; readonly projects: readonly Project[] }> {
  const handle = await openForReading(services.storage, grant);
  const { refs } = await listRefs(services, handle, {
    prefix: 'refs/heads/',
    offset: 0,
    limit: MOST_BRANCHES,
  });
  return {
    branches: refs.map(({ name }) => name),
    projects: await listProjects(services.database, grant.targets[0].workspace.id),
  };
}

/** The other workspaces in which the asker may create repositories: where this one can go. */
export async function viewTransferChoices(
  services: Services,
  grant: Grant<'repository.settings'>,
): Promise<readonly { readonly slug: string; readonly name: string }[]> {
  const account = accountOf(grant.principal);
  if (account === null) return [];
  const own = await workspacesOf(services.database, account.id);
  return own.filter(
    ({ id, membership, membersMayCreateRepositories }) =>
      id !== grant.targets[0].workspace.id && (membership === 'owner' || membersMayCreateRepositories),
  );
}

/** The first of those who are admins as owners of the workspace, and of the groups that a role can be given to; and how many there are. */
export interface RoleCandidates {
  readonly owners: readonly { readonly username: string; readonly displayName: string }[];
  readonly ownersInAll: number;
  readonly groups: readonly CountedGroup[];
  readonly groupsInAll: number;
}

const FIRST = { named: '', offset: 0, limit: 4 };

export async function viewRoleCandidates(
  { database }: Services,
  grant: Grant<'role.list'>,
): Promise<RoleCandidates> {
  const { id } = grant.targets[0].workspace;
  const owners = await pageOfMembers(database, id, { ...FIRST, membership: 'owner' });
  const groups = await pageOfGroups(database, id, FIRST);
  return {
    owners: owners.members.map(({ account }) => account),
    ownersInAll: owners.size,
    groups: groups.groups,
    groupsInAll: groups.size,
  };
}

/** The access tokens that end when the repository is deleted or moved, those used last first. */
export async function viewEndingTokens(
  services: Services,
  grant: Grant<'repository.delete'> | Grant<'repository.transfer'>,
): Promise<readonly Credential[]> {
  await services.writeUses();
  const [{ id }] = grant.targets;
  const all = await listLivingCredentials(
    services.database,
    { owner: { type: 'repository', id } },
    services.clock(),
  );
  return all.toSorted((a, b) => (b.lastUsedAt ?? 0) - (a.lastUsedAt ?? 0));
}
