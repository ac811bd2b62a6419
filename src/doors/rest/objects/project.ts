import { z } from 'zod';
import type { viewProject } from '../../../acts/workspaces/projects.ts';
import { braced, timestamp, type Links } from '../links.ts';
import { linksNamed, to } from './link.ts';
import {
  CondensedWorkspace,
  condensedWorkspaceObject,
  Team,
  teamObject,
  type WorkspaceIdentity,
} from './workspace.ts';

type ProjectData = Awaited<ReturnType<typeof viewProject>>;
export type ProjectIdentity = Pick<ProjectData, 'id' | 'key' | 'name'>;

/** A project inside another object. */
export const CondensedProject = z
  .object({
    type: z.literal('project'),
    key: z.string(),
    uuid: z.string(),
    name: z.string(),
    links: linksNamed('self', 'html', 'avatar'),
  })
  .meta({ id: 'CondensedProject' });

export const Project = CondensedProject.extend({
  description: z.string(),
  is_private: z.boolean().describe('Always true: what in it is public is said by its repositories.'),
  created_on: z.string(),
  updated_on: z.string(),
  owner: Team,
  workspace: CondensedWorkspace,
  links: linksNamed('self', 'html', 'avatar', 'repositories'),
}).meta({ id: 'Project' });

const common = (links: Links, workspace: string, { id, key, name }: ProjectIdentity) => ({
  type: 'project' as const,
  key,
  uuid: braced(id),
  name,
  links: {
    self: to(links.api('workspaces', workspace, 'projects', key)),
    html: to(links.page(workspace, '-', 'projects')),
    avatar: to(links.avatar(id)),
  },
});

export const condensedProjectObject = (
  links: Links,
  workspace: Pick<WorkspaceIdentity, 'slug'>,
  project: ProjectIdentity,
): z.input<typeof CondensedProject> => common(links, workspace.slug, project);

export function projectObject(
  links: Links,
  workspace: WorkspaceIdentity,
  project: ProjectData,
): z.input<typeof Project> {
  const base = common(links, workspace.slug, project);
  const inIt = encodeURIComponent(`project.key="${project.key}"`);
  return {
    ...base,
    description: project.description,
    is_private: true,
    created_on: timestamp(project.createdAt),
    updated_on: timestamp(project.updatedAt),
    owner: teamObject(links, workspace),
    workspace: condensedWorkspaceObject(links, workspace),
    links: { ...base.links, repositories: to(`${links.api('repositories', workspace.slug)}?q=${inIt}`) },
  };
}
