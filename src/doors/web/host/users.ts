import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../../../accounts/index.ts';
import { createAccount } from '../../../acts/accounts/create.ts';
import { INVITATION_DAYS, inviteAccount } from '../../../acts/accounts/invite.ts';
import { viewAccounts } from '../../../acts/accounts/profile.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toHost } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { namedList } from '../named-list.ts';
import {
  avatar,
  confirmOpener,
  copyLine,
  emptyState,
  form,
  notice,
  pageHead,
  table,
  time,
} from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { disableQuestion, enableQuestion, resetQuestion } from './user-state.ts';

const NEW = `${places.users}/new`;
const PASSWORD_BYTES = 15;

interface Typed {
  readonly username: string;
  readonly displayName: string;
  readonly email: string;
  readonly isAdministrator: boolean;
  /** A link goes out by mail; otherwise a temporary password is shown. */
  readonly isInvited: boolean;
}

const NOBODY: Typed = { username: '', displayName: '', email: '', isAdministrator: false, isInvited: true };

/** The people of this host, for its administrators. */
export async function userPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(places.users, pageRoute('account.list', toHost), async (request, reply) => {
    const list = namedList(request, places.users, 'People on this host', 'Name or e-mail address contains');
    const { accounts, size } = await viewAccounts(services, grantOf(request, 'account.list'), list.rows);
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: 'People',
      width: 'full',
      body: html`${pageHead({
        title: 'People on this host',
        lead: 'An administrator manages accounts. That alone opens no repository.',
        actions: html`<a class="button" href="${places.hostPolicy}">What this host asks</a> <a class="button" href="${places.issuers}">CI issuers</a> <a class="button button-primary" href="${NEW}">Create account</a>`,
      })}${list.search(size)}${table({
        caption: 'People on this host',
        quietCaption: true,
        rows: accounts,
        pages: list.pages(size),
        empty: list.nothing(size) ?? emptyState({ title: 'Nobody', body: 'There are no accounts.' }),
        columns: [
          {
            label: 'Person',
            cell: (account) =>
              html`<span class="person">${avatar(account)} ${account.displayName}</span>${account.isAdministrator && html` <span class="badge">Administrator</span>`}${account.state === 'disabled' && html` <span class="state state-revoked">Disabled</span>`}`,
          },
          { label: 'User name', cell: ({ username }) => html`<code>${username}</code>` },
          { label: 'E-mail address', cell: ({ email }) => email },
          {
            label: 'Password',
            cell: ({ mustChangePassword }) => (mustChangePassword ? 'Not chosen yet' : 'Their own'),
          },
          {
            label: 'Two-step',
            cell: (account) =>
              account.hasTwoStep ? html`On ${confirmOpener(resetQuestion(account), 'Reset')}` : 'Off',
          },
          { label: 'Made', cell: ({ createdAt }) => time({ at: new Date(createdAt), now }) },
          { label: 'Disable or enable', quietLabel: true, align: 'end', cell: stateOpener },
        ],
      })}`,
    });
  });

  const show = (request: FastifyRequest, reply: FastifyReply, typed: Typed, problem?: Problem) =>
    sendPage(
      services,
      request,
      reply,
      { title: 'Create account', body: accountForm(typed, problem) },
      problem === undefined ? 200 : statusOf(problem),
    );

  app.get(NEW, pageRoute('account.create', toHost), async (request, reply) => show(request, reply, NOBODY));

  app.post(NEW, pageRoute('account.create', toHost), async (request, reply) => {
    const grant = grantOf(request, 'account.create');
    const form = formOf(request);
    const typed = {
      username: form.text('username').trim(),
      displayName: form.text('display_name').trim(),
      email: form.text('email').trim(),
      isAdministrator: form.ticked('administrator'),
      isInvited: form.ticked('invite'),
    };
    const wanted = { ...typed, displayName: typed.displayName === '' ? typed.username : typed.displayName };
    return orShowAgain(
      async () => {
        // A form that is sent twice is refused by itself: the user name is taken the second time.
        if (typed.isInvited) {
          const { account, link } = await inviteAccount(services, grant, wanted);
          return sendPage(services, request, reply, { title: 'Invited', body: invited(account, link) });
        }
        const password = randomBytes(PASSWORD_BYTES).toString('base64url');
        const { username } = await createAccount(services, grant, {
          ...wanted,
          password,
          mustChangePassword: true,
        });
        return sendPage(services, request, reply, {
          title: 'Account created',
          body: html`<section class="secret" aria-labelledby="secret-title"><h1 id="secret-title">Account created for ${username}</h1><p>Pass this password on in a way that you trust. It is shown this once, and is good for one thing: signing in to choose another.</p><div class="secret-value">${copyLine({ label: `Temporary password of ${username}`, text: password, showLabel: false })}</div>${copyLine({ label: 'Where to sign in', text: `${services.publicUrl}${places.signIn}` })}<div class="submit-row"><a class="button button-primary" href="${places.users}">I have passed it on</a></div></section>`,
        });
      },
      (problem) => show(request, reply, typed, problem),
    );
  });
}

const invited = ({ username, email }: Account, link: string) =>
  html`<section class="secret" aria-labelledby="secret-title"><h1 id="secret-title">${username} is invited</h1><p>A link for choosing a password is on its way to ${email}. It is good once, and for ${INVITATION_DAYS} days. If no mail arrives, pass it on yourself in a way that you trust: it is shown this once, and whoever opens it has the account.</p><div class="secret-value">${copyLine({ label: `Invitation of ${username}`, text: link, showLabel: false })}</div><div class="submit-row"><a class="button button-primary" href="${places.users}">Back to people</a></div></section>`;

const stateOpener = (account: Account) =>
  confirmOpener(account.state === 'active' ? disableQuestion(account) : enableQuestion(account));

const SHOWN = ['username', 'display_name', 'email'] as const;

const accountForm = (typed: Typed, problem: Problem | undefined) =>
  html`${pageHead({
    title: 'Create account',
    lead: 'An account belongs to one person, who chooses its password.',
  })}${form({
    action: NEW,
    error: errorAbove(problem, SHOWN),
    fields: [
      {
        kind: 'text',
        name: 'username',
        label: 'User name',
        help: 'Letters, digits, “-” and “_”. Git asks for it, and it does not change.',
        value: typed.username,
        maxlength: 30,
        code: true,
        required: true,
        autofocus: problem === undefined,
        error: errorIn(problem, 'username'),
      },
      {
        kind: 'text',
        name: 'display_name',
        label: 'Display name',
        value: typed.displayName,
        maxlength: 100,
        error: errorIn(problem, 'display_name'),
      },
      {
        kind: 'email',
        name: 'email',
        label: 'E-mail address',
        value: typed.email,
        maxlength: 254,
        required: true,
        error: errorIn(problem, 'email'),
      },
      {
        kind: 'checkbox',
        name: 'administrator',
        label: 'Administrator of this host',
        help: 'May create accounts. Opens no repository by itself.',
        checked: typed.isAdministrator,
      },
      {
        kind: 'checkbox',
        name: 'invite',
        label: 'Send an invitation by mail',
        help: 'With a link for choosing a password. Otherwise you are shown a temporary password, which you pass on.',
        checked: typed.isInvited,
      },
    ],
    submit: { label: 'Create account', cancelHref: places.users },
  })}${notice({ kind: 'info', body: 'Scripts and jobs get app passwords, API tokens and access tokens, not accounts.' })}`;
