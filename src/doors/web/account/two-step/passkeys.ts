import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  nameOwnPasskey,
  offerNewPasskey,
  registerPasskey,
  viewOwnTwoStep,
} from '../../../../acts/accounts/two-step.ts';
import type { Problem } from '../../../../problem.ts';
import { grantOf, toSelf } from '../../../shared/policy.ts';
import { assets } from '../../assets.ts';
import { sendMissing } from '../../errors.ts';
import { formOf } from '../../form-input.ts';
import { html } from '../../html.ts';
import { fields, form, notice, pageHead, passkeyButton } from '../../pieces/index.ts';
import { places } from '../../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../../route.ts';
import { accountRail } from '../rail.ts';
import { codesPage } from './codes.ts';

export const PASSKEYS = `${places.twoStep}/passkeys`;
const NEW = `${PASSKEYS}/new`;

/** Registering passkeys and security keys, and their names. */
export async function passkeyPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const changing = pageRoute('two_step.change', toSelf);

  const show = async (request: FastifyRequest, reply: FastifyReply, typed: string, problem?: Problem) => {
    const offer = await offerNewPasskey(services, grantOf(request, 'two_step.change'));
    if (offer === undefined) return redirectTo(services, request, reply, places.twoStep);
    const above = errorAbove(problem, ['name', 'passkey']);
    return sendPage(
      services,
      request,
      reply,
      {
        title: 'Passkey or security key',
        rail: accountRail('two-step'),
        scripts: [assets.passkeyScript.url],
        body: html`${pageHead({
          title: 'Passkey or security key',
          lead: 'Give it a name by which you will know it, then let the browser register it. Where it asks for a PIN, a finger or a face it signs you in by itself; otherwise it stands beside your password.',
        })}<form class="form" action="${NEW}" method="post" novalidate>${above !== undefined && notice({ kind: 'danger', body: above })}${fields(
          [
            {
              kind: 'text',
              name: 'name',
              label: 'Name',
              help: 'Such as “Phone” or “Blue key on the ring”.',
              value: typed,
              maxlength: 60,
              required: true,
              autofocus: problem === undefined,
              error: errorIn(problem, 'name'),
            },
          ],
        )}${passkeyButton({ label: 'Register', does: 'create', request: offer, primary: true, error: errorIn(problem, 'passkey') })}<div class="submit-row"><a class="button button-quiet" href="${places.twoStep}">Cancel</a></div></form>`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(NEW, changing, async (request, reply) => show(request, reply, ''));

  app.post(NEW, changing, async (request, reply) => {
    const typed = formOf(request);
    const name = typed.text('name');
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'two_step.change');
        const codes = await registerPasskey(services, grant, { name, answer: typed.text('passkey') });
        return codes === null
          ? redirectTo(services, request, reply, places.twoStep, 'two-step-changed')
          : sendPage(services, request, reply, codesPage(codes, 'Two-step verification is on'));
      },
      (problem) => show(request, reply, name, problem),
    );
  });

  const showName = async (
    request: FastifyRequest,
    reply: FastifyReply,
    problem?: Problem,
    typed?: string,
  ) => {
    const { passkeys } = await viewOwnTwoStep(services, grantOf(request, 'two_step.change'));
    const passkey = passkeys.find(({ id }) => id === parameter(request, 'passkey'));
    if (passkey === undefined) return sendMissing(services, request, reply);
    return sendPage(
      services,
      request,
      reply,
      {
        title: 'Name of a passkey',
        rail: accountRail('two-step'),
        body: html`${pageHead({ title: 'Name of a passkey' })}${form({
          action: `${PASSKEYS}/${passkey.id}/name`,
          error: errorAbove(problem, ['name']),
          fields: [
            {
              kind: 'text',
              name: 'name',
              label: 'Name',
              value: typed ?? passkey.name,
              maxlength: 60,
              required: true,
              error: errorIn(problem, 'name'),
            },
          ],
          submit: { label: 'Save the name', cancelHref: places.twoStep },
        })}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(`${PASSKEYS}/:passkey/name`, changing, async (request, reply) => showName(request, reply));

  app.post(`${PASSKEYS}/:passkey/name`, changing, async (request, reply) => {
    const name = formOf(request).text('name');
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'two_step.change');
        await nameOwnPasskey(services, grant, parameter(request, 'passkey'), name);
        return redirectTo(services, request, reply, places.twoStep, 'passkey-named');
      },
      (problem) => showName(request, reply, problem, name),
    );
  });
}
