import { z } from 'zod';
import type { RepositoryPage } from '../../../acts/repositories/view.ts';
import { braced, timestamp, type Links } from '../links.ts';
import { linksNamed, to } from './link.ts';
import { CondensedProject, condensedProjectObject } from './project.ts';
import { CondensedWorkspace, condensedWorkspaceObject, Team, teamObject } from './workspace.ts';

export type RepositoryData = RepositoryPage['repositories'][number];

/** A repository inside another object. */
export const CondensedRepository = z
  .object({
    type: z.literal('repository'),
    uuid: z.string(),
    name: z.string(),
    full_name: z.string(),
    links: linksNamed('self', 'html', 'avatar'),
  })
  .meta({ id: 'CondensedRepository' });

export const Repository = z
  .object({
    type: z.literal('repository'),
    uuid: z.string(),
    name: z.string(),
    slug: z.string(),
    full_name: z.string(),
    description: z.string(),
    website: z.string(),
    language: z.string(),
    scm: z.literal('git'),
    is_private: z.boolean(),
    has_wiki: z.boolean(),
    has_issues: z.boolean(),
    fork_policy: z.enum(['allow_forks', 'no_public_forks', 'no_forks']),
    created_on: z.string(),
    updated_on: z.string(),
    size: z.number().int().optional().describe('Bytes on the disk, a while ago.'),
    mainbranch: z
      .object({ type: z.literal('branch'), name: z.string() })
      .nullable()
      .describe('Null while the repository is empty.'),
    owner: Team,
    workspace: CondensedWorkspace,
    project: CondensedProject,
    parent: z.null(),
    links: linksNamed(
      'self',
      'html',
      'avatar',
      'commits',
      'branches',
      'tags',
      'source',
      'downloads',
      'pullrequests',
    ).extend({
      clone: z.array(z.object({ name: z.string(), href: z.string() })),
    }),
  })
  .meta({ id: 'Repository' });

export interface RepositoryGitData {
  readonly mainBranch: string | null;
  /** Bytes on the disk; undefined leaves it out. */
  readonly size?: number | undefined;
}

const common = (links: Links, repository: RepositoryData) => {
  const { workspace, slug } = repository;
  return {
    type: 'repository' as const,
    uuid: braced(repository.id),
    name: repository.name,
    full_name: `${workspace.slug}/${slug}`,
    links: {
      self: to(links.api('repositories', workspace.slug, slug)),
      html: to(links.page(workspace.slug, slug)),
      avatar: to(links.avatar(repository.id)),
    },
  };
};

export const condensedRepositoryObject = (
  links: Links,
  repository: RepositoryData,
): z.input<typeof CondensedRepository> => common(links, repository);

/**
 * @param data what only the Git data tell
 * @param username stands in the clone address over HTTPS where the asking credential belongs to an account
 */
export function repositoryObject(
  links: Links,
  repository: RepositoryData,
  { mainBranch, size }: RepositoryGitData,
  username: string | undefined,
): z.input<typeof Repository> {
  const base = common(links, repository);
  const { workspace, project, slug } = repository;
  const below = (...segments: string[]) => to(links.api('repositories', workspace.slug, slug, ...segments));
  return {
    ...base,
    slug,
    description: repository.description,
    website: repository.website,
    language: repository.language,
    scm: 'git',
    is_private: repository.isPrivate,
    has_wiki: repository.hasWiki,
    has_issues: false,
    fork_policy: repository.forkPolicy,
    created_on: timestamp(repository.createdAt),
    updated_on: timestamp(repository.updatedAt),
    ...(size !== undefined && { size }),
    mainbranch: mainBranch === null ? null : { type: 'branch', name: mainBranch },
    owner: teamObject(links, workspace),
    workspace: condensedWorkspaceObject(links, workspace),
    project: condensedProjectObject(links, workspace, project),
    parent: null,
    links: {
      ...base.links,
      commits: below('commits'),
      branches: below('refs', 'branches'),
      tags: below('refs', 'tags'),
      source: below('src'),
      downloads: below('downloads'),
      pullrequests: below('pullrequests'),
      clone: links.clone(repository, username),
    },
  };
}
