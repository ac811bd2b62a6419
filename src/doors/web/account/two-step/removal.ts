import type { FastifyInstance } from 'fastify';
import { removeStep, viewOwnTwoStep } from '../../../../acts/accounts/two-step.ts';
import { grantOf, toSelf } from '../../../shared/policy.ts';
import { sendMissing } from '../../errors.ts';
import { confirmBody, type ConfirmProps } from '../../pieces/index.ts';
import { places } from '../../places.ts';
import { redirectTo, sendPage } from '../../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../../route.ts';
import { accountRail } from '../rail.ts';
import { APP } from './app.ts';
import { PASSKEYS } from './passkeys.ts';

const OFF = `${places.twoStep}/off`;
const LAST =
  'It is the last one: two-step verification is off with it, and your recovery codes stop working.';

/** @param last whether nothing else would be left */
export const removeAppQuestion = (last: boolean): ConfirmProps => ({
  title: 'Remove the authenticator app?',
  consequences: [
    'Its codes stop working here. The entry in the app itself stays until you delete it there.',
    ...(last ? [LAST] : []),
  ],
  action: `${APP}/remove`,
  pageHref: `${APP}/remove`,
  cancelHref: places.twoStep,
  submitLabel: 'Remove',
  danger: true,
});

export const removePasskeyQuestion = (
  passkey: { readonly id: string; readonly name: string },
  last: boolean,
): ConfirmProps => ({
  title: `Remove “${passkey.name}”?`,
  what: passkey.name,
  consequences: ['It signs nobody in here any more.', ...(last ? [LAST] : [])],
  action: `${PASSKEYS}/${passkey.id}/remove`,
  pageHref: `${PASSKEYS}/${passkey.id}/remove`,
  cancelHref: places.twoStep,
  submitLabel: 'Remove',
  danger: true,
});

export const offQuestion: ConfirmProps = {
  title: 'Turn two-step verification off?',
  consequences: [
    'Your app, your passkeys and your recovery codes are removed, and your password alone signs in.',
    'Workspaces that ask for two-step verification show you what is public in them and nothing else, to your app passwords, API tokens and SSH keys too.',
  ],
  action: OFF,
  pageHref: OFF,
  cancelHref: places.twoStep,
  submitLabel: 'Turn off',
  danger: true,
};

/** Taking away one way of the second step, or all of them. */
export async function removalPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const changing = pageRoute('two_step.change', toSelf);
  const ask = (question: ConfirmProps) => ({
    title: question.submitLabel,
    rail: accountRail('two-step'),
    body: confirmBody(question),
  });
  const notice = (off: boolean) => (off ? 'two-step-off' : 'two-step-changed');

  app.get(OFF, changing, async (request, reply) => sendPage(services, request, reply, ask(offQuestion)));
  app.post(OFF, changing, async (request, reply) => {
    await removeStep(services, grantOf(request, 'two_step.change'), 'all');
    return redirectTo(services, request, reply, places.twoStep, 'two-step-off');
  });

  app.get(`${APP}/remove`, changing, async (request, reply) => {
    const { passkeys } = await viewOwnTwoStep(services, grantOf(request, 'two_step.change'));
    return sendPage(services, request, reply, ask(removeAppQuestion(passkeys.length === 0)));
  });
  app.post(`${APP}/remove`, changing, async (request, reply) => {
    const off = await removeStep(services, grantOf(request, 'two_step.change'), 'app');
    return redirectTo(services, request, reply, places.twoStep, notice(off));
  });

  app.get(`${PASSKEYS}/:passkey/remove`, changing, async (request, reply) => {
    const { passkeys, appSince } = await viewOwnTwoStep(services, grantOf(request, 'two_step.change'));
    const passkey = passkeys.find(({ id }) => id === parameter(request, 'passkey'));
    if (passkey === undefined) return sendMissing(services, request, reply);
    const last = passkeys.length === 1 && appSince === null;
    return sendPage(services, request, reply, ask(removePasskeyQuestion(passkey, last)));
  });
  app.post(`${PASSKEYS}/:passkey/remove`, changing, async (request, reply) => {
    const which = { passkey: parameter(request, 'passkey') };
    const off = await removeStep(services, grantOf(request, 'two_step.change'), which);
    return redirectTo(services, request, reply, places.twoStep, notice(off));
  });
}
