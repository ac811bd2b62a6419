import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { completeSignIn, viewSecondStep } from '../../../acts/accounts/sign-in.ts';
import type { Grant } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { grantOf, toHost } from '../../shared/policy.ts';
import { assets } from '../assets.ts';
import { clearPendingCookie, pendingCookie } from '../cookies.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { localPath } from '../local-path.ts';
import { onwardFields, onwardOf, type Onward } from '../onward.ts';
import { form, pageHead, passkeyButton } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { codeField } from './code-field.ts';
import { sendSignIn } from './form.ts';
import { browserOf, statusOfTry, welcome } from './respond.ts';

/** Where a sign-in whose password was right goes on. */
export const secondStepFor = (next: string | undefined): string =>
  next === undefined ? places.secondStep : `${places.secondStep}?next=${encodeURIComponent(next)}`;

export interface SecondStepProps {
  /** The sign-in that waits, as its cookie has it. */
  readonly pending: string;
  readonly onward: Onward;
  readonly problem?: Problem;
}

/** The page of the second step, or the first one again where the sign-in no longer waits. */
export const sendSecondStep = (
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  grant: Grant<'session.create'>,
  { pending, onward, problem }: SecondStepProps,
): Promise<FastifyReply> =>
  orShowAgain(
    async () => {
      const offer = await viewSecondStep(services, grant, pending);
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
              hidden: onwardFields(onward),
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
    (gone) => beginAgain(services, request, reply, grant, onward, gone),
  );

async function beginAgain(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  grant: Grant<'session.create'>,
  onward: Onward,
  problem: Problem,
): Promise<FastifyReply> {
  clearPendingCookie(services, request, reply);
  return 'next' in onward
    ? redirectTo(services, request, reply, places.signIn, 'sign-in-again')
    : sendSignIn(services, request, reply, grant, { name: '', onward, problem });
}

/** The second step of signing in. */
export async function secondStepPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(places.secondStep, pageRoute('session.create', toHost), (request, reply) =>
    sendSecondStep(services, request, reply, grantOf(request, 'session.create'), {
      pending: pendingCookie(services, request),
      onward: { next: localPath(queryText(request, 'next')) },
    }),
  );

  app.post(places.secondStep, pageRoute('session.create', toHost), async (request, reply) => {
    const typed = formOf(request);
    const onward = onwardOf(typed);
    const pending = pendingCookie(services, request);
    const grant = grantOf(request, 'session.create');
    return orShowAgain(
      async () => {
        const signedIn = await completeSignIn(services, grant, {
          pending,
          code: typed.text('code'),
          passkey: typed.text('passkey'),
          browser: browserOf(services, request),
        });
        return welcome(services, request, reply, signedIn, onward);
      },
      async (problem) =>
        problem.code === 'not_found'
          ? beginAgain(services, request, reply, grant, onward, problem)
          : sendSecondStep(services, request, reply, grant, { pending, onward, problem }),
    );
  });
}
