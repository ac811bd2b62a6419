import type { FastifyInstance } from 'fastify';
import { signOut } from '../../../acts/accounts/sessions.ts';
import { signIn, signInByPasskey } from '../../../acts/accounts/sign-in.ts';
import { grantOf, toHost, toSelf } from '../../shared/policy.ts';
import { clearSessionCookie, setPendingCookie } from '../cookies.ts';
import { formOf } from '../form-input.ts';
import { localPath } from '../local-path.ts';
import { onwardOf } from '../onward.ts';
import { places } from '../places.ts';
import { orShowAgain, redirectTo } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { forgottenPages } from './forgotten.ts';
import { sendSignIn } from './form.ts';
import { browserOf, welcome } from './respond.ts';
import { secondStepFor, secondStepPages, sendSecondStep } from './second-step.ts';

/** Signing in and out. */
export async function signInPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  const { services } = options;
  app.get(places.signIn, pageRoute('session.create', toHost), async (request, reply) => {
    const next = localPath(queryText(request, 'next'));
    const grant = grantOf(request, 'session.create');
    if (grant.principal.type === 'session') return redirectTo(services, request, reply, next ?? places.home);
    return sendSignIn(services, request, reply, grant, { name: '', onward: { next } });
  });

  app.post(places.signIn, pageRoute('session.create', toHost), async (request, reply) => {
    const form = formOf(request);
    const onward = onwardOf(form);
    const name = form.text('name');
    const grant = grantOf(request, 'session.create');
    return orShowAgain(
      async () => {
        const signedIn = await signIn(services, grant, {
          name,
          password: form.text('password'),
          browser: browserOf(services, request),
        });
        if (!('pending' in signedIn)) return welcome(services, request, reply, signedIn, onward);
        setPendingCookie(services, request, reply, signedIn.pending);
        return 'next' in onward
          ? redirectTo(services, request, reply, secondStepFor(onward.next))
          : sendSecondStep(services, request, reply, grant, { pending: signedIn.pending, onward });
      },
      (problem) => sendSignIn(services, request, reply, grant, { name, onward, problem }),
    );
  });

  app.get(places.signInByPasskey, pageRoute('session.create', toHost), (request, reply) =>
    sendSignIn(services, request, reply, grantOf(request, 'session.create'), {
      name: '',
      onward: { next: undefined },
    }),
  );

  app.post(places.signInByPasskey, pageRoute('session.create', toHost), async (request, reply) => {
    const form = formOf(request);
    const onward = onwardOf(form);
    const grant = grantOf(request, 'session.create');
    return orShowAgain(
      async () => {
        const signedIn = await signInByPasskey(services, grant, {
          passkey: form.text('passkey'),
          browser: browserOf(services, request),
        });
        return welcome(services, request, reply, signedIn, onward);
      },
      (problem) => sendSignIn(services, request, reply, grant, { name: '', onward, problem }),
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
