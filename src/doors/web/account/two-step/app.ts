import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { confirmApp, proposeApp, viewProposedApp } from '../../../../acts/accounts/two-step.ts';
import type { Problem } from '../../../../problem.ts';
import { grantOf, toSelf } from '../../../shared/policy.ts';
import { formOf } from '../../form-input.ts';
import { html } from '../../html.ts';
import { copyLine, form, pageHead } from '../../pieces/index.ts';
import { places } from '../../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, type PagesOptions } from '../../route.ts';
import { accountRail } from '../rail.ts';
import { codesPage } from './codes.ts';
import { qrPicture } from './qr.ts';

export const APP = `${places.twoStep}/app`;

/** Setting up an authenticator app: it counts once a code of it was typed. */
export async function authenticatorAppPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const changing = pageRoute('two_step.change', toSelf);

  const show = async (request: FastifyRequest, reply: FastifyReply, problem?: Problem) => {
    const proposed = await viewProposedApp(services, grantOf(request, 'two_step.change'));
    if (proposed === undefined) return redirectTo(services, request, reply, places.twoStep);
    const secret = proposed.seed.reveal();
    return sendPage(
      services,
      request,
      reply,
      {
        title: 'Authenticator app',
        rail: accountRail('two-step'),
        body: html`${pageHead({
          title: 'Authenticator app',
          lead: 'Read the picture with the app, then type the six digits that it shows. The app counts from then on.',
        })}${qrPicture(proposed.address, 'The secret below, as a picture for the camera of the app')}${copyLine(
          {
            label: 'Or type this secret into the app',
            text: secret.replace(/(.{4})(?=.)/g, '$1 '),
          },
        )}${form({
          action: APP,
          error: errorAbove(problem, ['code']),
          fields: [
            {
              kind: 'text',
              name: 'code',
              label: 'Six digits that the app shows',
              autocomplete: 'one-time-code',
              maxlength: 7,
              code: true,
              required: true,
              error: errorIn(problem, 'code'),
            },
          ],
          submit: { label: 'Confirm the app', cancelHref: places.twoStep },
        })}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.post(`${APP}/new`, changing, async (request, reply) => {
    await proposeApp(services, grantOf(request, 'two_step.change'));
    return redirectTo(services, request, reply, APP);
  });

  app.get(APP, changing, async (request, reply) => show(request, reply));

  app.post(APP, changing, async (request, reply) =>
    orShowAgain(
      async () => {
        const grant = grantOf(request, 'two_step.change');
        const codes = await confirmApp(services, grant, formOf(request).text('code'));
        return codes === null
          ? redirectTo(services, request, reply, places.twoStep, 'two-step-changed')
          : sendPage(services, request, reply, codesPage(codes, 'Two-step verification is on'));
      },
      (problem) => show(request, reply, problem),
    ),
  );
}
