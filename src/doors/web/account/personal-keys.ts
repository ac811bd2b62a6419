import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { takeForm } from '../../../acts/credentials/take-form.ts';
import { createPersonalCredential } from '../../../acts/credentials/create-personal.ts';
import { listPersonalCredentials } from '../../../acts/credentials/list.ts';
import { previewMoments } from '../../../acts/credentials/preview.ts';
import { viewBoundWords } from '../../../acts/credentials/view.ts';
import type { Problem } from '../../../problem.ts';
import { toSelf } from '../../shared/policy.ts';
import { isReadingBack, keyChooser } from '../credentials/chooser.ts';
import { credentialPages } from '../credentials/lines.ts';
import { whichIn } from '../credentials/parted-list.ts';
import { previewKey } from '../credentials/preview.ts';
import { chosenScopes } from '../credentials/tasks.ts';
import {
  confinementOfKey,
  keyInQuery,
  momentsIn,
  typedKey,
  type TypedKey,
} from '../credentials/typed-key.ts';
import { linesOf } from '../credentials/typed-bounds.ts';
import { formOf } from '../form-input.ts';
import { freshFormToken } from '../form-token.ts';
import { html } from '../html.ts';
import { confirmOpener, emptyState, pageHead } from '../pieces/index.ts';
import { orShowAgain, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { revokeQuestion } from './personal-key.ts';
import { sendAlreadyMade, sendMadePersonalKey } from './made-personal-key.ts';
import { ownRepositories } from './own-repositories.ts';
import { PERSONAL_PAGES, type PersonalPages } from './personal-kinds.ts';
import { accountRail } from './rail.ts';

/** Personal settings → Access management → App passwords, and → API tokens: the lists, and making one. */
export async function personalKeyPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  for (const pages of PERSONAL_PAGES) {
    addList(app, options, pages);
    addCreate(app, options, pages);
  }
}

function addList(app: FastifyInstance, { services }: PagesOptions, pages: PersonalPages): void {
  const { title, named } = pages;
  app.get(pages.list, pageRoute(`${pages.kind}.list`, toSelf), async (request, reply) => {
    const grant = pages.grants.list(request);
    const which = whichIn(request);
    const shown = await listPersonalCredentials(services, grant, which);
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title,
      width: 'full',
      rail: accountRail(pages.rail),
      body: html`${pageHead({
        title,
        lead: pages.lead,
        actions: html`<a class="button button-primary" href="${pages.create}">Create ${named}</a>`,
      })}${credentialPages({
        label: title,
        href: pages.list,
        which,
        shown,
        now,
        boundWords: await viewBoundWords(services, grant, shown.credentials),
        detailHref: ({ id }) => pages.path(id),
        action: (each) => confirmOpener(revokeQuestion(pages, each, now)),
        empty: emptyState({
          title: shown.others === 0 ? `No ${named}s yet` : `No active ${named}s`,
          body: pages.empty,
          action: {
            label: shown.others === 0 ? `Create your first ${named}` : `Create an ${named}`,
            href: pages.create,
          },
        }),
      })}`,
    });
  });
}

function addCreate(app: FastifyInstance, { services, routes }: PagesOptions, pages: PersonalPages): void {
  const { kind } = pages;
  const title = `Create ${pages.named}`;
  const route = pageRoute(`${kind}.create`, toSelf);

  /** With a problem of acting on the form; where it was only opened or read back, with what cannot be read in it. */
  const showChooser = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedKey,
    refused?: Problem,
  ): Promise<FastifyReply> => {
    const { preview, problem } = await previewKey(services, pages.grants.create(request), kind, typed);
    return sendPage(
      services,
      request,
      reply,
      {
        title,
        width: 'full',
        rail: accountRail(pages.rail),
        body: html`${pageHead({
          title,
          lead: 'Its secret is shown once, right after you create it.',
        })}${keyChooser({
          kind,
          action: pages.create,
          cancelHref: pages.list,
          submitLabel: title,
          typed,
          preview,
          problem: refused ?? problem,
          formToken: freshFormToken(),
          everywhere: 'everywhere that you may go',
          reach: html`<p>It reaches what you reach, for as long as you hold the role. Whatever you say here makes it narrower, and it can never be widened.</p>`,
          expires: pages.expires,
          repositories: await ownRepositories(services, request),
          address: request.ip,
          routes,
        })}`,
      },
      refused === undefined ? 200 : statusOf(refused),
    );
  };

  /** The last day of what always ends, as the form is opened. */
  const usualEnd = (): string => {
    const { expiresAt } = previewMoments(services, kind, { notBefore: null, expiresAt: null });
    return expiresAt === null ? '' : new Date(expiresAt).toISOString().slice(0, 10);
  };

  app.get(pages.create, route, async (request, reply) =>
    showChooser(request, reply, keyInQuery(kind, request.query, usualEnd())),
  );

  app.post(pages.create, route, async (request, reply) => {
    const grant = pages.grants.create(request);
    const form = formOf(request);
    const typed = typedKey(form);
    if (isReadingBack(form)) return showChooser(request, reply, typed);
    if (!(await takeForm(services, grant, form.text('form_token'))))
      return sendAlreadyMade(services, request, reply, pages);
    const scopes = chosenScopes(kind, typed);
    return orShowAgain(
      async () => {
        const { id, secret } = await createPersonalCredential(services, grant, {
          label: typed.label,
          scopes,
          ...momentsIn(typed),
          confinement: confinementOfKey(kind, typed),
        });
        const [named] = linesOf(typed.bounds.texts.repository);
        return sendMadePersonalKey(services, request, reply, pages, {
          title: `${pages.one} created`,
          grant,
          made: { id, label: typed.label.trim(), scopes, secret },
          example: named,
        });
      },
      (problem) => showChooser(request, reply, typed, problem),
    );
  });
}
