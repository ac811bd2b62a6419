import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changePassword } from '../../../acts/accounts/password.ts';
import { accountOf } from '../../../gate/index.ts';
import { invalid, type Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { form, pageHead } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';

/** Changing the account password, wanted or demanded: who signed in with one that others know can do nothing else. */
export async function passwordPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const isForced = (request: FastifyRequest): boolean =>
    accountOf(grantOf(request, 'account.password').principal)?.mustChangePassword === true;

  const show = (request: FastifyRequest, reply: FastifyReply, problem?: Problem) => {
    const forced = isForced(request);
    return sendPage(
      services,
      request,
      reply,
      {
        title: forced ? 'Choose your password' : 'Password',
        ...(forced ? { width: 'narrow' } : { rail: accountRail('password') }),
        body: passwordForm(forced, problem),
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(places.password, pageRoute('account.password', toSelf), async (request, reply) =>
    show(request, reply),
  );

  app.post(places.password, pageRoute('account.password', toSelf), async (request, reply) => {
    const form = formOf(request);
    const next = form.text('next');
    return orShowAgain(
      async () => {
        if (form.text('again') !== next)
          throw invalid('again', 'This is not the same as the new password above.');
        await changePassword(services, grantOf(request, 'account.password'), {
          current: form.text('current'),
          next,
        });
        return redirectTo(
          services,
          request,
          reply,
          isForced(request) ? places.home : places.password,
          'password-changed',
        );
      },
      (problem) => show(request, reply, problem),
    );
  });
}

const FIELDS = ['current', 'next', 'again'] as const;

const passwordForm = (forced: boolean, problem: Problem | undefined) =>
  html`${pageHead({
    title: forced ? 'Choose your password' : 'Password',
    lead: forced
      ? 'The one you signed in with was somebody else’s choice. Your own opens everything else here.'
      : 'It opens this website and nothing else: Git and the REST API take app passwords, API tokens and access tokens.',
  })}${form({
    action: places.password,
    error: errorAbove(problem, FIELDS),
    fields: [
      {
        kind: 'secret',
        name: 'current',
        label: forced ? 'The password you signed in with' : 'Present password',
        autocomplete: 'current-password',
        required: true,
        error: errorIn(problem, 'current'),
      },
      {
        kind: 'secret',
        name: 'next',
        label: 'New password',
        help: 'At least 12 characters. A few words in a row make a good one.',
        autocomplete: 'new-password',
        required: true,
        error: errorIn(problem, 'next'),
      },
      {
        kind: 'secret',
        name: 'again',
        label: 'New password, once more',
        autocomplete: 'new-password',
        required: true,
        error: errorIn(problem, 'again'),
      },
    ],
    submit: { label: 'Change password' },
  })}${!forced && html`<p class="quiet">Your other sessions end when you change it. App passwords, API tokens and SSH keys go on working.</p>`}`;
