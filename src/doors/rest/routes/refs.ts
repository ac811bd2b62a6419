import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { viewRepository } from '../../../acts/repositories/view.ts';
import {
  listBranchesAndTags,
  listSourceRefs,
  viewSourceRef,
  type RefSort,
  type SourceRefPage,
  type SourceRefQuery,
} from '../../../acts/source/refs.ts';
import type { Grant } from '../../../gate/index.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { authorsOfRefs, behindRef } from '../attribution.ts';
import { Branch, branchObject, refObject, Tag, tagObject } from '../objects/ref.ts';
import { ListAnswers } from '../list-answer.ts';
import {
  filterParameters,
  numberedEnvelope,
  pageOf,
  pageParameters,
  readWindow,
  fieldsParameter,
  unsortable,
} from '../paging.ts';
import { parseFilter, passes } from '../query-language.ts';

const SORTS: Readonly<Record<string, RefSort>> = {
  name: 'name',
  '-name': '-name',
  'target.date': 'date',
  '-target.date': '-date',
};

const Query = z.object({ ...pageParameters, ...filterParameters });
type ListQuery = z.infer<typeof Query>;

const BranchOrTag = z.union([Branch, Tag]);

const One = z.object({ fields: fieldsParameter });
const NameParameters = RepositoryParameters.extend({ '*': z.string().describe('Name, slashes and all.') });
const description = 'Filters: name. Sorts by name and target.date.';

export function addRefRoutes(app: Api, context: Context): void {
  const { services, linksOf } = context;
  const config = policy('source.read', toRepository);

  // One for all lists: what a branch or tag is put into words as is the same in each.
  const lists = new ListAnswers(context, BranchOrTag);
  /** Answers with one page of what is read. */
  const listOf =
    (read: (grant: Grant<'source.read'>, query: SourceRefQuery) => Promise<SourceRefPage>) =>
    async (request: FastifyRequest<{ Querystring: ListQuery }>, reply: FastifyReply) => {
      const { query } = request;
      const grant = grantOf(request, 'source.read');
      const window = readWindow(query);
      const { refs, size } = await read(grant, {
        sort: readSort(query.sort),
        ...(query.q !== undefined && { matches: matcher(query.q) }),
        offset: window.offset,
        limit: window.pagelen,
      });
      const repository = await viewRepository(services, grant);
      const authors = await authorsOfRefs(services, grant, refs);
      const links = linksOf(request);
      const envelope = numberedEnvelope(services.publicUrl, request, window, size);
      lists.send(request, reply, {
        envelope,
        repository,
        authors,
        told: refs.map(({ kind, name, id, commit }) => [kind, name, id, commit?.id]),
        entries: () =>
          refs.map((ref) => ({
            told: [ref.kind, ref.name, ref.id, ref.commit?.id, behindRef(authors, ref)],
            value: () => refObject(links, repository, ref, authors),
          })),
      });
      return reply;
    };

  app.get(
    '/repositories/:workspace/:repository/refs',
    {
      config,
      schema: {
        summary: 'Branches, then tags',
        description,
        params: RepositoryParameters,
        querystring: Query,
        response: answers(pageOf(BranchOrTag)),
      },
    },
    listOf((grant, query) => listBranchesAndTags(services, grant, query)),
  );

  app.get(
    '/repositories/:workspace/:repository/refs/branches',
    {
      config,
      schema: {
        summary: 'Branches',
        description,
        params: RepositoryParameters,
        querystring: Query,
        response: answers(pageOf(Branch)),
      },
    },
    listOf((grant, query) => listSourceRefs(services, grant, 'branch', query)),
  );

  app.get(
    '/repositories/:workspace/:repository/refs/tags',
    {
      config,
      schema: {
        summary: 'Tags',
        description,
        params: RepositoryParameters,
        querystring: Query,
        response: answers(pageOf(Tag)),
      },
    },
    listOf((grant, query) => listSourceRefs(services, grant, 'tag', query)),
  );

  app.get(
    '/repositories/:workspace/:repository/refs/branches/*',
    {
      config: { ...config, wildcard: '{name}' },
      schema: { summary: 'A branch', params: NameParameters, querystring: One, response: answers(Branch) },
    },
    async (request) => {
      const grant = grantOf(request, 'source.read');
      const ref = await viewSourceRef(services, grant, 'branch', request.params['*']);
      const authors = await authorsOfRefs(services, grant, [ref]);
      return branchObject(linksOf(request), await viewRepository(services, grant), ref, authors);
    },
  );

  app.get(
    '/repositories/:workspace/:repository/refs/tags/*',
    {
      config: { ...config, wildcard: '{name}' },
      schema: { summary: 'A tag', params: NameParameters, querystring: One, response: answers(Tag) },
    },
    async (request) => {
      const grant = grantOf(request, 'source.read');
      const ref = await viewSourceRef(services, grant, 'tag', request.params['*']);
      const authors = await authorsOfRefs(services, grant, [ref]);
      return tagObject(linksOf(request), await viewRepository(services, grant), ref, authors);
    },
  );
}

function readSort(sort = 'name'): RefSort {
  const found = Object.hasOwn(SORTS, sort) ? SORTS[sort] : undefined;
  if (found === undefined) throw unsortable(sort);
  return found;
}

function matcher(q: string): (name: string) => boolean {
  const filter = parseFilter(q, ['name']);
  return (name) => passes(filter, () => name);
}
