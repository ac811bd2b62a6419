import type { FastifyInstance } from 'fastify';
import { resetTwoStep } from '../../../acts/accounts/two-step.ts';
import { disableAccount, enableAccount } from '../../../acts/accounts/state.ts';
import type { TargetReference } from '../../../gate/index.ts';
import { grantOf } from '../../shared/policy.ts';
import { confirmBody, type ConfirmProps } from '../pieces/index.ts';
import { places } from '../places.ts';
import { redirectTo, sendPage } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';

const toUser = ({ user = '' }: Readonly<Record<string, string>>): readonly TargetReference[] => [
  { type: 'host' },
  { type: 'account', account: user },
];

/** Disabling an account, enabling it again, and removing its second step, by administrators. */
export async function userStatePages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const place = `${places.users}/:user`;

  app.get(`${place}/disable`, pageRoute('account.disable', toUser), async (request, reply) => {
    const [, account] = grantOf(request, 'account.disable').targets;
    const body = confirmBody(disableQuestion(account));
    return sendPage(services, request, reply, { title: 'Disable account', body });
  });

  app.post(`${place}/disable`, pageRoute('account.disable', toUser), async (request, reply) => {
    await disableAccount(services, grantOf(request, 'account.disable'));
    return redirectTo(services, request, reply, places.users, 'account-disabled');
  });

  app.get(`${place}/enable`, pageRoute('account.enable', toUser), async (request, reply) => {
    const [, account] = grantOf(request, 'account.enable').targets;
    const body = confirmBody(enableQuestion(account));
    return sendPage(services, request, reply, { title: 'Enable account', body });
  });

  app.post(`${place}/enable`, pageRoute('account.enable', toUser), async (request, reply) => {
    await enableAccount(services, grantOf(request, 'account.enable'));
    return redirectTo(services, request, reply, places.users, 'account-enabled');
  });

  app.get(`${place}/reset-two-step`, pageRoute('account.reset_two_step', toUser), async (request, reply) => {
    const [, account] = grantOf(request, 'account.reset_two_step').targets;
    const body = confirmBody(resetQuestion(account));
    return sendPage(services, request, reply, { title: 'Reset two-step verification', body });
  });

  app.post(`${place}/reset-two-step`, pageRoute('account.reset_two_step', toUser), async (request, reply) => {
    await resetTwoStep(services, grantOf(request, 'account.reset_two_step'));
    return redirectTo(services, request, reply, places.users, 'two-step-reset');
  });
}

type Named = { readonly username: string };

const question = (
  verb: 'disable' | 'enable' | 'reset-two-step',
  { username }: Named,
): Omit<ConfirmProps, 'title' | 'consequences' | 'submitLabel'> => {
  const address = `${places.users}/${encodeURIComponent(username)}/${verb}`;
  return {
    what: username,
    action: address,
    pageHref: address,
    cancelHref: places.users,
  };
};

export const disableQuestion = (account: Named): ConfirmProps => ({
  ...question('disable', account),
  title: `Disable the account ${account.username}?`,
  consequences: [
    'They are signed out everywhere, and every app password, API token, SSH key and OAuth token that acts for them is refused from the next request on.',
    'Nothing is deleted: their history, roles and keys stay as they are, and an administrator can enable the account again. Access tokens of repositories, projects and workspaces go on working, whoever made them.',
  ],
  submitLabel: 'Disable',
  danger: true,
});

export const enableQuestion = (account: Named): ConfirmProps => ({
  ...question('enable', account),
  title: `Enable the account ${account.username}?`,
  consequences: [
    'They can sign in again, and their keys that were neither revoked nor have expired open what they opened before.',
  ],
  submitLabel: 'Enable',
});

export const resetQuestion = (account: Named): ConfirmProps => ({
  ...question('reset-two-step', account),
  title: `Reset two-step verification of ${account.username}?`,
  consequences: [
    'Their app, passkeys and recovery codes are removed, and they are signed out everywhere: from then on their password alone signs in.',
    'Be sure that it is they who ask: whoever has their password and talks you into this is in.',
  ],
  submitLabel: 'Reset two-step verification',
  danger: true,
});
