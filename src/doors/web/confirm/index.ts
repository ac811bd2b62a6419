import type { FastifyInstance } from 'fastify';
import { confirmByPassword } from '../../../acts/accounts/confirm.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { formOf, type FormInput } from '../form-input.ts';
import { localPath } from '../local-path.ts';
import { places } from '../places.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { confirmationPage, goOnPage, type ConfirmationProps } from './view.ts';

/** Confirming anew, and going on to what that was asked for. */
export async function confirmPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(places.confirm, pageRoute('session.confirm', toSelf), async (request, reply) => {
    const next = localPath(queryText(request, 'next')) ?? places.home;
    return sendPage(services, request, reply, confirmationPage({ onward: { next } }));
  });

  app.post(places.confirm, pageRoute('session.confirm', toSelf), async (request, reply) => {
    const form = formOf(request);
    const onward = onwardOf(form);
    return orShowAgain(
      async () => {
        await confirmByPassword(services, grantOf(request, 'session.confirm'), {
          password: form.text('password'),
        });
        return 'next' in onward
          ? redirectTo(services, request, reply, onward.next)
          : sendPage(services, request, reply, goOnPage(onward));
      },
      (problem) =>
        sendPage(
          services,
          request,
          reply,
          confirmationPage({ onward, error: problem.message }),
          statusOf(problem),
        ),
    );
  });
}

function onwardOf(form: FormInput): ConfirmationProps['onward'] {
  const action = localPath(form.text('action'));
  return action === undefined
    ? { next: localPath(form.text('next')) ?? places.home }
    : { action, fields: form.text('fields') };
}
