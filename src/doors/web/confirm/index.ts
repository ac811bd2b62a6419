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
    return sendPage(services, request, reply, confirmationPage({ then: { next } }));
  });

  app.post(places.confirm, pageRoute('session.confirm', toSelf), async (request, reply) => {
    const form = formOf(request);
    const then = thenOf(form);
    return orShowAgain(
      async () => {
        await confirmByPassword(services, grantOf(request, 'session.confirm'), {
          password: form.text('password'),
        });
        return 'next' in then
          ? redirectTo(services, request, reply, then.next)
          : sendPage(services, request, reply, goOnPage(then));
      },
      (problem) =>
        sendPage(
          services,
          request,
          reply,
          confirmationPage({ then, error: problem.message }),
          statusOf(problem),
        ),
    );
  });
}

function thenOf(form: FormInput): ConfirmationProps['then'] {
  const action = localPath(form.text('action'));
  return action === undefined
    ? { next: localPath(form.text('next')) ?? places.home }
    : { action, fields: form.text('fields') };
}
