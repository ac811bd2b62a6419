import type { FastifyInstance } from 'fastify';
import {
  listAuthorisedApplications,
  viewAuthorisedApplication,
  withdrawConsent,
  type AuthorisedApplication,
  type ViewedAllowance,
} from '../../../acts/oauth/consents.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { boundSentence } from '../credentials/lines.ts';
import { scopeChipsOf } from '../credentials/scopes.ts';
import { html, type Html } from '../html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from '../pages-of.ts';
import {
  confirmBody,
  confirmOpener,
  emptyState,
  NEWEST_FIRST,
  pageHead,
  relativeWords,
  scopeMeanings,
  scopeNames,
  table,
  time,
  type ConfirmProps,
} from '../pieces/index.ts';
import { places } from '../places.ts';
import { redirectTo, sendPage } from '../respond.ts';
import { pageRoute, parameter, queryPage, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';

const TITLE = 'Authorised applications';

/** Personal settings → Access management → Authorised applications. */
export async function applicationPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const rail = accountRail('applications');
  const revoking = `${places.applications}/:application/revoke`;

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
            cell: ({ name, url }) =>
              html`${name}${url !== '' && html`<br><a class="quiet" href="${url}" rel="noreferrer">${url}</a>`}`,
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

  app.get(revoking, pageRoute('consent.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'consent.list');
    const found = await viewAuthorisedApplication(services, grant, parameter(request, 'application'));
    const body = confirmBody(revokeQuestion(found, new Date(services.clock())));
    return sendPage(services, request, reply, { title: 'Revoke', rail, body });
  });

  app.post(revoking, pageRoute('consent.revoke', toSelf), async (request, reply) => {
    await withdrawConsent(services, grantOf(request, 'consent.revoke'), parameter(request, 'application'));
    return redirectTo(services, request, reply, places.applications, 'application-revoked');
  });
}

/** Of several times that it was allowed something, each with its own day. */
const allowed = ({ scopes, boundWords, allowedAt }: ViewedAllowance, now: Date): Html =>
  html`<li>${scopeNames(scopeChipsOf(scopes))}<p class="quiet">${
    boundSentence(boundWords) ?? 'Everywhere that you may go.'
  } Allowed ${time({ at: new Date(allowedAt), now })}.</p></li>`;

function revokeQuestion({ consumerId, name, lastUsedAt }: AuthorisedApplication, now: Date): ConfirmProps {
  const address = `${places.applications}/${encodeURIComponent(consumerId)}/revoke`;
  return {
    title: `Revoke what ${name} may do?`,
    what: name,
    consequences: [
      lastUsedAt === null
        ? 'It has never done anything for you.'
        : `It last did something for you ${relativeWords(new Date(lastUsedAt), now)}.`,
      'All its tokens are refused from the next request on. It can ask you again.',
    ],
    action: address,
    pageHref: address,
    cancelHref: places.applications,
    submitLabel: 'Revoke',
    danger: true,
  };
}
