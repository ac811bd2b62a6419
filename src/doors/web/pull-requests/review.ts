import type { FastifyInstance } from 'fastify';
import { reviewPullRequest, withdrawReview } from '../../../acts/pull-requests/review.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { linksOf } from '../repositories/links.ts';
import { orMissing } from '../repositories/missing.ts';
import { redirectTo } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { numberIn, PULL_REQUEST } from './place.ts';
import { seenIn } from './seen-fields.ts';

/** Where each decision is given; below it, where it is taken back. */
export const REVIEWS = { approved: 'approve', changes_requested: 'request-changes' } as const;

/** What a reader decides of a pull request, and taking that back. */
export function reviewPages(app: FastifyInstance, { services }: PagesOptions): void {
  for (const state of ['approved', 'changes_requested'] as const) {
    const at = `${PULL_REQUEST}/${REVIEWS[state]}`;

    app.post(at, pageRoute('pull_request.review', toRepository), (request, reply) => {
      const grant = grantOf(request, 'pull_request.review');
      const [facts] = grant.targets;
      return orMissing(services, request, reply, { facts, section: 'pull-requests' }, async () => {
        const number = numberIn(request);
        await reviewPullRequest(services, grant, number, state, seenIn(formOf(request)));
        return redirectTo(services, request, reply, linksOf(facts).pullRequest(number));
      });
    });

    app.post(`${at}/take-back`, pageRoute('pull_request.withdraw_review', toRepository), (request, reply) => {
      const grant = grantOf(request, 'pull_request.withdraw_review');
      const [facts] = grant.targets;
      return orMissing(services, request, reply, { facts, section: 'pull-requests' }, async () => {
        const number = numberIn(request);
        await withdrawReview(services, grant, number, state);
        return redirectTo(services, request, reply, linksOf(facts).pullRequest(number));
      });
    });
  }
}
