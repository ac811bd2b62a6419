import type { FastifyInstance, FastifyReply } from 'fastify';
import { confirm, viewConfirmation } from '../../../acts/accounts/confirm.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { formOf, type FormInput } from '../form-input.ts';
import { contentSecurityPolicy } from '../headers.ts';
import { localPath } from '../local-path.ts';
import { leadsTo } from '../oauth/leads-to.ts';
import { places } from '../places.ts';
import { orShowAgain, redirectTo, sendPage } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { statusOfTry } from '../sign-in/respond.ts';
import type { Carried } from './carried.ts';
import { confirmationPage, goOnPage, type ConfirmationProps } from './view.ts';

/** Confirming anew, and going on to what that was asked for. */
export async function confirmPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(places.confirm, pageRoute('session.confirm', toSelf), async (request, reply) => {
    const next = localPath(queryText(request, 'next')) ?? places.home;
    const offer = await viewConfirmation(services, grantOf(request, 'session.confirm'));
    return sendPage(services, request, reply, confirmationPage({ onward: { next }, offer }));
  });

  app.post(places.confirm, pageRoute('session.confirm', toSelf), async (request, reply) => {
    const form = formOf(request);
    const onward = onwardOf(form);
    const grant = grantOf(request, 'session.confirm');
    return orShowAgain(
      async () => {
        await confirm(services, grant, {
          password: form.text('password'),
          code: form.text('code'),
          passkey: form.text('passkey'),
        });
        return 'next' in onward
          ? redirectTo(services, request, reply, onward.next)
          : sendPage(services, request, goingOn(reply, onward), goOnPage(onward));
      },
      async (problem) => {
        const offer = await viewConfirmation(services, grant);
        const page = confirmationPage({ onward, offer, problem });
        return sendPage(services, request, reply, page, statusOfTry(problem, reply));
      },
    );
  });
}

/** The form that is sent again may end where another site is. */
const goingOn = (reply: FastifyReply, { action }: Carried): FastifyReply =>
  reply.header('content-security-policy', contentSecurityPolicy(leadsTo(action)));

function onwardOf(form: FormInput): ConfirmationProps['onward'] {
  const action = localPath(form.text('action'));
  return action === undefined
    ? { next: localPath(form.text('next')) ?? places.home }
    : { action, fields: form.text('fields') };
}
