import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { takeForm } from '../../../acts/credentials/take-form.ts';
import { createAppPassword } from '../../../acts/credentials/create-app-password.ts';
import { listAppPasswords } from '../../../acts/credentials/list.ts';
import { viewBoundWords } from '../../../acts/credentials/view.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
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
import { appPasswordPath, places } from '../places.ts';
import { orShowAgain, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { revokeQuestion } from './app-password.ts';
import { sendAlreadyMade, sendMadeAppPassword } from './made-app-password.ts';
import { ownRepositories } from './own-repositories.ts';
import { accountRail } from './rail.ts';

const TITLE = 'App passwords';

/** Personal settings → Access management → App passwords: the list, and making one. */
export async function appPasswordPages(
  app: FastifyInstance,
  { services, routes }: PagesOptions,
): Promise<void> {
  const rail = accountRail('app-passwords');

  app.get(places.appPasswords, pageRoute('app_password.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'app_password.list');
    const which = whichIn(request);
    const shown = await listAppPasswords(services, grant, which);
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: TITLE,
      width: 'full',
      rail,
      body: html`${pageHead({
        title: TITLE,
        lead: 'Each lets one script or tool in under your name, by Git and the REST API, as far as its permissions go.',
        actions: html`<a class="button button-primary" href="${places.newAppPassword}">Create app password</a>`,
      })}${credentialPages({
        label: TITLE,
        href: places.appPasswords,
        which,
        shown,
        now,
        boundWords: await viewBoundWords(services, grant, shown.credentials),
        detailHref: ({ id }) => appPasswordPath(id),
        action: (each) => confirmOpener(revokeQuestion(each, now)),
        empty: emptyState({
          title: shown.others === 0 ? 'No app passwords yet' : 'No active app passwords',
          body: 'A script, a CI job or Git itself signs in with an app password instead of your own. Make one for each, so that you can revoke one alone.',
          action: {
            label: shown.others === 0 ? 'Create your first app password' : 'Create an app password',
            href: places.newAppPassword,
          },
        }),
      })}`,
    });
  });

  /** With a problem of acting on the form; where it was only opened or read back, with what cannot be read in it. */
  const showChooser = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedKey,
    refused?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'app_password.create');
    const { preview, problem } = await previewKey(services, grant, 'app_password', typed);
    return sendPage(
      services,
      request,
      reply,
      {
        title: 'Create app password',
        width: 'full',
        rail,
        body: html`${pageHead({
          title: 'Create app password',
          lead: 'Its secret is shown once, right after you create it.',
        })}${keyChooser({
          kind: 'app_password',
          action: places.newAppPassword,
          cancelHref: places.appPasswords,
          submitLabel: 'Create app password',
          typed,
          preview,
          problem: refused ?? problem,
          formToken: freshFormToken(),
          everywhere: 'everywhere that you may go',
          reach: html`<p>It reaches what you reach, for as long as you hold the role. Whatever you say here makes it narrower, and it can never be widened.</p>`,
          expires: {
            help: 'It works until the end of this day, in UTC; with a minute, such as 2027-03-31 14:00, until then. Empty: it does not expire.',
            required: false,
          },
          repositories: await ownRepositories(services, request),
          address: request.ip,
          routes,
        })}`,
      },
      refused === undefined ? 200 : statusOf(refused),
    );
  };

  app.get(places.newAppPassword, pageRoute('app_password.create', toSelf), async (request, reply) =>
    showChooser(request, reply, keyInQuery('app_password', request.query, '')),
  );

  app.post(places.newAppPassword, pageRoute('app_password.create', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'app_password.create');
    const form = formOf(request);
    const typed = typedKey(form);
    if (isReadingBack(form)) return showChooser(request, reply, typed);
    if (!(await takeForm(services, grant, form.text('form_token'))))
      return sendAlreadyMade(services, request, reply);
    const scopes = chosenScopes('app_password', typed);
    return orShowAgain(
      async () => {
        const { id, secret } = await createAppPassword(services, grant, {
          label: typed.label,
          scopes,
          ...momentsIn(typed),
          confinement: confinementOfKey('app_password', typed),
        });
        const [named] = linesOf(typed.bounds.texts.repository);
        return sendMadeAppPassword(services, request, reply, {
          title: 'App password created',
          username: grant.targets[0].username,
          made: { id, label: typed.label.trim(), scopes, secret },
          example: named,
        });
      },
      (problem) => showChooser(request, reply, typed, problem),
    );
  });
}
