import { z } from 'zod';
import { MOST_ASKED, pullRequestsOfCommit } from '../../../acts/pull-requests/of-commit.ts';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { viewCommit } from '../../../acts/source/commits.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { PullRequest, pullRequestObject } from '../objects/pull-request.ts';
import { numberedPage, pageOf, pageParameters, readWindow } from '../paging.ts';
import { MAXIMAL_PAGELEN } from './pull-requests.ts';

const PAGELEN = 30;

/** By which pull requests a commit came, or is to come. */
export function addCommitPullRequestRoutes(app: Api, { services, linksOf }: Context): void {
  app.get(
    '/repositories/:workspace/:repository/commit/:commit/pullrequests',
    {
      config: policy('pull_request.read', toRepository),
      schema: {
        summary: 'The pull requests that a commit is part of, the newest first',
        description: `The ${MOST_ASKED} newest of the repository are asked. Without reviewers and participants.`,
        params: RepositoryParameters.extend({
          commit: z.string().describe('Hash, or the beginning of one, or a branch or tag.'),
        }),
        querystring: z.object(pageParameters),
        response: answers(pageOf(PullRequest)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.read');
      const window = readWindow(request.query, PAGELEN, MAXIMAL_PAGELEN);
      const commit = await viewCommit(services, grant, request.params.commit);
      const { pullRequests, size, people } = await pullRequestsOfCommit(services, grant, commit, {
        offset: window.offset,
        limit: window.pagelen,
      });
      const repository = await viewRepository(services, grant);
      const links = linksOf(request);
      const values = pullRequests.map((each) =>
        pullRequestObject(links, repository, each, people, { reviewers: false, participants: false }),
      );
      return numberedPage(services.publicUrl, request, window, size, values);
    },
  );
}
