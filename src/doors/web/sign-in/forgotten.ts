import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  askForPasswordReset,
  checkPasswordReset,
  resetPassword,
} from '../../../acts/accounts/reset-password.ts';
import { invalid, type Problem } from '../../../problem.ts';
import { grantOf, toHost } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { form, pageHead } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { statusOfTry } from './respond.ts';

/** A new password for somebody who lost theirs and reads the mail of their account. */
export async function forgottenPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const ask = (request: FastifyRequest, reply: FastifyReply, name: string, problem?: Problem) =>
    sendPage(
      services,
      request,
      reply,
      { title: 'Forgotten password', width: 'narrow', body: askingForm(name, problem) },
      problem === undefined ? 200 : statusOfTry(problem, reply),
    );

  app.get(places.forgotten, pageRoute('account.reset_password', toHost), async (request, reply) =>
    ask(request, reply, ''),
  );

  app.post(places.forgotten, pageRoute('account.reset_password', toHost), async (request, reply) => {
    const name = formOf(request).text('name').trim();
    return orShowAgain(
      async () => {
        if (name === '') throw invalid('name', 'Type your user name or e-mail address.');
        await askForPasswordReset(services, grantOf(request, 'account.reset_password'), name);
        return sendPage(services, request, reply, {
          title: 'Look into your mail',
          width: 'narrow',
          body: html`${pageHead({
            title: 'Look into your mail',
            lead: 'If there is such an account, a link for choosing a new password is on its way to its e-mail address.',
          })}<p>Nothing came after some minutes? Look among unwanted mail, then ask an administrator of this host.</p><p><a href="${places.signIn}">Back to sign in</a></p>`,
        });
      },
      (problem) => ask(request, reply, name, problem),
    );
  });

  /** The link is good no longer: what was wrong is said above the form that asks for another. */
  const show = (request: FastifyRequest, reply: FastifyReply, token: string, problem?: Problem) =>
    orShowAgain(
      async () => {
        const grant = grantOf(request, 'account.reset_password');
        const whose = await checkPasswordReset(services, grant, token);
        return sendPage(
          services,
          request,
          reply,
          { title: headOf(whose).title, width: 'narrow', body: choosingForm(token, whose, problem) },
          problem === undefined ? 200 : statusOfTry(problem, reply),
        );
      },
      (ended) => ask(request, reply, '', ended),
    );

  app.get(places.newPassword, pageRoute('account.reset_password', toHost), async (request, reply) =>
    show(request, reply, queryText(request, 'code')),
  );

  app.post(places.newPassword, pageRoute('account.reset_password', toHost), async (request, reply) => {
    const typed = formOf(request);
    const [token, next] = [queryText(request, 'code'), typed.text('next')];
    return orShowAgain(
      async () => {
        if (typed.text('again') !== next)
          throw invalid('again', 'This is not the same as the new password above.');
        const grant = grantOf(request, 'account.reset_password');
        const { isFirst } = await resetPassword(services, grant, { token, next });
        const notice = isFirst ? 'first-password-chosen' : 'password-chosen';
        return redirectTo(services, request, reply, places.signIn, notice);
      },
      (problem) => show(request, reply, token, problem),
    );
  });
}

const askingForm = (name: string, problem: Problem | undefined) =>
  html`${pageHead({
    title: 'Forgotten password',
    lead: 'A link for choosing a new one is sent to the e-mail address of your account.',
  })}${form({
    action: places.forgotten,
    error: errorAbove(problem, ['name']),
    fields: [
      {
        kind: 'text',
        name: 'name',
        label: 'User name or e-mail address',
        value: name,
        autocomplete: 'username',
        code: true,
        required: true,
        autofocus: true,
        error: errorIn(problem, 'name'),
      },
    ],
    submit: { label: 'Send the link', cancelHref: places.signIn },
  })}`;

interface Whose {
  readonly username: string;
  readonly isFirst: boolean;
}

const headOf = ({ username, isFirst }: Whose) =>
  isFirst
    ? { title: 'Choose your password', lead: `Your user name is ${username}. Sign in with both from now on.` }
    : {
        title: 'New password',
        lead: 'All sessions of your account end. Two-step verification, app passwords, API tokens and SSH keys stay as they are.',
      };

const choosingForm = (token: string, whose: Whose, problem: Problem | undefined) =>
  html`${pageHead(headOf(whose))}${form({
    // The code stays in the address: where the password is refused, the page is at an address that still knows it.
    action: `${places.newPassword}?code=${encodeURIComponent(token)}`,
    error: errorAbove(problem, ['next', 'again']),
    fields: [
      {
        kind: 'secret',
        name: 'next',
        label: 'New password',
        help: 'At least 12 characters. A few words in a row make a good one.',
        autocomplete: 'new-password',
        required: true,
        autofocus: true,
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
    submit: { label: 'Choose this password' },
  })}`;
