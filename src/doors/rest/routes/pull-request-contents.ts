import { z } from 'zod';
import { commitsOfPullRequest, comparisonOf } from '../../../acts/pull-requests/contents.ts';
import { pullRequestOf } from '../../../acts/pull-requests/view.ts';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { viewStatuses } from '../../../acts/statuses/view.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { authorsOfCommits } from '../attribution.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { Commit, commitObject } from '../objects/commit.ts';
import { CommitStatus, commitStatusObject } from '../objects/commit-status.ts';
import {
  numberedPage,
  pageLink,
  pageOf,
  pageParameters,
  readPagelen,
  readWindow,
  slicePage,
} from '../paging.ts';
import { readPosition, writePosition } from '../position.ts';
import { numberOf, PULL_REQUESTS, PullRequestParameters } from './pull-requests.ts';

/** What is compared elsewhere, by the same name there. */
const COMPARISONS = [
  ['diff', 'What a pull request changes, as a unified diff'],
  ['diffstat', 'Which files a pull request changes, and by how many lines'],
  ['patch', 'The commits of a pull request as patches'],
] as const;

/** What a pull request brings, and how its builds went. */
export function addPullRequestContentRoutes(app: Api, { services, linksOf }: Context): void {
  const reading = policy('pull_request.read', toRepository);

  app.get(
    `${PULL_REQUESTS}/:id/commits`,
    {
      config: reading,
      schema: {
        summary: 'The commits of a pull request, the newest first',
        params: PullRequestParameters,
        querystring: z.object(pageParameters),
        response: answers(pageOf(Commit)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.read');
      const pagelen = readPagelen(request.query.pagelen);
      const { offset } = readPosition(request.query.page, pagelen);
      const pullRequest = await pullRequestOf(services, grant, numberOf(request.params));
      const window = { offset, limit: pagelen };
      const { commits, hasMore } = await commitsOfPullRequest(services, grant, pullRequest, window);
      const repository = await viewRepository(services, grant);
      const authors = await authorsOfCommits(services, grant, commits);
      const next = writePosition({ offset: offset + pagelen, include: [], exclude: [] });
      return {
        pagelen,
        ...(hasMore && { next: pageLink(services.publicUrl, request, next, pagelen) }),
        values: commits.map((commit) => commitObject(linksOf(request), repository, commit, authors)),
      };
    },
  );

  for (const [what, summary] of COMPARISONS) {
    app.get(
      `${PULL_REQUESTS}/:id/${what}`,
      {
        config: policy('pull_request.read', toRepository, 'bytes'),
        schema: {
          summary,
          description: `Leads to \`${what}\` of the two commits that it is between, with the same query.`,
          params: PullRequestParameters,
          response: { 302: z.undefined().describe('Where it is.'), default: ErrorEnvelope },
        },
      },
      async (request, reply) => {
        const grant = grantOf(request, 'pull_request.read');
        const [{ workspace, slug }] = grant.targets;
        const pullRequest = await pullRequestOf(services, grant, numberOf(request.params));
        const { before, after } = await comparisonOf(services, grant, pullRequest);
        const query = new URLSearchParams(request.originalUrl.split(/\?(.*)/s)[1]);
        // The common ancestor is in it already.
        for (const name of ['topic', 'merge']) query.delete(name);
        if (what !== 'patch') query.set('topic', 'false');
        const spec = linksOf(request).api('repositories', workspace.slug, slug, what, `${after}..${before}`);
        return reply.redirect(query.size === 0 ? spec : `${spec}?${query.toString()}`, 302);
      },
    );
  }

  app.get(
    `${PULL_REQUESTS}/:id/statuses`,
    {
      config: reading,
      schema: {
        summary: 'The build statuses of the newest commit of a pull request',
        params: PullRequestParameters,
        querystring: z.object(pageParameters),
        response: answers(pageOf(CommitStatus)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.read');
      const window = readWindow(request.query);
      const { sourceCommit } = await pullRequestOf(services, grant, numberOf(request.params));
      const statuses = await viewStatuses(services, grant, { id: sourceCommit });
      const repository = await viewRepository(services, grant);
      const values = slicePage(statuses, window).map((status) =>
        commitStatusObject(linksOf(request), repository, sourceCommit, status),
      );
      return numberedPage(services.publicUrl, request, window, statuses.length, values);
    },
  );
}
