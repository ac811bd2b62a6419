import { z } from 'zod';
import { reviewPullRequest, withdrawReview, type ReviewState } from '../../../acts/pull-requests/review.ts';
import { viewPullRequest } from '../../../acts/pull-requests/view.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { Participant, participantObject } from '../objects/pull-request.ts';
import { fieldsParameter } from '../paging.ts';
import { numberOf, PULL_REQUESTS, PullRequestParameters } from './pull-requests.ts';

const DECISIONS: readonly {
  readonly path: string;
  readonly state: ReviewState;
  readonly made: string;
  readonly withdrawn: string;
}[] = [
  {
    path: 'approve',
    state: 'approved',
    made: 'Approve a pull request',
    withdrawn: 'Take back an approval of a pull request',
  },
  {
    path: 'request-changes',
    state: 'changes_requested',
    made: 'Ask for changes of a pull request',
    withdrawn: 'Take back that changes of a pull request were asked for',
  },
];

/** What whoever asks decided about a pull request. */
export function addPullRequestReviewRoutes(app: Api, { services, linksOf }: Context): void {
  for (const { path, state, made, withdrawn } of DECISIONS) {
    app.post(
      `${PULL_REQUESTS}/:id/${path}`,
      {
        config: policy('pull_request.review', toRepository),
        schema: {
          summary: made,
          params: PullRequestParameters,
          querystring: z.object({ fields: fieldsParameter }),
          response: answers(Participant),
        },
      },
      async (request) => {
        const grant = grantOf(request, 'pull_request.review');
        const number = numberOf(request.params);
        const participant = await reviewPullRequest(services, grant, number, state);
        const { people } = await viewPullRequest(services, grant, number);
        return participantObject(linksOf(request), participant, people);
      },
    );
    app.delete(
      `${PULL_REQUESTS}/:id/${path}`,
      {
        config: policy('pull_request.withdraw_review', toRepository),
        schema: {
          summary: withdrawn,
          params: PullRequestParameters,
          response: { 204: z.undefined().describe('It is taken back.'), default: ErrorEnvelope },
        },
      },
      async (request, reply) => {
        const grant = grantOf(request, 'pull_request.withdraw_review');
        await withdrawReview(services, grant, numberOf(request.params), state);
        return reply.code(204).send(undefined);
      },
    );
  }
}
