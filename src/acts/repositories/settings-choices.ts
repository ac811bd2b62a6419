import { listLivingCredentials, type Credential } from '../../credentials/index.ts';
import { openForReading } from '../../git/open.ts';
import { listRefs } from '../../git/ref-list.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import {
  pageOfCreatable,
  pageOfGroups,
  pageOfMembers,
  type CountedGroup,
  type Project,
  type Workspace,
} from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { offer, type Searched } from '../offered.ts';
import { offerProjects } from '../workspaces/projects.ts';

/** What the settings of a repository can be set to: its branches, and the projects of its workspace. */
export async function viewSettingsChoices(
  services: Services,
  grant: Grant<'repository.update'>,
  /** What names none, to be shown what is like it. */
  typed: { readonly branch: string; readonly project: string },
): Promise<{ readonly branches: Searched<string>; readonly projects: Searched<Project> }> {
  const handle = await openForReading(services.storage, grant);
  return {
    branches: await offer(async ({ named, ...window }) => {
      const letters = named.toLowerCase();
      const { refs, total } = await listRefs(services, handle, {
        prefix: 'refs/heads/',
        ...(letters !== '' && { matches: (name) => name.toLowerCase().includes(letters) }),
        ...window,
      });
      return { rows: refs.map(({ name }) => name), size: total };
    }, typed.branch),
    projects: await offerProjects(services, grant, typed.project),
  };
}

type Named = Pick<Workspace, 'slug' | 'name'>;

/**
 * The other workspaces in which the asker may create repositories: where this one can go. With the one that was `typed`, and
 * where there is none of this name those like it.
 */
export async function viewTransferChoices(
  { database }: Services,
  grant: Grant<'repository.settings'>,
  typed: string,
): Promise<Searched<Named> & { readonly chosen: Named | undefined }> {
  const account = accountOf(grant.principal);
  const offered = await offer(async (which) => {
    if (account === null) return { rows: [], size: 0 };
    const here = grant.targets[0].workspace.id;
    const { workspaces, size } = await pageOfCreatable(database, account.id, here, which);
    return { rows: workspaces, size };
  }, typed);
  const slug = typed.toLowerCase();
  const chosen = offered.like.rows.find((each) => each.slug.toLowerCase() === slug);
  return { ...offered, chosen };
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
