import type { FastifyInstance } from 'fastify';
import {
  listAuthorisedApplications,
  withdrawConsent,
  type ViewedConsent,
} from '../../../acts/oauth/consents.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { boundSentence } from '../credentials/lines.ts';
import { scopeChipsOf } from '../credentials/scopes.ts';
import { html, type Html } from '../html.ts';
import {
  confirmBody,
  confirmOpener,
  emptyState,
  pageHead,
  relativeWords,
  scopeChips,
  table,
  time,
  type ConfirmProps,
} from '../pieces/index.ts';
import { places } from '../places.ts';
import { redirectTo, sendPage } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';

const TITLE = 'Authorised applications';

/** What one application may do, by all that the person once allowed it. */
interface Application {
  readonly consumerId: string;
  readonly name: string;
  readonly url: string;
  /** Newest first; at least one. */
  readonly consents: readonly ViewedConsent[];
  readonly lastUsedAt: number | null;
}

/** Personal settings → Access management → Authorised applications. */
export async function applicationPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const rail = accountRail('applications');
  const revoking = `${places.applications}/:application/revoke`;

  app.get(places.applications, pageRoute('consent.list', toSelf), async (request, reply) => {
    const consents = await listAuthorisedApplications(services, grantOf(request, 'consent.list'));
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
        rows: applicationsIn(consents),
        empty: emptyState({
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
            cell: ({ consents: all }) =>
              html`<ul class="bare-list stack">${all.map((each) => allowed(each, now))}</ul>`,
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
      })}`,
    });
  });

  app.get(revoking, pageRoute('consent.list', toSelf), async (request, reply) => {
    const consents = await listAuthorisedApplications(services, grantOf(request, 'consent.list'));
    const id = parameter(request, 'application');
    const found = applicationsIn(consents).find(({ consumerId }) => consumerId === id);
    if (found === undefined) throw new Problem('not_found', 'This application may do nothing for you.');
    const body = confirmBody(revokeQuestion(found, new Date(services.clock())));
    return sendPage(services, request, reply, { title: 'Revoke', rail, body });
  });

  app.post(revoking, pageRoute('consent.revoke', toSelf), async (request, reply) => {
    await withdrawConsent(services, grantOf(request, 'consent.revoke'), parameter(request, 'application'));
    return redirectTo(services, request, reply, places.applications, 'application-revoked');
  });
}

function applicationsIn(consents: readonly ViewedConsent[]): readonly Application[] {
  const byConsumer = Map.groupBy(consents, ({ consumerId }) => consumerId);
  return [...byConsumer].map(([consumerId, all]) => ({
    consumerId,
    name: all[0]?.consumerName ?? '',
    url: all[0]?.consumerUrl ?? '',
    consents: all,
    lastUsedAt: all.reduce<number | null>(
      (latest, { lastUsedAt: at }) => (at !== null && (latest === null || at > latest) ? at : latest),
      null,
    ),
  }));
}

/** Of several times that it was allowed something, each with its own day. */
const allowed = ({ scopes, boundWords, createdAt }: ViewedConsent, now: Date): Html =>
  html`<li>${scopeChips(scopeChipsOf(scopes))}<p class="quiet">${
    boundSentence(boundWords) ?? 'Everywhere that you may go.'
  } Allowed ${time({ at: new Date(createdAt), now })}.</p></li>`;

function revokeQuestion({ consumerId, name, lastUsedAt }: Application, now: Date): ConfirmProps {
  const address = `${places.applications}/${encodeURIComponent(consumerId)}/revoke`;
  return {
    id: `revoke-${consumerId}`,
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
