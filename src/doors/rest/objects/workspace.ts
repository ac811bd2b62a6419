import { z } from 'zod';
import type { viewMembers } from '../../../acts/workspaces/members.ts';
import type { viewWorkspace } from '../../../acts/workspaces/workspaces.ts';
import { braced, timestamp, type Links } from '../links.ts';
import { User, userObject } from './account.ts';
import { Link, linksNamed, to } from './link.ts';

type WorkspaceData = Awaited<ReturnType<typeof viewWorkspace>>;
type MemberData = Awaited<ReturnType<typeof viewMembers>>[number];
export type WorkspaceIdentity = Pick<WorkspaceData, 'id' | 'slug' | 'name'>;

/** A workspace inside another object. */
export const CondensedWorkspace = z
  .object({
    type: z.literal('workspace'),
    uuid: z.string(),
    name: z.string(),
    slug: z.string(),
    links: linksNamed('self', 'html', 'avatar'),
  })
  .meta({ id: 'CondensedWorkspace' });

/** A workspace as the owner of a repository: Bitbucket goes on calling it a team there, with the words of an account. */
export const Team = z
  .object({
    type: z.literal('team'),
    uuid: z.string(),
    username: z.string(),
    display_name: z.string(),
    links: linksNamed('self', 'html', 'avatar'),
  })
  .meta({ id: 'Team' });

export const Workspace = z
  .object({
    type: z.literal('workspace'),
    uuid: z.string(),
    name: z.string(),
    slug: z.string(),
    is_private: z.boolean(),
    is_privacy_enforced: z.boolean(),
    forking_mode: z.enum(['allow_forks', 'internal_only', 'disallow_forks']),
    created_on: z.string(),
    links: linksNamed('self', 'html', 'avatar', 'repositories', 'members', 'projects'),
  })
  .meta({ id: 'Workspace' });

export const WorkspaceMembership = z
  .object({
    type: z.literal('workspace_membership'),
    user: User,
    workspace: CondensedWorkspace,
    links: linksNamed('self'),
  })
  .meta({ id: 'WorkspaceMembership' });

export const WorkspaceAccess = z
  .object({
    type: z.literal('workspace_access'),
    administrator: z.boolean(),
    workspace: z.object({
      type: z.literal('workspace_base'),
      uuid: z.string(),
      slug: z.string(),
      links: z.object({ self: Link, avatar: Link }),
    }),
  })
  .meta({ id: 'WorkspaceAccess' });

const common = (links: Links, { id, slug, name }: WorkspaceIdentity) => ({
  type: 'workspace' as const,
  uuid: braced(id),
  name,
  slug,
  links: {
    self: to(links.api('workspaces', slug)),
    html: to(links.page(slug)),
    avatar: to(links.avatar(id)),
  },
});

export const condensedWorkspaceObject = (
  links: Links,
  workspace: WorkspaceIdentity,
): z.input<typeof CondensedWorkspace> => common(links, workspace);

export const teamObject = (links: Links, workspace: WorkspaceIdentity): z.input<typeof Team> => {
  const { uuid, slug, name, links: shown } = common(links, workspace);
  return { type: 'team', uuid, username: slug, display_name: name, links: shown };
};

export const workspaceObject = (links: Links, workspace: WorkspaceData): z.input<typeof Workspace> => {
  const base = common(links, workspace);
  return {
    ...base,
    is_private: true,
    is_privacy_enforced: false,
    forking_mode: 'allow_forks',
    created_on: timestamp(workspace.createdAt),
    links: {
      ...base.links,
      repositories: to(links.api('repositories', workspace.slug)),
      members: to(links.api('workspaces', workspace.slug, 'members')),
      projects: to(links.api('workspaces', workspace.slug, 'projects')),
    },
  };
};

export const membershipObject = (
  links: Links,
  workspace: WorkspaceIdentity,
  { account }: MemberData,
): z.input<typeof WorkspaceMembership> => ({
  type: 'workspace_membership',
  user: userObject(links, account),
  workspace: condensedWorkspaceObject(links, workspace),
  links: { self: to(links.api('workspaces', workspace.slug, 'members', braced(account.id))) },
});

export const workspaceAccessObject = (
  links: Links,
  workspace: WorkspaceIdentity & { readonly isOwner: boolean },
): z.input<typeof WorkspaceAccess> => {
  const { uuid, slug, links: shown } = common(links, workspace);
  return {
    type: 'workspace_access',
    administrator: workspace.isOwner,
    workspace: { type: 'workspace_base', uuid, slug, links: { self: shown.self, avatar: shown.avatar } },
  };
};
