import type { FastifyInstance } from 'fastify';
import { listAuthorisedApplications } from '../../../acts/oauth/consents.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { scopeChipsOf } from '../credentials/scopes.ts';
import { html } from '../html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from '../pages-of.ts';
import {
  confirmOpener,
  emptyState,
  NEWEST_FIRST,
  pageHead,
  scopeMeanings,
  table,
  time,
} from '../pieces/index.ts';
import { applicationPath, places } from '../places.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, queryPage, type PagesOptions } from '../route.ts';
import { allowed, revokeQuestion } from './application.ts';
import { accountRail } from './rail.ts';

const TITLE = 'Authorised applications';

/** Personal settings → Access management → Authorised applications. */
export async function applicationPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const rail = accountRail('applications');

  app.get(places.applications, pageRoute('consent.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'consent.list');
    const page = queryPage(request);
    const { applications, size } = await listAuthorisedApplications(services, grant, rowsOf(page));
    const pageHref = (number: number) => `${places.applications}?page=${number}`;
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: TITLE,
      width: 'full',
      rail,
      body: html`${pageHead({
        title: TITLE,
        lead: 'Each may act for you by OAuth, as far as you allowed and as far as you go yourself. App passwords that you had made for an application stand among your app passwords.',
      })}${table({
        caption: TITLE,
        quietCaption: true,
        rows: applications,
        pages: { ...pagesOf(page, PAGE_LENGTH, size, pageHref), words: NEWEST_FIRST },
        empty:
          noSuchPage(page, PAGE_LENGTH, size, pageHref) ??
          emptyState({
            title: 'No application may act for you',
            body: 'An application that wants to work with your repositories asks you first, and is then listed here with what you allowed it.',
          }),
        columns: [
          {
            label: 'Application',
            cell: ({ consumerId, name, url }) =>
              html`<a href="${applicationPath(consumerId)}">${name}</a>${url !== '' && html`<br><a class="quiet" href="${url}" rel="noreferrer">${url}</a>`}`,
          },
          {
            label: 'May do',
            cell: ({ allowances }) =>
              html`<ul class="bare-list stack">${allowances.map((each) => allowed(each, now))}</ul>`,
          },
          {
            label: 'Last did something',
            cell: ({ lastUsedAt }) =>
              lastUsedAt === null ? 'Never' : time({ at: new Date(lastUsedAt), now }),
          },
          {
            label: 'Revoke',
            quietLabel: true,
            align: 'end',
            cell: (each) => confirmOpener(revokeQuestion(each, now)),
          },
        ],
      })}${scopeMeanings(
        applications.flatMap(({ allowances }) => allowances.flatMap(({ scopes }) => scopeChipsOf(scopes))),
      )}`,
    });
  });
}
