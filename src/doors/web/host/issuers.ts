import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  addIssuer,
  dropIssuer,
  replaceIssuerKeys,
  viewIssuers,
  type ListedIssuer,
} from '../../../acts/federation/issuers.ts';
import { isPreset, ISSUER_PRESETS, PRESET_NAMES } from '../../../acts/federation/presets.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toHost } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';
import { formOf } from '../form-input.ts';
import { html, type Html } from '../html.ts';
import {
  confirmBody,
  confirmOpener,
  emptyState,
  form,
  pageHead,
  table,
  time,
  type ConfirmProps,
} from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, queryText, type PagesOptions } from '../route.ts';

const NEW = `${places.issuers}/new`;
const SHOWN = ['issuer', 'label', 'immutable', 'keys'] as const;

interface Typed {
  readonly issuer: string;
  readonly title: string;
  readonly immutable: string;
  readonly keys: string;
}

/** CI systems whose tokens the trust policies of this host may accept, for its administrators. */
export async function issuerPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(places.issuers, pageRoute('issuer.list', toHost), async (request, reply) => {
    const issuers = await viewIssuers(services, grantOf(request, 'issuer.list'));
    const body = issuersBody(issuers, new Date(services.clock()));
    return sendPage(services, request, reply, { title: 'CI issuers', width: 'full', body });
  });

  const changing = pageRoute('issuer.change', toHost);

  const show = (request: FastifyRequest, reply: FastifyReply, typed: Typed, problem?: Problem) =>
    sendPage(
      services,
      request,
      reply,
      { title: 'Register issuer', body: formBody(typed, problem) },
      problem === undefined ? 200 : statusOf(problem),
    );

  app.get(NEW, changing, (request, reply) => show(request, reply, presetOf(queryText(request, 'preset'))));

  app.post(NEW, changing, async (request, reply) => {
    const sent = formOf(request);
    const typed = {
      issuer: sent.text('issuer').trim(),
      title: sent.text('title').trim(),
      immutable: sent.text('immutable'),
      keys: sent.text('keys').trim(),
    };
    return orShowAgain(
      async () => {
        await addIssuer(services, grantOf(request, 'issuer.change'), {
          issuer: typed.issuer,
          title: typed.title,
          immutableClaims: typed.immutable.split(/[\s,]+/),
          keySet: typed.keys === '' ? null : typed.keys,
        });
        return redirectTo(services, request, reply, places.issuers, 'issuer-added');
      },
      (problem) => show(request, reply, typed, problem),
    );
  });

  const find = async (request: FastifyRequest): Promise<ListedIssuer> => {
    const all = await viewIssuers(services, await enterAlso(services, request, 'issuer.list', toHost()));
    const found = all.find(({ id }) => id === parameter(request, 'issuer'));
    if (found === undefined)
      throw new Problem('not_found', 'There is no such issuer: it may have been removed already.');
    return found;
  };

  const showKeys = async (request: FastifyRequest, reply: FastifyReply, typed: string, problem?: Problem) => {
    const body = keysBody(await find(request), typed, problem);
    const status = problem === undefined ? 200 : statusOf(problem);
    return sendPage(services, request, reply, { title: 'Give other keys', body }, status);
  };

  app.get(`${places.issuers}/:issuer/keys`, changing, (request, reply) => showKeys(request, reply, ''));

  app.post(`${places.issuers}/:issuer/keys`, changing, async (request, reply) => {
    const typed = formOf(request).text('keys').trim();
    return orShowAgain(
      async () => {
        const { issuer } = await find(request);
        await replaceIssuerKeys(services, grantOf(request, 'issuer.change'), issuer, typed);
        return redirectTo(services, request, reply, places.issuers, 'issuer-keys-changed');
      },
      (problem) => showKeys(request, reply, typed, problem),
    );
  });

  app.get(`${places.issuers}/:issuer/remove`, changing, async (request, reply) => {
    const body = confirmBody(removeQuestion(await find(request)));
    return sendPage(services, request, reply, { title: 'Remove issuer', body });
  });

  app.post(`${places.issuers}/:issuer/remove`, changing, async (request, reply) => {
    const { issuer } = await find(request);
    await dropIssuer(services, grantOf(request, 'issuer.change'), issuer);
    return redirectTo(services, request, reply, places.issuers, 'issuer-removed');
  });
}

function presetOf(name: string): Typed {
  const preset = isPreset(name) ? ISSUER_PRESETS[name] : undefined;
  return {
    issuer: preset?.issuer ?? '',
    title: preset?.title ?? '',
    immutable: preset?.immutableClaims.join(' ') ?? '',
    keys: '',
  };
}

