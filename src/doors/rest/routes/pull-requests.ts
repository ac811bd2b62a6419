import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createPullRequest } from '../../../acts/pull-requests/create.ts';
import { declinePullRequest } from '../../../acts/pull-requests/decline.ts';
import { searchPullRequests } from '../../../acts/pull-requests/search.ts';
import { updatePullRequest } from '../../../acts/pull-requests/update.ts';
import {
  listOfPullRequests,
  viewPullRequest,
  type PullRequestGrant,
} from '../../../acts/pull-requests/view.ts';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { invalid } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { braced } from '../links.ts';
import { PullRequest, pullRequestObject } from '../objects/pull-request.ts';
import { fieldsParameter, numberedPage, pageOf, pageParameters, readWindow } from '../paging.ts';
import { isNamed, selectionOf } from '../partial.ts';
import { CHOICE_DESCRIPTION, pullRequestChoice, readPullRequestChoice } from '../pull-request-choice.ts';

/** Fewer than of other lists, as at Bitbucket Cloud, and above it is refused. */
export const MAXIMAL_PAGELEN = 50;

const End = z.object({
  branch: z.object({ name: z.string() }).nullish(),
  repository: z.object({ full_name: z.string().nullish(), uuid: z.string().nullish() }).nullish(),
});
const Reviewer = z.object({
  uuid: z.string().nullish(),
  account_id: z.string().nullish(),
  username: z.string().nullish(),
});

/** What clients send back of a pull request that they read passes: names that are not here are ignored. */
const Body = z
  .object({
    title: z.string().nullish(),
    description: z.string().nullish(),
    source: End.nullish().describe('The branch that is to be merged; it stays the same for good.'),
    destination: End.nullish().describe('The branch to merge into; the main branch if omitted.'),
    reviewers: z.array(Reviewer).nullish().describe('By uuid or account_id.'),
    close_source_branch: z.boolean().nullish(),
    draft: z.boolean().nullish(),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ description: 'A pull request, or the parts of it that are to change.' });

const One = z.object({ fields: fieldsParameter });
export const PullRequestParameters = RepositoryParameters.extend({
  id: z.string().describe('Number of the pull request.'),
});

/** The number in an address; what is none is that of nothing. */
export const numberIn = (text: string): number => (/^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0);
export const numberOf = ({ id }: z.infer<typeof PullRequestParameters>): number => numberIn(id);

export const PULL_REQUESTS = '/repositories/:workspace/:repository/pullrequests';

/** The pull request of a request, as the API shows it. */
export async function shownPullRequest(
  { services, linksOf }: Context,
  request: FastifyRequest,
  grant: PullRequestGrant,
  number: number,
): Promise<z.input<typeof PullRequest>> {
  const { pullRequest, people } = await viewPullRequest(services, grant, number);
  const repository = await viewRepository(services, grant);
  return pullRequestObject(linksOf(request), repository, pullRequest, people);
}

