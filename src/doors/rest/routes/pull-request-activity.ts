import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { pageOfHappenings, type HappeningPosition } from '../../../acts/pull-requests/happenings.ts';
import { pullRequestOf } from '../../../acts/pull-requests/view.ts';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { PullRequestActivity, pullRequestActivityObject } from '../objects/pull-request-activity.ts';
import { pageLink, pageOf, pageParameters, readPagelen } from '../paging.ts';
import { numberOf, PULL_REQUESTS, PullRequestParameters } from './pull-requests.ts';

/** What the database counts to. */
const LAST_ID = 2 ** 31 - 1;

const Query = z.object(pageParameters);

/** What happened to pull requests, the newest first. */
export function addPullRequestActivityRoutes(app: Api, { services, linksOf }: Context): void {
  const config = policy('pull_request.read', toRepository);
  const response = answers(pageOf(PullRequestActivity));
  const summary = 'What happened to';

  const list = async (
    request: FastifyRequest<{ Querystring: z.output<typeof Query> }>,
    number: number | undefined,
  ) => {
    const grant = grantOf(request, 'pull_request.read');
    const pagelen = readPagelen(request.query.pagelen);
    const from = readPosition(request.query.page);
    if (number !== undefined) await pullRequestOf(services, grant, number);
    const page = await pageOfHappenings(services, grant, number, { from, limit: pagelen });
    const { happenings, next, pullRequests, people } = page;
    const repository = await viewRepository(services, grant);
    const links = linksOf(request);
    const values = happenings.flatMap((happening) => {
      const about = happening.type === 'activity' ? happening.activity : happening.comment;
      const pullRequest = pullRequests.get(about.number);
      return pullRequest === undefined
        ? []
        : [pullRequestActivityObject(links, repository, pullRequest, happening, people)];
    });
    return {
      pagelen,
      ...(next !== undefined && {
        next: pageLink(services.publicUrl, request, writePosition(next), pagelen),
      }),
      values,
    };
  };

  app.get(
    `${PULL_REQUESTS}/activity`,
    {
      config,
      schema: {
        summary: `${summary} the pull requests of a repository`,
        params: RepositoryParameters,
        querystring: Query,
        response,
      },
    },
    (request) => list(request, undefined),
  );
  app.get(
    `${PULL_REQUESTS}/:id/activity`,
    {
      config,
      schema: {
        summary: `${summary} a pull request`,
        params: PullRequestParameters,
        querystring: Query,
        response,
      },
    },
    (request) => list(request, numberOf(request.params)),
  );
}

const writePosition = ({ activity, comment }: HappeningPosition): string =>
  Buffer.from(`${activity}:${comment}`).toString('base64url');

/** What `writePosition` wrote; undefined for the first page. Throws `Problem` for what is neither. */
function readPosition(text: string | undefined): HappeningPosition | undefined {
  if (text === undefined || text === '1') return undefined;
  const written = Buffer.from(text, 'base64url').toString('latin1');
  const ids = /^(\d{1,10}):(\d{1,10})$/.exec(written)?.slice(1).map(Number);
  const [activity, comment] = ids ?? [];
  if (activity === undefined || comment === undefined || activity > LAST_ID || comment > LAST_ID)
    throw new Problem('invalid', 'Invalid page');
  return { activity, comment };
}
