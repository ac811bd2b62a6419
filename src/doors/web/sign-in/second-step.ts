import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { completeSignIn, viewSecondStep } from '../../../acts/accounts/sign-in.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toHost } from '../../shared/policy.ts';
import { assets } from '../assets.ts';
import { clearPendingCookie, pendingCookie } from '../cookies.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { localPath } from '../local-path.ts';
import { form, pageHead, passkeyButton } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { codeField } from './code-field.ts';
import { browserOf, statusOfTry, welcome } from './respond.ts';

/** Where a sign-in whose password was right goes on. */
export const secondStepFor = (next: string | undefined): string =>
  next === undefined ? places.secondStep : `${places.secondStep}?next=${encodeURIComponent(next)}`;

/** The second step of signing in. */
export async function secondStepPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const beginAgain = (request: FastifyRequest, reply: FastifyReply) => {
    clearPendingCookie(services, request, reply);
    return redirectTo(services, request, reply, places.signIn, 'sign-in-again');
  };

  const show = (
    request: FastifyRequest,
    reply: FastifyReply,
    next: string | undefined,
    problem?: Problem,
  ): Promise<FastifyReply> =>
    orShowAgain(
      async () => {
        const grant = grantOf(request, 'session.create');
        const offer = await viewSecondStep(services, grant, pendingCookie(services, request));
        return sendPage(
          services,
          request,
          reply,
          {
            title: 'Second step',
            width: 'narrow',
            ...(offer.passkey !== undefined && { scripts: [assets.passkeyScript.url] }),
            body: html`${pageHead({ title: 'Second step', lead: 'Your password is right. One more thing shows that it is you.' })}${form(
              {
                action: places.secondStep,
                ...(next !== undefined && { hidden: { next } }),
                error: errorAbove(problem, ['code', 'passkey']),
                fields: [codeField(offer.hasApp, errorIn(problem, 'code'), true)],
                body:
                  offer.passkey === undefined
                    ? undefined
                    : passkeyButton({
                        label: 'Use a passkey or security key',
                        does: 'get',
                        request: offer.passkey,
                        primary: !offer.hasApp,
                        error: errorIn(problem, 'passkey'),
                      }),
                submit: { label: 'Sign in', cancelHref: places.signIn },
              },
            )}`,
          },
          problem === undefined ? 200 : statusOfTry(problem, reply),
        );
      },
      async () => beginAgain(request, reply),
    );

  app.get(places.secondStep, pageRoute('session.create', toHost), async (request, reply) =>
    show(request, reply, localPath(queryText(request, 'next'))),
  );

  app.post(places.secondStep, pageRoute('session.create', toHost), async (request, reply) => {
    const typed = formOf(request);
    const next = localPath(typed.text('next'));
    return orShowAgain(
      async () => {
        const signedIn = await completeSignIn(services, grantOf(request, 'session.create'), {
          pending: pendingCookie(services, request),
          code: typed.text('code'),
          passkey: typed.text('passkey'),
          browser: browserOf(services, request),
        });
        return welcome(services, request, reply, signedIn, next);
      },
      async (problem) =>
        problem.code === 'not_found' ? beginAgain(request, reply) : show(request, reply, next, problem),
    );
  });
}
