import type { FastifyInstance } from 'fastify';
import {
  viewApplication,
  viewAuthorisedApplication,
  withdrawConsent,
  type AuthorisedApplication,
  type ViewedAllowance,
  type ViewedApplication,
} from '../../../acts/oauth/consents.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { boundSentence } from '../credentials/lines.ts';
import { scopeChipsOf } from '../credentials/scopes.ts';
import { OF_A_KEY, usageSection } from '../credentials/usage.ts';
import { html, type Html } from '../html.ts';
import {
  confirmBody,
  confirmOpener,
  exactTime,
  pageHead,
  relativeWords,
  scopeMeanings,
  scopeNames,
  time,
  type ConfirmProps,
} from '../pieces/index.ts';
import { applicationPath, places } from '../places.ts';
import { redirectTo, sendPage } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';

/** One application that may act for the person, or once might: what it may do, what it did, and revoking that. */
export async function applicationDetailPages(
  app: FastifyInstance,
  { services }: PagesOptions,
): Promise<void> {
  const rail = accountRail('applications');
  const place = `${places.applications}/:application`;

  app.get(place, pageRoute('consent.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'consent.list');
    const viewed = await viewApplication(services, grant, parameter(request, 'application'));
    const body = applicationBody(viewed, new Date(services.clock()));
    const title = viewed.application.name;
    return sendPage(services, request, reply, { title, width: 'full', rail, body });
  });

  app.get(`${place}/revoke`, pageRoute('consent.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'consent.list');
    const found = await viewAuthorisedApplication(services, grant, parameter(request, 'application'));
    const body = confirmBody(revokeQuestion(found, new Date(services.clock())));
    return sendPage(services, request, reply, { title: 'Revoke', rail, body });
  });

  app.post(`${place}/revoke`, pageRoute('consent.revoke', toSelf), async (request, reply) => {
    const id = parameter(request, 'application');
    await withdrawConsent(services, grantOf(request, 'consent.revoke'), id);
    // Where one sees what it did: in the list it is no longer.
    return redirectTo(services, request, reply, applicationPath(id), 'application-revoked');
  });
}

const WHAT_IT_DID = {
  ...OF_A_KEY,
  title: 'What it did for you',
  note: 'With all the tokens that you let it have, those that ended included.',
  advice: (them: string) =>
    `If it will not need ${them} later, revoke what it may do, and leave ${them} out when it asks you again.`,
};

function applicationBody({ application, usage }: ViewedApplication, now: Date): Html {
  const { name, url } = application;
  const stands = 'allowances' in application;
  return html`${pageHead({
    title: name,
    lead: html`An application that ${stands ? 'may act' : 'acted'} for you by OAuth, as far as you ${stands ? 'go' : 'went'} yourself.${url !== '' && html` <a href="${url}" rel="noreferrer">${url}</a>`}`,
    actions: stands && confirmOpener(revokeQuestion(application, now), 'Revoke'),
  })}<section aria-labelledby="allowed"><h2 id="allowed">What it may do</h2>${
    stands
      ? html`<ul class="bare-list stack">${application.allowances.map((each) => allowed(each, now))}</ul>${scopeMeanings(
          application.allowances.flatMap(({ scopes }) => scopeChipsOf(scopes)),
        )}`
      : html`<p>Nothing any more: that was revoked at ${exactTime({ at: new Date(application.withdrawnAt), now })}.</p>`
  }</section>${usageSection(usage, now, WHAT_IT_DID)}`;
}

/** Of several times that it was allowed something, each with its own day. */
export const allowed = ({ scopes, boundWords, allowedAt }: ViewedAllowance, now: Date): Html =>
  html`<li>${scopeNames(scopeChipsOf(scopes))}<p class="quiet">${
    boundSentence(boundWords) ?? 'Everywhere that you may go.'
  } Allowed ${time({ at: new Date(allowedAt), now })}.</p></li>`;

export function revokeQuestion(
  { consumerId, name, lastUsedAt }: AuthorisedApplication,
  now: Date,
): ConfirmProps {
  const address = applicationPath(consumerId, '/revoke');
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
