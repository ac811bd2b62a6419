import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { viewReviewerCandidates } from '../../../../acts/pull-requests/candidates.ts';
import {
  dropDefaultReviewer,
  listDefaultReviewers,
  nameDefaultReviewer,
} from '../../../../acts/pull-requests/default-reviewers.ts';
import type { Account } from '../../../../acts/source/attribution.ts';
import { invalid, Problem } from '../../../../problem.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { formOf } from '../../form-input.ts';
import { html } from '../../html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from '../../pages-of.ts';
import { avatar, emptyState, form, pageHead, table } from '../../pieces/index.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, queryPage, type PagesOptions } from '../../route.ts';
import { visibleName } from '../../visible.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';

/** Who cannot be named was typed here, and is not what the page is about. */
function whoIsNot(error: unknown): never {
  if (error instanceof Problem && error.code === 'not_found') throw invalid('user', error.message);
  throw error;
}

/** Who is asked to review each new pull request. */
export function defaultReviewerPages(app: FastifyInstance, { services }: PagesOptions): void {
  const place = '/:workspace/:repository/settings/default-reviewers';
  const route = pageRoute('default_reviewer.change', toRepository);

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: string,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'default_reviewer.change');
    const [facts] = grant.targets;
    const links = linksOf(facts);
    const page = queryPage(request);
    const pageHref = (number: number) => `${links.defaultReviewers}?page=${number}`;
    const [all, candidates] = await Promise.all([
      listDefaultReviewers(services, grant),
      viewReviewerCandidates(services, grant, null),
    ]);
    const { offset, limit } = rowsOf(page);
    const body = html`${pageHead({
      title: 'Default reviewers',
      lead: 'They are asked to review each pull request that is created. Whoever creates it may ask others instead.',
    })}${table<Account>({
      caption: 'Default reviewers',
      quietCaption: true,
      rows: all.slice(offset, offset + limit),
      columns: [
        {
          label: 'Person',
          cell: ({ username, displayName }) =>
            html`<span class="person">${avatar({ username, displayName, size: 24 })} ${visibleName(displayName)} <span class="quiet">${username}</span></span>`,
        },
        {
          label: 'Remove',
          quietLabel: true,
          align: 'end',
          cell: ({ id, displayName }) =>
            html`<form action="${links.defaultReviewer(`{${id}}`, '/remove')}" method="post"><button type="submit" class="button button-small button-danger-quiet" aria-label="Remove ${visibleName(displayName)}">Remove</button></form>`,
        },
      ],
      empty:
        noSuchPage(page, PAGE_LENGTH, all.length, pageHref) ??
        emptyState({
          title: 'No default reviewers yet',
          body: 'Whoever creates a pull request chooses who is asked to review it.',
        }),
      pages: pagesOf(page, PAGE_LENGTH, all.length, pageHref),
    })}<section class="apart" aria-labelledby="add-reviewer"><h2 id="add-reviewer">Add a default reviewer</h2>${form(
      {
        action: links.defaultReviewers,
        error: errorAbove(problem, ['user']),
        fields: [
          {
            kind: 'text',
            name: 'user',
            label: 'User name',
            help: 'Of somebody who can read the repository.',
            value: typed,
            code: true,
            required: true,
            suggestions: candidates.first.map(({ username, displayName }) => ({
              value: username,
              label: visibleName(displayName),
            })),
            error: errorIn(problem, 'user'),
          },
        ],
        submit: { label: 'Add default reviewer' },
      },
    )}</section>`;
    const content = settingsPage(facts, 'default-reviewers', { title: 'Default reviewers', body });
    return sendPage(services, request, reply, content, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(place, route, (request, reply) => show(request, reply, ''));

  app.post(place, route, async (request, reply) => {
    const grant = grantOf(request, 'default_reviewer.change');
    const typed = formOf(request).text('user').trim();
    return orShowAgain(
      async () => {
        if (typed === '') throw invalid('user', 'Name a person.');
        await nameDefaultReviewer(services, grant, typed).catch(whoIsNot);
        const { defaultReviewers } = linksOf(grant.targets[0]);
        return redirectTo(services, request, reply, defaultReviewers, 'default-reviewer-added');
      },
      (problem) => show(request, reply, typed, problem),
    );
  });

  app.post(`${place}/:user/remove`, route, async (request, reply) => {
    const grant = grantOf(request, 'default_reviewer.change');
    await dropDefaultReviewer(services, grant, parameter(request, 'user'));
    const { defaultReviewers } = linksOf(grant.targets[0]);
    return redirectTo(services, request, reply, defaultReviewers, 'default-reviewer-removed');
  });
}
