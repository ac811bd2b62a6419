import type { FastifyInstance } from 'fastify';
import { confirm, viewConfirmation } from '../../../acts/accounts/confirm.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { localPath } from '../local-path.ts';
import { onwardOf } from '../onward.ts';
import { places } from '../places.ts';
import { orShowAgain, redirectTo, sendPage } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { statusOfTry } from '../sign-in/respond.ts';
import { sendGoOn } from './go-on.ts';
import { confirmationPage } from './view.ts';

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
          ? redirectTo(services, request, reply, onward.next ?? places.home)
          : sendGoOn(services, request, reply, onward);
      },
      async (problem) => {
        const offer = await viewConfirmation(services, grant);
        const page = confirmationPage({ onward, offer, problem });
        return sendPage(services, request, reply, page, statusOfTry(problem, reply));
      },
    );
  });
}
