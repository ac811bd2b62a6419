import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createAppPassword } from '../../../acts/credentials/create-app-password.ts';
import { listAppPasswords } from '../../../acts/credentials/list.ts';
import { revokeCredential } from '../../../acts/credentials/revoke.ts';
import { listVisibleRepositories } from '../../../acts/repositories/view.ts';
import type { Credential } from '../../../credentials/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { grantOf, toHost, toSelf } from '../../shared/policy.ts';
import { EMPTY_KEY, isReadingBack, keyChooser, typedKey, type TypedKey } from '../credentials/chooser.ts';
import { credentialLists, hasEnded, revokeConsequences } from '../credentials/lines.ts';
import { appPasswordLines } from '../credentials/ready-lines.ts';
import { chosenScopes } from '../credentials/tasks.ts';
import { enterAlso } from '../enter-also.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import {
  confirmBody,
  confirmOpener,
  emptyState,
  notice,
  pageHead,
  secretBox,
  type ConfirmProps,
} from '../pieces/index.ts';
import { places } from '../places.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';

const TITLE = 'App passwords';

/** Personal settings → Access management → App passwords. */
export async function appPasswordPages(
  app: FastifyInstance,
  { services, forms }: PagesOptions,
): Promise<void> {
  const rail = accountRail('app-passwords');

  app.get(places.appPasswords, pageRoute('app_password.list', toSelf), async (request, reply) => {
    const credentials = await listAppPasswords(services, grantOf(request, 'app_password.list'));
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: TITLE,
      width: 'full',
      rail,
      body: html`${pageHead({
        title: TITLE,
        lead: 'Each lets one script or tool in under your name, by Git and the REST API, as far as its permissions go.',
        actions: html`<a class="button button-primary" href="${places.newAppPassword}">Create app password</a>`,
      })}${credentialLists(
        TITLE,
        credentials,
        now,
        (each) => confirmOpener(revokeQuestion(each, now)),
        emptyState({
          title: 'No app passwords yet',
          body: 'A script, a CI job or Git itself signs in with an app password instead of your own. Make one for each, so that you can revoke one alone.',
          action: { label: 'Create your first app password', href: places.newAppPassword },
        }),
      )}`,
    });
  });

  const showChooser = (request: FastifyRequest, reply: FastifyReply, typed: TypedKey, problem?: Problem) =>
    sendPage(
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
          problem,
          formToken: forms.token(),
          readsBack: true,
          where: {
            summary: 'Everywhere that you may go',
            body: html`<p>It reaches what you reach: every repository on which you hold a role, for as long as you hold it.</p><p>To keep a script inside one repository, make an access token in the settings of that repository instead.</p>`,
          },
          until: {
            summary: 'Until you revoke it',
            body: html`<p>App passwords do not expire. The list shows when each was last used, so that you can revoke what nobody needs any more.</p>`,
          },
        })}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );

  app.get(places.newAppPassword, pageRoute('app_password.create', toSelf), async (request, reply) =>
    showChooser(request, reply, EMPTY_KEY),
  );

  app.post(places.newAppPassword, pageRoute('app_password.create', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'app_password.create');
    const { principal } = grant;
    const session = principal.type === 'session' ? principal.sessionId : '';
    const form = formOf(request);
    const formToken = form.text('form_token');
    if (isReadingBack(form)) return showChooser(request, reply, typedKey(form));
    if (!forms.take(session, formToken)) return sendAlreadyMade(services, request, reply);
    const typed = typedKey(form);
    const scopes = chosenScopes('app_password', typed);
    return orShowAgain(
      async () => {
        const { id, secret } = await createAppPassword(services, grant, { label: typed.label, scopes });
        return sendPage(services, request, reply, {
          title: 'App password created',
          rail,
          body: html`<h1>App password created</h1>${secretBox({
            kind: 'App password',
            label: typed.label.trim(),
            secret: secret.reveal(),
            publicId: id,
            lines: appPasswordLines({
              publicUrl: services.publicUrl,
              username: grant.targets[0].username,
              secret: secret.reveal(),
              scopes,
              example: await exampleRepository(services, request),
            }),
            doneHref: places.appPasswords,
          })}`,
        });
      },
      (problem) => showChooser(request, reply, typed, problem),
    );
  });

  const one = `${places.appPasswords}/:id/revoke`;

  app.get(one, pageRoute('app_password.list', toSelf), async (request, reply) => {
    const credentials = await listAppPasswords(services, grantOf(request, 'app_password.list'));
    const id = parameter(request, 'id');
    const credential = credentials.find((each) => each.id === id && !hasEnded(each));
    if (credential === undefined) {
      throw new Problem(
        'not_found',
        'You have no active app password of this id: it may have been revoked already.',
      );
    }
    const question = revokeQuestion(credential, new Date(services.clock()));
    return sendPage(services, request, reply, { title: 'Revoke', rail, body: confirmBody(question) });
  });

  app.post(one, pageRoute('app_password.revoke', toSelf), async (request, reply) => {
    await revokeCredential(services, grantOf(request, 'app_password.revoke'), parameter(request, 'id'));
    return redirectTo(services, request, reply, places.appPasswords, 'app-password-revoked');
  });
}

function revokeQuestion(credential: Credential, now: Date): ConfirmProps {
  const address = `${places.appPasswords}/${credential.id}/revoke`;
  return {
    id: `revoke-${credential.id}`,
    title: `Revoke “${credential.label}”?`,
    consequences: revokeConsequences(credential, now),
    action: address,
    pageHref: address,
    cancelHref: places.appPasswords,
    submitLabel: 'Revoke',
    danger: true,
  };
}

/** A reload of the page that showed the secret sends the form again; that must not make a second key. */
const sendAlreadyMade = (services: Services, request: FastifyRequest, reply: FastifyReply) =>
  sendPage(
    services,
    request,
    reply,
    {
      title: 'Already sent',
      rail: accountRail('app-passwords'),
      body: html`${pageHead({ title: 'This form was sent already' })}${notice({
        kind: 'info',
        body: 'Nothing new was made. If it made an app password before, the secret was shown then and cannot be shown again: revoke that one in the list and create another.',
      })}<p class="row"><a class="button button-primary" href="${places.appPasswords}">See app passwords</a> <a class="button" href="${places.newAppPassword}">Create app password</a></p>`,
    },
    409,
  );

/** A repository of the person's own to stand in the ready-made lines. */
async function exampleRepository(services: Services, request: FastifyRequest): Promise<string> {
  const grant = await enterAlso(services, request, 'repository.search', toHost());
  const { repositories } = await listVisibleRepositories(services, grant, {
    role: 'read',
    sort: { by: 'updated_at', descending: true },
    offset: 0,
    limit: 1,
  });
  const [latest] = repositories;
  return latest === undefined ? 'WORKSPACE/REPOSITORY' : `${latest.workspace.slug}/${latest.slug}`;
}
