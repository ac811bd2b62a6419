import { z } from 'zod';
import type { ListedAccessKey } from '../../../acts/keys/access-key-list.ts';
import { timestamp, type Links } from '../links.ts';
import { linksNamed, to } from './link.ts';
import { CondensedProject, condensedProjectObject, type ProjectIdentity } from './project.ts';
import { CondensedRepository, condensedRepositoryObject, type RepositoryData } from './repository.ts';
import { momentOrNull } from './ssh-key.ts';

const common = {
  id: z.number().int(),
  key: z.string().describe('Type and key as a .pub file has them, without the comment.'),
  comment: z.string(),
  label: z.string(),
  created_on: z.string(),
  last_used: z.string().nullable(),
  expires_on: z.string().nullable().describe('Bitbucket Cloud’s keys do not expire.'),
  permission: z.enum(['read', 'write']).describe('Bitbucket Cloud’s keys read only.'),
  links: linksNamed('self'),
};

export const DeployKey = z
  .object({ type: z.literal('deploy_key'), ...common, repository: CondensedRepository })
  .meta({ id: 'DeployKey' });

export const ProjectDeployKey = z
  .object({ type: z.literal('project_deploy_key'), ...common, project: CondensedProject })
  .meta({ id: 'ProjectDeployKey' });

const commonObject = (listed: ListedAccessKey) => ({
  id: listed.id,
  key: listed.key.publicKey,
  comment: listed.key.comment,
  label: listed.label,
  created_on: timestamp(listed.createdAt),
  last_used: momentOrNull(listed.lastUsedAt),
  expires_on: momentOrNull(listed.expiresAt),
  permission: listed.role,
});

export function deployKeyObject(
  links: Links,
  repository: RepositoryData,
  listed: ListedAccessKey,
): z.input<typeof DeployKey> {
  const { workspace, slug } = repository;
  return {
    type: 'deploy_key',
    ...commonObject(listed),
    repository: condensedRepositoryObject(links, repository),
    links: { self: to(links.api('repositories', workspace.slug, slug, 'deploy-keys', String(listed.id))) },
  };
}

export const projectDeployKeyObject = (
  links: Links,
  workspace: string,
  project: ProjectIdentity,
  listed: ListedAccessKey,
): z.input<typeof ProjectDeployKey> => ({
  type: 'project_deploy_key',
  ...commonObject(listed),
  project: condensedProjectObject(links, { slug: workspace }, project),
  links: {
    self: to(links.api('workspaces', workspace, 'projects', project.key, 'deploy-keys', String(listed.id))),
  },
});
