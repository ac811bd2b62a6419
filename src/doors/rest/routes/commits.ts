import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { listSourceCommits, viewCommit, type Commit as CommitData } from '../../../acts/source/commits.ts';
import type { Grant } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { authorsOfCommits, behind } from '../attribution.ts';
import { Commit, commitObject, SingleCommit, singleCommitObject } from '../objects/commit.ts';
import { ListAnswers } from '../list-answer.ts';
import { pageLink, pageOf, pageParameters, readPagelen, fieldsParameter, repeatable } from '../paging.ts';
import { digestOfAsked, readPosition, writePosition, type Position } from '../position.ts';
import { digestOf } from '../rendered-answers.ts';

const COMMITS_PAGELEN = 30;
/** As much as proxies and clients take everywhere. What was sent in a body and is longer is sent in one again. */
const LONGEST_ADDRESS = 4000;
const BODY_MISSING =
  'This page goes on with a listing that was asked for by POST with more than fits into an address: send the same body by POST to this address.';

const listParameters = {
  include: repeatable.describe('Hashes, branches or tags whose history is listed.'),
  exclude: repeatable.describe('Hashes, branches or tags whose history is left out.'),
  path: z.string().optional().describe('Only commits that changed this file or folder.'),
};
const Query = z.object({
  ...pageParameters,
  ...listParameters,
  sort: repeatable.describe('Changes nothing: the newest come first.'),
});
/** In JSON a number is one. */
const written = z.union([z.string(), z.number()]).optional();
const Body = z
  .object({
    ...listParameters,
    page: written.describe('As in the address.'),
    pagelen: written.describe('As in the address.'),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ description: 'The parameters of the listing, where they are too long for an address.' });

/** What is below a commit in Bitbucket and led to no route of its own; the commit is named before it. */
const BELOW_A_COMMIT =
  /^(.+)\/(?:approve|pullrequests|comments(?:\/\d+)?|properties\/[^/]+\/[^/]+|statuses(?:\/build(?:\/[^/]+)?)?|reports(?:\/[^/]+(?:\/annotations(?:\/[^/]+)?)?)?)$/;

type Parameters = z.infer<typeof Query>;

const every = (value: string | readonly string[] | undefined): readonly string[] => [value ?? []].flat();

export function addCommitRoutes(app: Api, context: Context): void {
  const { services, linksOf } = context;
  const lists = new ListAnswers(context, Commit);
  const list = (request: FastifyRequest, reply: FastifyReply, parameters: Parameters, revision?: string) =>
    sendListing(context, lists, { request, reply, parameters, revision });
  const config = policy('source.read', toRepository);
  const response = answers(pageOf(Commit));
  const summary = 'Commits, newest first';

  app.get(
    '/repositories/:workspace/:repository/commits',
    { config, schema: { summary, params: RepositoryParameters, querystring: Query, response } },
    async (request, reply) => {
      await list(request, reply, request.query);
      return reply;
    },
  );
  app.post(
    '/repositories/:workspace/:repository/commits',
    { config, schema: { summary, params: RepositoryParameters, querystring: Query, body: Body, response } },
    async (request, reply) => {
      await list(request, reply, joined(request.query, request.body));
      return reply;
    },
  );

  // A revision may have slashes in its name, and both forms of them lead here.
  const params = RepositoryParameters.extend({ '*': z.string().describe('Hash, branch or tag.') });
  const ofRevision = { ...config, wildcard: '{revision}' };
  app.get(
    '/repositories/:workspace/:repository/commits/*',
    { config: ofRevision, schema: { summary, params, querystring: Query, response } },
    async (request, reply) => {
      await list(request, reply, request.query, request.params['*']);
      return reply;
    },
  );
  app.post(
    '/repositories/:workspace/:repository/commits/*',
    { config: ofRevision, schema: { summary, params, querystring: Query, body: Body, response } },
    async (request, reply) => {
      await list(request, reply, joined(request.query, request.body), request.params['*']);
      return reply;
    },
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
      const commit = await commitNamed(services, grant, withoutSlash(request.params['*']));
      const repository = await viewRepository(services, grant);
      const authors = await authorsOfCommits(services, grant, [commit]);
      return singleCommitObject(linksOf(request), repository, commit, authors);
    },
  );
}

/** Names of branches come first: one may end as what is below a commit does. */
async function commitNamed(
  services: Services,
  grant: Grant<'source.read'>,
  name: string,
): Promise<CommitData> {
  try {
    return await viewCommit(services, grant, name);
  } catch (error) {
    const above = BELOW_A_COMMIT.exec(name)?.[1];
    if (above === undefined || !(error instanceof Problem) || error.code !== 'not_found') throw error;
    await viewCommit(services, grant, above);
    throw new Problem('not_found', 'Resource not found');
  }
}

const withoutSlash = (text: string): string => text.replace(/\/$/, '');

/** The body adds to the query where a parameter is repeatable, and wins where it is not. */
const joined = (
  query: Parameters,
  { page = query.page, pagelen = query.pagelen, ...body }: z.infer<typeof Body>,
): Parameters => ({
  ...query,
  ...body,
  ...(page !== undefined && { page: String(page) }),
  ...(pagelen !== undefined && { pagelen: String(pagelen) }),
  include: [...every(query.include), ...every(body.include)],
  exclude: [...every(query.exclude), ...every(body.exclude)],
});

const askedFor = ({ include, exclude, path }: Parameters) => ({
  include: every(include),
  exclude: every(exclude),
  path,
});

interface Listing {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly parameters: Parameters;
  readonly revision: string | undefined;
}

async function sendListing(
  context: Context,
  lists: ListAnswers,
  { request, reply, parameters, revision }: Listing,
): Promise<void> {
  const { services, linksOf } = context;
  const grant = grantOf(request, 'source.read');
  const pagelen = readPagelen(parameters.pagelen, COMMITS_PAGELEN);
  const position = readPosition(parameters.page, pagelen);
  const asked = askedFor(parameters);
  if (position.of !== undefined && position.of !== digestOfAsked(asked))
    throw new Problem('invalid', BODY_MISSING);
  const begun = position.include.length + position.exclude.length > 0;
  const named = revision === undefined ? '' : withoutSlash(revision);
  const include = [...(named === '' ? [] : [named]), ...asked.include];
  const { path } = parameters;
  const page = await listSourceCommits(services, grant, {
    include: begun ? position.include : include,
    exclude: begun ? position.exclude : asked.exclude,
    ...(path !== undefined && { path }),
    offset: position.offset,
    limit: pagelen,
  });
  const repository = await viewRepository(services, grant);
  const authors = await authorsOfCommits(services, grant, page.commits);
  const linkTo = (to: Position, carried = {}) =>
    pageLink(services.publicUrl, request, writePosition(to), pagelen, carried);
  const next = (): string => {
    const to = { ...page, offset: position.offset + pagelen };
    const link = linkTo(to, asked);
    return link.length <= LONGEST_ADDRESS ? link : linkTo({ ...to, of: digestOfAsked(asked) });
  };
  const envelope = { pagelen, ...(page.hasMore && { next: next() }) };
  const links = linksOf(request);
  lists.send(request, reply, {
    envelope,
    repository,
    authors,
    told: digestOf(page.commits, () => page.commits.map(({ id }) => id).join()),
    entries: () =>
      page.commits.map((commit) => ({
        told: [commit.id, ...behind(authors, commit)],
        value: () => commitObject(links, repository, commit, authors),
      })),
  });
}
