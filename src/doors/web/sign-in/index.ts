import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { signOut } from '../../../acts/accounts/sessions.ts';
import { offerPasskeyAlone, signIn, signInByPasskey } from '../../../acts/accounts/sign-in.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toHost, toSelf } from '../../shared/policy.ts';
import { assets } from '../assets.ts';
import { clearSessionCookie, setPendingCookie } from '../cookies.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { localPath } from '../local-path.ts';
import { form, hiddenFields, passkeyButton } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { forgottenPages } from './forgotten.ts';
import { browserOf, statusOfTry, welcome } from './respond.ts';
import { secondStepFor, secondStepPages } from './second-step.ts';

interface Typed {
  readonly name: string;
  readonly next: string | undefined;
}

/** Signing in and out. */
export async function signInPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  const { services } = options;
  const show = async (request: FastifyRequest, reply: FastifyReply, typed: Typed, problem?: Problem) => {
    const passkey = await offerPasskeyAlone(services, grantOf(request, 'session.create'));
    return sendPage(
      services,
      request,
      reply,
      {
        title: 'Sign in',
        width: 'narrow',
        ...(passkey !== undefined && { scripts: [assets.passkeyScript.url] }),
        body: signInForm(typed, passkey, problem),
      },
      problem === undefined ? 200 : statusOfTry(problem, reply),
    );
  };

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
        const signedIn = await signIn(services, grantOf(request, 'session.create'), {
          name,
          password: form.text('password'),
          browser: browserOf(services, request),
        });
        if (!('pending' in signedIn)) return welcome(services, request, reply, signedIn, next);
        setPendingCookie(services, request, reply, signedIn.pending);
        return redirectTo(services, request, reply, secondStepFor(next));
      },
      (problem) => show(request, reply, { name, next }, problem),
    );
  });

  app.get(places.signInByPasskey, pageRoute('session.create', toHost), (request, reply) =>
    show(request, reply, { name: '', next: undefined }),
  );

  app.post(places.signInByPasskey, pageRoute('session.create', toHost), async (request, reply) => {
    const form = formOf(request);
    const next = localPath(form.text('next'));
    return orShowAgain(
      async () => {
        const signedIn = await signInByPasskey(services, grantOf(request, 'session.create'), {
          passkey: form.text('passkey'),
          browser: browserOf(services, request),
        });
        return welcome(services, request, reply, signedIn, next);
      },
      (problem) => show(request, reply, { name: '', next }, problem),
    );
  });

  app.post(places.signOut, pageRoute('session.revoke', toSelf), async (request, reply) => {
    await signOut(services, grantOf(request, 'session.revoke'), 'this');
    clearSessionCookie(services, request, reply);
    return redirectTo(services, request, reply, places.signIn, 'signed-out');
  });

  await app.register(secondStepPages, options);
  await app.register(forgottenPages, options);
}

function signInForm(typed: Typed, passkey: string | undefined, problem: Problem | undefined) {
  const hidden = typed.next === undefined ? {} : { next: typed.next };
  return html`<h1>Sign in</h1>${form({
    action: places.signIn,
    hidden,
    error: errorAbove(problem, ['passkey']),
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
  })}${
    passkey !== undefined &&
    html`<form action="${places.signInByPasskey}" method="post">${hiddenFields(hidden)}${passkeyButton({ label: 'Use a passkey instead', does: 'get', request: passkey, error: errorIn(problem, 'passkey') })}</form>`
  }
<p><a href="${places.forgotten}">Forgotten your password?</a></p><p class="quiet">This is for people. Scripts and Git use app passwords and access tokens, which you create once you have signed in.</p>`;
}