/** What is proposed for the branches of a repository. */
export function addPullRequestRoutes(app: Api, context: Context): void {
  const { services, linksOf } = context;
  const reading = policy('pull_request.read', toRepository);

  app.get(
    PULL_REQUESTS,
    {
      config: reading,
      schema: {
        summary: 'The pull requests of a repository, the newest first',
        description: `${CHOICE_DESCRIPTION} Reviewers and participants are left out unless fields asks for them, as in fields=%2Bvalues.reviewers.`,
        params: RepositoryParameters,
        querystring: z.object({ ...pageParameters, ...pullRequestChoice }),
        response: answers(pageOf(PullRequest)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.read');
      const window = readWindow(request.query, undefined, MAXIMAL_PAGELEN);
      const { keeps, ...chosen } = readPullRequestChoice(request.query);
      const query = { ...chosen, offset: window.offset, limit: window.pagelen };
      const { pullRequests, size, people } =
        keeps === undefined
          ? await listOfPullRequests(services, grant, query)
          : await searchPullRequests(services, grant, { ...query, keeps });
      const repository = await viewRepository(services, grant);
      const selection = selectionOf(request.query);
      const shows = {
        reviewers: isNamed(selection, 'values.reviewers'),
        participants: isNamed(selection, 'values.participants'),
      };
      const links = linksOf(request);
      const values = pullRequests.map((each) => pullRequestObject(links, repository, each, people, shows));
      return numberedPage(services.publicUrl, request, window, size, values);
    },
  );

  app.post(
    PULL_REQUESTS,
    {
      config: policy('pull_request.create', toRepository),
      schema: {
        summary: 'Create a pull request',
        description:
          'Source and destination are branches of this repository. Where there is an open pull request between them already, it is changed to what is sent, and answered.',
        params: RepositoryParameters,
        querystring: One,
        body: Body,
        response: { 201: PullRequest, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'pull_request.create');
      const [repository] = grant.targets;
      const { body } = request;
      refuseElsewhere(repository, body);
      const sourceBranch = body.source?.branch?.name;
      if (body.title == null) throw invalid('title', 'This field is required.');
      if (sourceBranch === undefined)
        throw invalid('source', 'You must specify a valid source branch when creating a pull request.');
      const { number } = await createPullRequest(services, grant, {
        title: body.title,
        sourceBranch,
        ...given(body),
      });
      const shown = await shownPullRequest(context, request, grant, number);
      return reply.code(201).header('location', shown.links.self.href).send(shown);
    },
  );

  app.get(
    `${PULL_REQUESTS}/:id`,
    {
      config: reading,
      schema: {
        summary: 'One pull request',
        params: PullRequestParameters,
        querystring: One,
        response: answers(PullRequest),
      },
    },
    (request) =>
      shownPullRequest(context, request, grantOf(request, 'pull_request.read'), numberOf(request.params)),
  );

  app.put(
    `${PULL_REQUESTS}/:id`,
    {
      config: policy('pull_request.update', toRepository),
      schema: {
        summary: 'Change an open pull request',
        description: 'Changes what is given and leaves the rest. The source branch stays.',
        params: PullRequestParameters,
        querystring: One,
        body: Body,
        response: answers(PullRequest),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.update');
      const number = numberOf(request.params);
      const { body } = request;
      refuseElsewhere(grant.targets[0], body);
      const { pullRequest } = await viewPullRequest(services, grant, number);
      const source = body.source?.branch?.name;
      if (source !== undefined && source !== pullRequest.sourceBranch) {
        throw invalid('source', 'The source branch of a pull request stays: create another pull request.');
      }
      await updatePullRequest(services, grant, number, {
        ...(body.title != null && { title: body.title }),
        ...given(body),
      });
      return shownPullRequest(context, request, grant, number);
    },
  );

  app.post(
    `${PULL_REQUESTS}/:id/decline`,
    {
      config: policy('pull_request.update', toRepository),
      schema: {
        summary: 'Decline a pull request',
        description: 'It is closed without being merged, and the branches stay.',
        params: PullRequestParameters,
        querystring: One,
        body: z
          .object({ reason: z.string().nullish(), message: z.string().nullish() })
          .nullish()
          .meta({ description: 'The reason, if there is one to be told; `message` is another name for it.' }),
        response: answers(PullRequest),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.update');
      const number = numberOf(request.params);
      await declinePullRequest(services, grant, number, request.body?.reason ?? request.body?.message ?? '');
      return shownPullRequest(context, request, grant, number);
    },
  );
}

type Sent = z.output<typeof Body>;

/** Without what is null, as clients in some languages send what they do not say. */
const given = ({ description, destination, reviewers, close_source_branch, draft }: Sent) => ({
  ...(description != null && { description }),
  ...(destination?.branch?.name !== undefined && { destinationBranch: destination.branch.name }),
  ...(reviewers != null && {
    reviewers: reviewers.map(({ uuid, account_id, username }) => uuid ?? account_id ?? username ?? ''),
  }),
  ...(close_source_branch != null && { closesSourceBranch: close_source_branch }),
  ...(draft != null && { isDraft: draft }),
});

/**
 * Nothing is looked up of another repository that somebody names: whether it exists is no matter of this one.
 */
function refuseElsewhere(
  {
    id,
    slug,
    workspace,
  }: { readonly id: string; readonly slug: string; readonly workspace: { readonly slug: string } },
  { source, destination }: Sent,
): void {
  const own = [`${workspace.slug}/${slug}`.toLowerCase(), braced(id), id];
  for (const [field, end] of [
    ['source', source],
    ['destination', destination],
  ] as const) {
    const { full_name, uuid } = end?.repository ?? {};
    const named = [full_name, uuid].flatMap((name) => (name == null ? [] : [name.toLowerCase()]));
    if (named.some((name) => !own.includes(name))) {
      throw invalid(
        field,
        'Source and destination are branches of one repository, as this host has no forks: leave the repository out, or name this one.',
      );
    }
  }
}
