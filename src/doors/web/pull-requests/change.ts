import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { viewBranchChoices, viewReviewerCandidates } from '../../../acts/pull-requests/candidates.ts';
import { updatePullRequest } from '../../../acts/pull-requests/update.ts';
import { viewPullRequest } from '../../../acts/pull-requests/view.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { form, pageHead } from '../pieces/index.ts';
import { linksOf } from '../repositories/links.ts';
import { orMissing } from '../repositories/missing.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { branchField, contentFields, FIELDS, typedPullRequest, type TypedPullRequest } from './fields.ts';
import { pageBelow } from './frame.ts';
import { numberIn, PULL_REQUEST } from './place.ts';

/** What a pull request says, who reviews it, and where it goes: changed while it is open. */
export function changePages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('pull_request.update', toRepository);
  const place = (request: FastifyRequest) =>
    ({ facts: grantOf(request, 'pull_request.update').targets[0], section: 'pull-requests' }) as const;

  const current = async (request: FastifyRequest): Promise<TypedPullRequest> => {
    const grant = grantOf(request, 'pull_request.update');
    const { pullRequest, people } = await viewPullRequest(services, grant, numberIn(request));
    return {
      title: pullRequest.title,
      description: pullRequest.description,
      source: pullRequest.sourceBranch,
      destination: pullRequest.destinationBranch,
      reviewers: pullRequest.participants.flatMap(({ role, actor }) => {
        const who = role === 'reviewer' ? people(actor) : null;
        return who?.type === 'account' ? [who.account.username] : [];
      }),
      isDraft: pullRequest.isDraft,
      closesSourceBranch: pullRequest.closesSourceBranch,
    };
  };

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedPullRequest,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'pull_request.update');
    const [facts] = grant.targets;
    const { pullRequest } = await viewPullRequest(services, grant, numberIn(request));
    const links = linksOf(facts);
    const wrong = errorIn(problem, 'destination');
    const [branches, candidates] = await Promise.all([
      viewBranchChoices(services, grant, wrong === undefined ? '' : typed.destination),
      viewReviewerCandidates(services, grant, pullRequest.author),
    ]);
    const body = html`${pageHead({ title: 'Edit pull request' })}${form({
      action: links.pullRequest(pullRequest.number, '/change'),
      error: errorAbove(problem, FIELDS),
      fields: [
        ...contentFields(typed, candidates, problem),
        branchField('destination', {
          offered: branches,
          value: typed.destination,
          help: 'Into which it is merged.',
          error: wrong,
        }),
      ],
      submit: { label: 'Save', cancelHref: links.pullRequest(pullRequest.number) },
    })}`;
    const page = pageBelow(facts, pullRequest, { title: 'Edit', body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${PULL_REQUEST}/change`, route, (request, reply) =>
    orMissing(services, request, reply, place(request), async () =>
      show(request, reply, await current(request)),
    ),
  );

  app.post(`${PULL_REQUEST}/change`, route, (request, reply) =>
    orMissing(services, request, reply, place(request), async () => {
      const grant = grantOf(request, 'pull_request.update');
      const number = numberIn(request);
      const typed = typedPullRequest(formOf(request));
      return orShowAgain(
        async () => {
          const { title, description, destination, isDraft, closesSourceBranch } = typed;
          await updatePullRequest(services, grant, number, {
            title,
            description,
            destinationBranch: destination,
            reviewers: typed.reviewers,
            isDraft,
            closesSourceBranch,
          });
          const to = linksOf(grant.targets[0]).pullRequest(number);
          return redirectTo(services, request, reply, to, 'pull-request-changed');
        },
        (problem) => show(request, reply, typed, problem),
      );
    }),
  );
}
