import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { testTrustPolicies, type TestVerdict } from '../../../acts/federation/test-policies.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html, type Html } from '../html.ts';
import { emptyState, form, pageHead, table } from '../pieces/index.ts';
import { settingsPage } from '../repositories/frame.ts';
import { linksOf, type Links } from '../repositories/links.ts';
import { errorAbove, errorIn, orShowAgain, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';

/** Trying a token, or what one says, against every policy of a repository. */
export function trustPolicyTestPages(app: FastifyInstance, { services }: PagesOptions): void {
  const place = '/:workspace/:repository/settings/trust-policies/test';
  const testing = pageRoute('trust_policy.test', toRepository);

  const show = (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: string,
    said?: { readonly verdict?: TestVerdict; readonly problem?: Problem },
  ): Promise<FastifyReply> => {
    const [facts] = grantOf(request, 'trust_policy.test').targets;
    const links = linksOf(facts);
    const body = html`${pageHead({
      title: 'Try a token',
      lead: 'Each line of each policy is held against it. Nothing is issued, and nothing counts as used.',
    })}${said?.verdict !== undefined && verdictBody(said.verdict, links)}${form({
      action: links.testTrustPolicies,
      error: errorAbove(said?.problem, ['token']),
      fields: [
        {
          kind: 'textarea',
          name: 'token',
          label: 'Token of a CI job, or its claims as JSON',
          help: html`Such as <code>{"iss": "…", "aud": "…", "repository_id": "…", "exp": …}</code>. A token is not kept.`,
          value: typed,
          rows: 8,
          code: true,
          required: true,
          error: errorIn(said?.problem, 'token'),
        },
      ],
      submit: { label: 'Try it', cancelHref: links.trustPolicies },
    })}`;
    const page = settingsPage(facts, 'trust-policies', { title: 'Try a token', body, width: 'full' });
    const status = said?.problem === undefined ? 200 : statusOf(said.problem);
    return sendPage(services, request, reply, page, status);
  };

  app.get(place, testing, (request, reply) => show(request, reply, ''));

  app.post(place, testing, async (request, reply) => {
    const text = formOf(request).text('token');
    // A token may still be good elsewhere: it is not sent back.
    const typed = text.trim().startsWith('{') ? text : '';
    return orShowAgain(
      async () => {
        const verdict = await testTrustPolicies(services, grantOf(request, 'trust_policy.test'), text);
        return show(request, reply, typed, { verdict });
      },
      (problem) => show(request, reply, typed, { problem }),
    );
  });
}

const verdictBody = ({ unsigned, token, policies }: TestVerdict, links: Links): Html =>
  html`<section aria-labelledby="token-lines"><h2 id="token-lines">${unsigned ? 'The claims' : 'The token'}</h2>${
    unsigned &&
    html`<p>Nobody signed them: this says what a token with these claims would meet, and not that there is one.</p>`
  }${lines('What was looked at of it', token)}</section>${policies.map(
    (policy, index) =>
      html`<section aria-labelledby="policy-${index}"><h2 id="policy-${index}"><a href="${links.trustPolicy(policy.id)}">${policy.label}</a> ${mark(policy.accepts, 'accepts it', 'does not accept it')}</h2>${lines(`Lines of ${policy.label}`, policy.lines)}</section>`,
  )}${policies.length === 0 && emptyState({ title: 'No policy to try', body: 'This repository has no trust policy.', action: { label: 'Create a trust policy', href: links.newTrustPolicy } })}`;

const lines = (caption: string, rows: TestVerdict['token']): Html =>
  table({
    caption,
    quietCaption: true,
    rows,
    empty: html``,
    columns: [
      { label: 'What', cell: ({ what }) => what },
      { label: 'Holds', cell: ({ holds }) => mark(holds, 'yes', 'no') },
      { label: 'Found', cell: ({ says }) => says },
    ],
  });

const mark = (good: boolean, yes: string, no: string): Html =>
  html`<span class="state state-${good ? 'active' : 'revoked'}">${good ? yes : no}</span>`;
