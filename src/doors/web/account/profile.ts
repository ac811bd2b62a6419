import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changeProfile, viewAccount, viewWantsPullRequestMail } from '../../../acts/accounts/profile.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { facts, form, pageHead, time } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';

interface Typed {
  readonly displayName: string;
  readonly email: string;
  readonly wantsPullRequestMail: boolean;
}

/** Display name, e-mail address, and what is told by mail. */
export async function profilePages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    account: Awaited<ReturnType<typeof viewAccount>>,
    typed: Typed,
    problem?: Problem,
  ) =>
    sendPage(
      services,
      request,
      reply,
      {
        title: 'Profile',
        rail: accountRail('profile'),
        body: html`${pageHead({ title: 'Profile', lead: 'How others on this host see you, and what you are told.' })}${form(
          {
            action: places.accountSettings,
            error: errorAbove(problem, ['display_name', 'email']),
            fields: [
              {
                kind: 'text',
                name: 'display_name',
                label: 'Display name',
                value: typed.displayName,
                autocomplete: 'name',
                required: true,
                error: errorIn(problem, 'display_name'),
              },
              {
                kind: 'email',
                name: 'email',
                label: 'E-mail address',
                help: 'Commits with this address are shown as yours.',
                value: typed.email,
                autocomplete: 'email',
                required: true,
                error: errorIn(problem, 'email'),
              },
              {
                kind: 'checkbox',
                name: 'pull_request_mail',
                label: 'Mail about pull requests',
                help: 'When you are asked to review one, and what others do with yours. What concerns the safety of your account is told in any case.',
                checked: typed.wantsPullRequestMail,
              },
            ],
            submit: { label: 'Save profile' },
          },
        )}${facts([
          { name: 'User name', value: html`<code>${account.username}</code>` },
          { name: 'UUID', value: html`<code>{${account.id}}</code>` },
          { name: 'Account id', value: html`<code>${account.accountId}</code>` },
          {
            name: 'Member since',
            value: time({ at: new Date(account.createdAt), now: new Date(services.clock()) }),
          },
          ...(account.isAdministrator ? [{ name: 'Administrator', value: 'Of this host' }] : []),
        ])}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );

  app.get(places.accountSettings, pageRoute('account.view', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'account.view');
    const account = await viewAccount(services, grant);
    const wantsPullRequestMail = await viewWantsPullRequestMail(services, grant);
    return show(request, reply, account, { ...account, wantsPullRequestMail });
  });

  app.post(places.accountSettings, pageRoute('account.update', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'account.update');
    const form = formOf(request);
    const typed: Typed = {
      displayName: form.text('display_name'),
      email: form.text('email'),
      wantsPullRequestMail: form.ticked('pull_request_mail'),
    };
    return orShowAgain(
      async () => {
        await changeProfile(services, grant, typed);
        return redirectTo(services, request, reply, places.accountSettings, 'profile-changed');
      },
      async (problem) => show(request, reply, await viewAccount(services, grant), typed, problem),
    );
  });
}
