import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { declinePullRequest } from '../../../acts/pull-requests/decline.ts';
import { pullRequestOf } from '../../../acts/pull-requests/view.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { confirmBody, notice } from '../pieces/index.ts';
import { linksOf } from '../repositories/links.ts';
import { orMissing } from '../repositories/missing.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { visibleName } from '../visible.ts';
import { pageBelow } from './frame.ts';
import { numberIn, PULL_REQUEST } from './place.ts';

/** Closing a pull request without merging it. */
export function declinePages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('pull_request.update', toRepository);
  const place = (request: FastifyRequest) =>
    ({ facts: grantOf(request, 'pull_request.update').targets[0], section: 'pull-requests' }) as const;

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    reason: string,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'pull_request.update');
    const [facts] = grant.targets;
    const pullRequest = await pullRequestOf(services, grant, numberIn(request));
    const { number, title } = pullRequest;
    const links = linksOf(facts);
    // Nothing is left to ask.
    if (pullRequest.state !== 'open' && problem === undefined)
      return redirectTo(services, request, reply, links.pullRequest(number));
    const above = errorAbove(problem, ['reason']);
    const body = html`${above !== undefined && notice({ kind: 'danger', body: above })}${confirmBody({
      title: `Decline “${visibleName(title)}”?`,
      consequences: [
        'It is closed without being merged, and is not opened again. Its branches stay as they are, and what was said of it can still be read.',
      ],
      action: links.pullRequest(number, '/decline'),
      fields: [
        {
          kind: 'textarea',
          name: 'reason',
          label: 'Why',
          value: reason,
          rows: 3,
          error: errorIn(problem, 'reason'),
        },
      ],
      cancelHref: links.pullRequest(number),
      submitLabel: 'Decline',
      danger: true,
    })}`;
    const page = pageBelow(facts, pullRequest, { title: 'Decline', body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${PULL_REQUEST}/decline`, route, (request, reply) =>
    orMissing(services, request, reply, place(request), () => show(request, reply, '')),
  );

  app.post(`${PULL_REQUEST}/decline`, route, (request, reply) =>
    orMissing(services, request, reply, place(request), async () => {
      const reason = formOf(request).text('reason').replaceAll('\r\n', '\n').trim();
      return orShowAgain(
        async () => {
          const grant = grantOf(request, 'pull_request.update');
          const number = numberIn(request);
          await declinePullRequest(services, grant, number, reason);
          const to = linksOf(grant.targets[0]).pullRequest(number);
          return redirectTo(services, request, reply, to, 'pull-request-declined');
        },
        (problem) => show(request, reply, reason, problem),
      );
    }),
  );
}