const issuersBody = (issuers: readonly ListedIssuer[], now: Date): Html =>
  html`${pageHead({
    title: 'CI issuers',
    lead: 'CI systems whose word counts here: trust policies of repositories say which of their jobs enter. By being registered, an issuer opens nothing.',
    actions: html`<a class="button" href="${places.users}">People</a> <a class="button button-primary" href="${NEW}">Register issuer</a>`,
  })}${table({
    caption: 'Registered issuers',
    quietCaption: true,
    rows: issuers,
    empty: emptyState({
      title: 'No issuer yet',
      body: html`Begin with what is known of a CI system: ${PRESET_NAMES.map(
        (name, index) =>
          html`${index > 0 && ', '}<a href="${NEW}?preset=${name}">${ISSUER_PRESETS[name].title}</a>`,
      )}.`,
    }),
    columns: [
      { label: 'Issuer', cell: ({ title, issuer }) => html`${title}<br><code>${issuer}</code>` },
      {
        label: 'Never given away',
        cell: ({ immutableClaims }) =>
          html`${immutableClaims.map((claim, index) => html`${index > 0 && ', '}<code>${claim}</code>`)}`,
      },
      {
        label: 'Keys',
        cell: ({ id, title, keys: { keys }, keysReadAt, keysTriedAt, discovers }) =>
          html`${keys.length}, ${discovers ? 'read' : 'given'} ${time({ at: new Date(keysReadAt), now })}${
            discovers &&
            keysTriedAt > keysReadAt &&
            html`. <strong>They could not be read ${time({ at: new Date(keysTriedAt), now })}</strong>: those that are kept are believed for a week`
          }${
            !discovers &&
            html` <a href="${places.issuers}/${id}/keys" aria-label="Give other keys of ${title}">Give others…</a>`
          }`,
      },
      { label: 'Policies', align: 'end', cell: ({ policies }) => policies.toLocaleString('en') },
      {
        label: 'Remove',
        quietLabel: true,
        align: 'end',
        cell: (issuer) => confirmOpener(removeQuestion(issuer)),
      },
    ],
  })}`;

function removeQuestion({ id, title, issuer, policies }: ListedIssuer): ConfirmProps {
  const address = `${places.issuers}/${id}/remove`;
  return {
    title: `Remove ${title}?`,
    what: title,
    consequences: [
      policies === 0
        ? 'No trust policy counts on it.'
        : `${policies === 1 ? 'One trust policy counts' : `${policies} trust policies count`} on it, and ${policies === 1 ? 'ends' : 'end'} for good, with every job token: jobs that run now fail.`,
      html`No token of <code>${issuer}</code> is accepted from then on.`,
    ],
    action: address,
    pageHref: address,
    cancelHref: places.issuers,
    submitLabel: 'Remove',
    danger: true,
  };
}

const keysBody = ({ id, title, issuer }: ListedIssuer, typed: string, problem: Problem | undefined): Html =>
  html`${pageHead({
    title: `Give other keys of ${title}`,
    lead: 'They take the place of those that are kept. Tokens that are signed by one that is not among them are refused from then on.',
  })}${form({
    action: `${places.issuers}/${id}/keys`,
    error: errorAbove(problem, []),
    fields: [
      {
        kind: 'textarea',
        name: 'keys',
        label: 'Keys',
        help: html`The JWK set of <code>${issuer}</code>, public keys alone.`,
        value: typed,
        rows: 8,
        code: true,
        required: true,
      },
    ],
    submit: { label: 'Give these keys', cancelHref: places.issuers },
  })}`;

const formBody = (typed: Typed, problem: Problem | undefined): Html =>
  html`${pageHead({
    title: 'Register issuer',
    lead: html`What is known of: ${PRESET_NAMES.map(
      (name, index) =>
        html`${index > 0 && ', '}<a href="${NEW}?preset=${name}">${ISSUER_PRESETS[name].title}</a>`,
    )}.`,
  })}${form({
    action: NEW,
    error: errorAbove(problem, SHOWN),
    fields: [
      {
        kind: 'url',
        name: 'issuer',
        label: 'Issuer',
        help: html`Exactly as its tokens have it in <code>iss</code>, such as <code>https://token.actions.githubusercontent.com</code>.`,
        value: typed.issuer,
        maxlength: 500,
        code: true,
        required: true,
        autofocus: problem === undefined,
        error: errorIn(problem, 'issuer'),
      },
      {
        kind: 'text',
        name: 'title',
        label: 'Title',
        help: 'How people are shown it; empty means its URL.',
        value: typed.title,
        maxlength: 100,
        error: errorIn(problem, 'label'),
      },
      {
        kind: 'text',
        name: 'immutable',
        label: 'Claims that are never given away',
        help: html`Ids that the issuer never gives to anybody else, such as <code>repository_id</code>; each trust policy has to name one of them. Names can be given up and taken by others.`,
        value: typed.immutable,
        code: true,
        required: true,
        error: errorIn(problem, 'immutable'),
      },
      {
        kind: 'textarea',
        name: 'keys',
        label: 'Keys',
        help: 'A JWK set, where this host cannot reach the issuer. Left empty, its keys are read from where it says that they are.',
        value: typed.keys,
        rows: 4,
        code: true,
        error: errorIn(problem, 'keys'),
      },
    ],
    submit: { label: 'Register issuer', cancelHref: places.issuers },
  })}`;
