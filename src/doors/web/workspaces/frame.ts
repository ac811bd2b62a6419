import type { Grant, WorkspaceFacts } from '../../../gate/index.ts';
import type { Crumb, RailProps, Tab } from '../pieces/index.ts';
import { workspacePath, workspaceTokensPath } from '../places.ts';

export type WorkspacePlace = 'repositories' | 'members' | 'groups' | 'projects' | 'access' | 'settings';

type WorkspaceGrant =
  | Grant<'repository.list'>
  | Grant<'workspace.members'>
  | Grant<'group.list'>
  | Grant<'project.list'>
  | Grant<'workspace.update'>
  | Grant<'repository.restore'>
  | Grant<'repository.create'>
  | Grant<'workspace.member.add'>
  | Grant<'workspace.member.remove'>
  | Grant<'group.change'>
  | Grant<'project.change'>
  | Grant<'consumer.list'>
  | Grant<'consumer.create'>
  | Grant<'consumer.update'>
  | Grant<'consumer.delete'>
  | Grant<'consumer.rotate'>
  | Grant<'project_access_key.list'>
  | Grant<'project_access_key.add'>
  | Grant<'workspace.access'>;

const TABS: readonly {
  readonly place: WorkspacePlace;
  readonly label: string;
  readonly below: string;
  readonly for: 'viewer' | 'member' | 'owner';
}[] = [
  { place: 'repositories', label: 'Repositories', below: '', for: 'viewer' },
  { place: 'members', label: 'Members', below: '/-/members', for: 'member' },
  { place: 'groups', label: 'Groups', below: '/-/groups', for: 'member' },
  { place: 'projects', label: 'Projects', below: '/-/projects', for: 'viewer' },
  { place: 'access', label: 'Access', below: '/-/access', for: 'owner' },
  { place: 'settings', label: 'Settings', below: '/-/settings', for: 'owner' },
];

export const isOwner = ({ membership }: WorkspaceFacts): boolean => membership === 'owner';

export const mayCreateRepositories = (facts: WorkspaceFacts): boolean =>
  isOwner(facts) || (facts.membership === 'member' && facts.membersMayCreateRepositories);

interface WorkspaceFrame {
  readonly workspace: string;
  readonly breadcrumbs: readonly Crumb[];
  readonly tabs: readonly Tab[];
}

/** Breadcrumbs and tabs of a workspace, with the tabs that whoever looks can open. */
export const workspaceFrame = (grant: WorkspaceGrant, current: WorkspacePlace): WorkspaceFrame =>
  frameOf(grant.targets[0], current);

/** The same by the facts of a grant's workspace. */
export function frameOf(facts: WorkspaceFacts, current: WorkspacePlace): WorkspaceFrame {
  const reaches = { viewer: true, member: facts.membership !== null, owner: isOwner(facts) };
  return {
    workspace: facts.slug,
    breadcrumbs: [{ label: facts.name, href: workspacePath(facts.slug) }],
    tabs: TABS.filter((tab) => reaches[tab.for]).map((tab) => ({
      label: tab.label,
      href: workspacePath(facts.slug, tab.below),
      current: tab.place === current,
    })),
  };
}

/** The left rail of the settings of a workspace. */
export function workspaceRail(
  slug: string,
  current: 'general' | 'tokens' | 'consumers' | 'deleted',
): RailProps {
  return {
    title: 'Workspace settings',
    groups: [
      {
        items: [
          { label: 'General', href: workspacePath(slug, '/-/settings'), current: current === 'general' },
          { label: 'Access tokens', href: workspaceTokensPath(slug), current: current === 'tokens' },
          {
            label: 'OAuth consumers',
            href: workspacePath(slug, '/-/oauth-consumers'),
            current: current === 'consumers',
          },
          {
            label: 'Deleted repositories',
            href: workspacePath(slug, '/-/deleted'),
            current: current === 'deleted',
          },
        ],
      },
    ],
  };
}
