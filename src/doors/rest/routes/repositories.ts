import { z } from 'zod';
import { deleteRepository } from '../../../acts/repositories/remove.ts';
import {
  listVisibleRepositories,
  viewDefaultBranches,
  viewRepository,
  viewRepositoryData,
  viewSizes,
} from '../../../acts/repositories/view.ts';
import { accountOf, type Grant, type PrincipalData, type Role } from '../../../gate/index.ts';
import type { Services } from '../../../services.ts';
import { grantOf, toRepository, toWorkspace } from '../../shared/policy.ts';
import {
  answers,
  policy,
  RepositoryParameters,
  WorkspaceParameters,
  type Api,
  type Context,
} from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { braced } from '../links.ts';
import { Repository, repositoryObject, type RepositoryData } from '../objects/repository.ts';
import {
  filterParameters,
  numberedPage,
  pageOf,
  pageParameters,
  readWindow,
  fieldsParameter,
  type Window,
  unsortable,
} from '../paging.ts';
import { isAsked, selectionOf, type Selection } from '../partial.ts';
import { RenderedAnswers, sendRendered } from '../rendered-answers.ts';
import { parseFilter, passes, type FieldValue, type Filter } from '../query-language.ts';

/** How many rows are looked at at once where a filter decides which of them are shown. */
const SCANNED_AT_ONCE = 500;

const ROLE: Readonly<Record<'member' | 'contributor' | 'admin' | 'owner', Role>> = {
  member: 'read',
  contributor: 'write',
  admin: 'admin',
  owner: 'admin',
};

const SORT = {
  name: 'slug',
  slug: 'slug',
  full_name: 'slug',
  created_on: 'created_at',
  updated_on: 'updated_at',
} as const;

const FIELDS: Readonly<Record<string, (repository: RepositoryData) => FieldValue>> = {
  name: ({ name }) => name,
  slug: ({ slug }) => slug,
  full_name: ({ workspace, slug }) => `${workspace.slug}/${slug}`,
  description: ({ description }) => description,
  language: ({ language }) => language,
  website: ({ website }) => website,
  uuid: ({ id }) => braced(id),
  scm: () => 'git',
  is_private: ({ isPrivate }) => isPrivate,
  has_wiki: ({ hasWiki }) => hasWiki,
  fork_policy: ({ forkPolicy }) => forkPolicy,
  'project.key': ({ project }) => project.key,
  'project.name': ({ project }) => project.name,
  created_on: ({ createdAt }) => new Date(createdAt),
  updated_on: ({ updatedAt }) => new Date(updatedAt),
};

const TIMES = ['created_on', 'updated_on'];

/** The user name that stands in clone addresses; a token's has none. */
export const cloneUser = (principal: PrincipalData): string | undefined => accountOf(principal)?.username;

export function addRepositoryRoutes(app: Api, { services, linksOf }: Context): void {
  const rendered = new RenderedAnswers();
  app.get(
    '/repositories/:workspace',
    {
      config: policy('repository.list', toWorkspace),
      schema: {
        summary: 'The repositories of a workspace that the credential may see',
        description: `Filters: ${Object.keys(FIELDS).join(', ')}. Sorts by ${Object.keys(SORT).join(', ')}.`,
        params: WorkspaceParameters,
        querystring: z.object({
          ...pageParameters,
          ...filterParameters,
          role: z.enum(['member', 'contributor', 'admin', 'owner']).optional(),
        }),
        response: answers(pageOf(Repository)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'repository.list');
      const { q, role, sort } = request.query;
      const window = readWindow(request.query);
      const query = {
        sort: readSort(sort),
        ...(role !== undefined && { role: ROLE[role] }),
        ...(q !== undefined && { filter: parseFilter(q, Object.keys(FIELDS), TIMES) }),
      };
      const { repositories, size } = await listMatching(services, grant, query, window);
      const user = cloneUser(grant.principal);
      const links = linksOf(request);
      const { branches, sizes } = await gitDataOf(services, grant, repositories, selectionOf(request.query));
      const values = repositories.map((repository) => {
        const { id } = repository;
        return repositoryObject(
          links,
          repository,
          { mainBranch: branches?.get(id) ?? null, size: sizes?.get(id) },
          user,
        );
      });
      return numberedPage(services.publicUrl, request, window, size, values);
    },
  );

  app.get(
    '/repositories/:workspace/:repository',
    {
      config: policy('source.read', toRepository),
      schema: {
        summary: 'A repository',
        params: RepositoryParameters,
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(Repository),
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'source.read');
      const repository = await viewRepository(services, grant);
      const data = await viewRepositoryData(services, grant);
      const user = cloneUser(grant.principal);
      const links = linksOf(request);
      const answer = rendered.of(
        [links.prefix, repository, data, user],
        () => reply.serializeInput(repositoryObject(links, repository, data, user), '200') as string,
      );
      sendRendered(request, reply, answer);
      return reply;
    },
  );

  app.delete(
    '/repositories/:workspace/:repository',
    {
      config: policy('repository.delete', toRepository, 'bytes'),
      schema: {
        summary: 'Delete a repository',
        params: RepositoryParameters,
        response: { 204: z.undefined().describe('It is gone.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      await deleteRepository(services, grantOf(request, 'repository.delete'));
      // Clients look into the content type of an answer without a body, too.
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}

function readSort(sort = 'slug'): { by: (typeof SORT)[keyof typeof SORT]; descending: boolean } {
  const name = sort.replace(/^-/, '');
  if (!Object.hasOwn(SORT, name)) throw unsortable(sort);
  return { by: SORT[name as keyof typeof SORT], descending: sort.startsWith('-') };
}

/** What only the Git data tell of each, as far as it is shown. */
async function gitDataOf(
  services: Services,
  grant: Grant<'repository.list'>,
  repositories: readonly RepositoryData[],
  selection: Selection | undefined,
) {
  const [branches, sizes] = await Promise.all([
    isAsked(selection, 'values.mainbranch') ? viewDefaultBranches(services, grant, repositories) : undefined,
    isAsked(selection, 'values.size') ? viewSizes(services, grant, repositories) : undefined,
  ]);
  return { branches, sizes };
}

interface Query {
  readonly sort: ReturnType<typeof readSort>;
  readonly role?: Role;
  readonly filter?: Filter;
}

/** With a filter every visible row is looked at, some at a time, and only those of the page are held. */
async function listMatching(
  services: Services,
  grant: Grant<'repository.list'>,
  { filter, ...query }: Query,
  { offset, pagelen }: Window,
): Promise<{ repositories: RepositoryData[]; size: number }> {
  if (filter === undefined) {
    return listVisibleRepositories(services, grant, { ...query, offset, limit: pagelen });
  }
  const repositories: RepositoryData[] = [];
  let size = 0;
  for (let scanned = 0; ; scanned += SCANNED_AT_ONCE) {
    const page = await listVisibleRepositories(services, grant, {
      ...query,
      offset: scanned,
      limit: SCANNED_AT_ONCE,
    });
    for (const repository of page.repositories) {
      if (!passes(filter, (field) => FIELDS[field]?.(repository) ?? null)) continue;
      if (size >= offset && repositories.length < pagelen) repositories.push(repository);
      size += 1;
    }
    if (scanned + SCANNED_AT_ONCE >= page.size) return { repositories, size };
  }
}
