import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { signIn, signOut } from '../../../acts/accounts/sessions.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toHost, toSelf } from '../../shared/policy.ts';
import { clearSessionCookie, setSessionCookie } from '../cookies.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { localPath } from '../local-path.ts';
import { form } from '../pieces/index.ts';
import { places } from '../places.ts';
import { orShowAgain, redirectTo, sendPage } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';

/** Signing in and out. */
export async function signInPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const show = (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: { readonly name: string; readonly next: string | undefined },
    problem?: Problem,
  ) =>
    sendPage(
      services,
      request,
      reply,
      { title: 'Sign in', width: 'narrow', body: signInForm(typed, problem?.message) },
      problem === undefined ? 200 : problem.code === 'unavailable' ? 429 : 422,
    );

  app.get(places.signIn, pageRoute('session.create', toHost), async (request, reply) => {
    const next = localPath(queryText(request, 'next'));
    const { principal } = grantOf(request, 'session.create');
    if (principal.type === 'session') return redirectTo(services, request, reply, next ?? places.home);
    return show(request, reply, { name: '', next });
  });

  app.post(places.signIn, pageRoute('session.create', toHost), async (request, reply) => {
    const form = formOf(request);
    const next = localPath(form.text('next'));
    const name = form.text('name');
    return orShowAgain(
      async () => {
        const { token, mustChangePassword } = await signIn(services, grantOf(request, 'session.create'), {
          name,
          password: form.text('password'),
          userAgent: request.headers['user-agent'] ?? '',
        });
        setSessionCookie(services, request, reply, token);
        return mustChangePassword
          ? redirectTo(services, request, reply, places.password, 'password-change-needed')
          : redirectTo(services, request, reply, next ?? places.home);
      },
      async (problem) => {
        const seconds = problem.data?.['retryAfterSeconds'];
        if (typeof seconds === 'number') void reply.header('retry-after', seconds);
        return show(request, reply, { name, next }, problem);
      },
    );
  });

  app.post(places.signOut, pageRoute('session.revoke', toSelf), async (request, reply) => {
    await signOut(services, grantOf(request, 'session.revoke'), 'this');
    clearSessionCookie(services, request, reply);
    return redirectTo(services, request, reply, places.signIn, 'signed-out');
  });
}

function signInForm(
  typed: { readonly name: string; readonly next: string | undefined },
  error: string | undefined,
) {
  return html`<h1>Sign in</h1>${form({
    action: places.signIn,
    ...(typed.next !== undefined && { hidden: { next: typed.next } }),
    error,
    fields: [
      {
        kind: 'text',
        name: 'name',
        label: 'User name or e-mail address',
        value: typed.name,
        autocomplete: 'username',
        code: true,
        required: true,
        autofocus: typed.name === '',
      },
      {
        kind: 'secret',
        name: 'password',
        label: 'Password',
        autocomplete: 'current-password',
        required: true,
        autofocus: typed.name !== '',
      },
    ],
    submit: { label: 'Sign in' },
  })}
<p class="quiet">This is for people. Scripts and Git use app passwords and access tokens, which you create once you have signed in.</p>`;
}
