import type { FastifyInstance } from 'fastify';
import { viewOwnTwoStep } from '../../../../acts/accounts/two-step.ts';
import { grantOf, toSelf } from '../../../shared/policy.ts';
import { html } from '../../html.ts';
import { confirmOpener, emptyState, notice, pageHead, table, time } from '../../pieces/index.ts';
import { places } from '../../places.ts';
import { sendPage } from '../../respond.ts';
import { pageRoute, type PagesOptions } from '../../route.ts';
import { accountRail } from '../rail.ts';
import { APP, authenticatorAppPages } from './app.ts';
import { recoveryCodePages, renewQuestion } from './codes.ts';
import { PASSKEYS, passkeyPages } from './passkeys.ts';
import { offQuestion, removalPages, removeAppQuestion, removePasskeyQuestion } from './removal.ts';

const FEW_CODES = 3;

/** Personal settings → Two-step verification. */
export async function twoStepPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  const { services } = options;

  app.get(places.twoStep, pageRoute('two_step.view', toSelf), async (request, reply) => {
    const state = await viewOwnTwoStep(services, grantOf(request, 'two_step.view'));
    const { appSince, passkeys, passkeysFor, recoveryCodesLeft } = state;
    const isOn = appSince !== null || passkeys.length > 0;
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: 'Two-step verification',
      rail: accountRail('two-step'),
      body: html`${pageHead({
        title: 'Two-step verification',
        lead: isOn
          ? 'It is on: signing in takes your password and one of the ways below, or a passkey that verifies you. App passwords, API tokens, access tokens and SSH keys go on without it: that is what they are for.'
          : 'It is off: whoever learns your password can sign in as you. Set up an app or a passkey to turn it on.',
        actions: isOn && confirmOpener(offQuestion),
      })}<section aria-labelledby="app-title"><h2 id="app-title">Authenticator app</h2>${
        appSince === null
          ? html`<p>An app on your phone that shows six digits, new ones every half minute. It works offline.</p>`
          : html`<p>Set up ${time({ at: new Date(appSince), now })}.</p>`
      }<div class="button-row"><form action="${APP}/new" method="post"><button type="submit" class="button ${!isOn && 'button-primary'}">${appSince === null ? 'Set up an authenticator app' : 'Set up another one in its place'}</button></form>${appSince !== null && confirmOpener(removeAppQuestion(passkeys.length === 0))}</div></section>
<section aria-labelledby="passkeys-title"><h2 id="passkeys-title">Passkeys and security keys</h2>${
        passkeysFor === null
          ? html`<p>They do not work here: browsers tie them to a host name over https, and this host is reached at <code>${services.publicUrl}</code>.</p>`
          : html`${table({
              caption: 'Passkeys and security keys',
              quietCaption: true,
              rows: passkeys,
              empty: emptyState({
                title: 'None yet',
                body: 'A passkey lives in a phone, a computer or a password manager, a security key on a key ring. Neither can be tricked by a page that only looks like this one.',
              }),
              columns: [
                {
                  label: 'Name',
                  cell: ({ name, host }) =>
                    html`${name}${host !== passkeysFor && html` <span class="state state-revoked">For ${host}, not for here</span>`}`,
                },
                { label: 'Registered', cell: ({ createdAt }) => time({ at: new Date(createdAt), now }) },
                {
                  label: 'Last used',
                  cell: ({ lastUsedAt }) =>
                    lastUsedAt === null ? 'Never' : time({ at: new Date(lastUsedAt), now }),
                },
                {
                  label: 'Rename or remove',
                  quietLabel: true,
                  align: 'end',
                  cell: (passkey) =>
                    html`<a class="button button-small" href="${PASSKEYS}/${passkey.id}/name" aria-label="Rename ${passkey.name}">Rename</a> ${confirmOpener(removePasskeyQuestion(passkey, passkeys.length === 1 && appSince === null))}`,
                },
              ],
            })}<div class="button-row"><a class="button" href="${PASSKEYS}/new">Register a passkey or security key</a></div>`
      }</section>${
        isOn &&
        html`<section aria-labelledby="codes-title"><h2 id="codes-title">Recovery codes</h2>${
          recoveryCodesLeft <= FEW_CODES
            ? notice({
                kind: 'warning',
                body: `${recoveryCodesLeft === 0 ? 'None is' : recoveryCodesLeft === 1 ? 'One is' : `${recoveryCodesLeft} are`} left. Make new ones before you need them.`,
              })
            : html`<p>${recoveryCodesLeft} of 10 are left. Each works once, where nothing else is at hand.</p>`
        }<div class="button-row">${confirmOpener(renewQuestion)}</div></section>`
      }`,
    });
  });

  await app.register(authenticatorAppPages, options);
  await app.register(passkeyPages, options);
  await app.register(recoveryCodePages, options);
  await app.register(removalPages, options);
}
