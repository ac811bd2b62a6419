import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { listSourceCommits, viewCommit } from '../../../acts/source/commits.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { authorsOfCommits } from '../attribution.ts';
import { Commit, commitObject, SingleCommit, singleCommitObject } from '../objects/commit.ts';
import {
  pageLink,
  pageOf,
  pageParameters,
  readPagelen,
  readPosition,
  fieldsParameter,
  repeatable,
  writePosition,
} from '../paging.ts';

const COMMITS_PAGELEN = 30;

const listParameters = {
  include: repeatable.describe('Hashes, branches or tags whose history is listed.'),
  exclude: repeatable.describe('Hashes, branches or tags whose history is left out.'),
  path: z.string().optional().describe('Only commits that changed this file or folder.'),
};
const Query = z.object({ ...pageParameters, ...listParameters });
const Body = z
  .object({ ...listParameters, page: pageParameters.page, pagelen: pageParameters.pagelen })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ description: 'The parameters of the listing, where they are too long for an address.' });

type Parameters = z.infer<typeof Query>;

const list = (value: string | readonly string[] | undefined): readonly string[] => [value ?? []].flat();

export function addCommitRoutes(app: Api, context: Context): void {
  const { services, links } = context;
  const config = policy('source.read', toRepository);
  const response = answers(pageOf(Commit));
  const summary = 'Commits, newest first';

  app.get(
    '/repositories/:workspace/:repository/commits',
    { config, schema: { summary, params: RepositoryParameters, querystring: Query, response } },
    (request) => listing(context, request, request.query, undefined),
  );
  app.post(
    '/repositories/:workspace/:repository/commits',
    { config, schema: { summary, params: RepositoryParameters, querystring: Query, body: Body, response } },
    (request) => listing(context, request, joined(request.query, request.body), undefined),
  );

  // A revision may have slashes in its name, and both forms of them lead here.
  const params = RepositoryParameters.extend({ '*': z.string().describe('Hash, branch or tag.') });
  const ofRevision = { ...config, wildcard: '{revision}' };
  app.get(
    '/repositories/:workspace/:repository/commits/*',
    { config: ofRevision, schema: { summary, params, querystring: Query, response } },
    (request) => listing(context, request, request.query, request.params['*']),
  );
  app.post(
    '/repositories/:workspace/:repository/commits/*',
    { config: ofRevision, schema: { summary, params, querystring: Query, body: Body, response } },
    (request) => listing(context, request, joined(request.query, request.body), request.params['*']),
  );

  app.get(
    '/repositories/:workspace/:repository/commit/*',
    {
      config: { ...config, wildcard: '{commit}' },
      schema: {
        summary: 'One commit',
        params,
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(SingleCommit),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'source.read');
      const commit = await viewCommit(services, grant, withoutSlash(request.params['*']));
      const repository = await viewRepository(services, grant);
      const authors = await authorsOfCommits(services, grant, [commit]);
      return singleCommitObject(links, repository, commit, authors);
    },
  );
}

const withoutSlash = (text: string): string => text.replace(/\/$/, '');

/** The body adds to the query where a parameter is repeatable, and wins where it is not. */
const joined = (query: Parameters, body: z.infer<typeof Body>): Parameters => ({
  ...query,
  ...body,
  include: [...list(query.include), ...list(body.include)],
  exclude: [...list(query.exclude), ...list(body.exclude)],
});

async function listing(
  { services, links }: Context,
  request: FastifyRequest,
  parameters: Parameters,
  revision: string | undefined,
) {
  const grant = grantOf(request, 'source.read');
  const pagelen = readPagelen(parameters.pagelen, COMMITS_PAGELEN);
  const position = readPosition(parameters.page);
  const begun = position.include.length + position.exclude.length > 0;
  const named = revision === undefined ? '' : withoutSlash(revision);
  const include = [...(named === '' ? [] : [named]), ...list(parameters.include)];
  const { path } = parameters;
  const page = await listSourceCommits(services, grant, {
    include: begun ? position.include : include,
    exclude: begun ? position.exclude : list(parameters.exclude),
    ...(path !== undefined && { path }),
    offset: position.offset,
    limit: pagelen,
  });
  const repository = await viewRepository(services, grant);
  const authors = await authorsOfCommits(services, grant, page.commits);
  const next = writePosition({ ...page, offset: position.offset + pagelen });
  const carried = { include: list(parameters.include), exclude: list(parameters.exclude), path };
  return {
    pagelen,
    ...(page.hasMore && { next: pageLink(services.publicUrl, request, next, pagelen, carried) }),
    values: page.commits.map((commit) => commitObject(links, repository, commit, authors)),
  };
}
