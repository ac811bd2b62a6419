import { z } from 'zod';
import type { CommitStatus as CommitStatusData } from '../../../acts/statuses/view.ts';
import { timestamp, type Links } from '../links.ts';
import { CommitReference, commitReference } from './commit.ts';
import { linksNamed, to } from './link.ts';
import { CondensedRepository, condensedRepositoryObject, type RepositoryData } from './repository.ts';

export const CommitStatus = z
  .object({
    type: z.literal('build'),
    key: z.string(),
    state: z.enum(['SUCCESSFUL', 'FAILED', 'INPROGRESS', 'STOPPED']),
    name: z.string(),
    url: z.string(),
    description: z.string(),
    refname: z.string().nullable().describe('The branch or tag that was built, as it was given.'),
    created_on: z.string(),
    updated_on: z.string(),
    commit: CommitReference,
    repository: CondensedRepository,
    links: linksNamed('self', 'commit'),
  })
  .meta({ id: 'CommitStatus' });

/** @param commit full hash */
export function commitStatusObject(
  links: Links,
  repository: RepositoryData,
  commit: string,
  { key, state, name, url, description, refname, createdAt, updatedAt }: CommitStatusData,
): z.input<typeof CommitStatus> {
  const { workspace, slug } = repository;
  const ofCommit = ['repositories', workspace.slug, slug, 'commit', commit];
  return {
    type: 'build',
    key,
    state,
    name,
    url,
    description,
    refname,
    created_on: timestamp(createdAt),
    updated_on: timestamp(updatedAt),
    commit: commitReference(links, repository, commit),
    repository: condensedRepositoryObject(links, repository),
    links: {
      self: to(links.api(...ofCommit, 'statuses', 'build', key)),
      commit: to(links.api(...ofCommit)),
    },
  };
}
