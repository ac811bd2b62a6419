import type { viewConfirmation } from '../../../acts/accounts/confirm.ts';
import type { Problem } from '../../../problem.ts';
import { assets } from '../assets.ts';
import { html } from '../html.ts';
import { form, pageHead, passkeyButton } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, type PageContent } from '../respond.ts';
import { codeField } from '../sign-in/code-field.ts';
import type { Carried } from './carried.ts';

export interface ConfirmationProps {
  /** Where to go on to afterwards: an address of ours, or the form that was sent. */
  readonly onward: { readonly next: string } | Carried;
  /** What there is beside the password. */
  readonly offer: Awaited<ReturnType<typeof viewConfirmation>>;
  readonly problem?: Problem | undefined;
}

/** "Is it still you?": asked before what makes, widens or reveals something. */
export const confirmationPage = ({ onward, offer, problem }: ConfirmationProps): PageContent => ({
  title: 'Confirm that it is you',
  width: 'narrow',
  ...(offer.passkey !== undefined && { scripts: [assets.passkeyScript.url] }),
  body: html`${pageHead({
    title: 'Confirm that it is you',
    lead: 'You signed in a while ago, and what you are about to do needs to be yours. Nothing that you typed is lost. This is asked again after 15 minutes.',
  })}${form({
    action: places.confirm,
    hidden: 'next' in onward ? { next: onward.next } : { action: onward.action, fields: onward.fields },
    error: errorAbove(problem, ['password', 'code', 'passkey']),
    fields: [
      {
        kind: 'secret',
        name: 'password',
        label: 'Password',
        autocomplete: 'current-password',
        required: true,
        autofocus: true,
        error: errorIn(problem, 'password'),
      },
      ...(offer.hasTwoStep ? [codeField(offer.hasApp, errorIn(problem, 'code'))] : []),
    ],
    body:
      offer.passkey === undefined
        ? undefined
        : passkeyButton({
            label: 'Use a passkey or security key',
            does: 'get',
            request: offer.passkey,
            error: errorIn(problem, 'passkey'),
          }),
    submit: { label: 'Confirm', cancelHref: places.home },
  })}`,
});

/** After the confirmation: the form that was sent before, to be sent again by the person alone. */
export const goOnPage = ({ action, fields }: Carried): PageContent => ({
  title: 'Go on',
  width: 'narrow',
  body: html`${pageHead({ title: 'Thank you', lead: 'Go on to send what you had filled in.' })}<form action="${action}" method="post">${[...new URLSearchParams(fields)].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<div class="submit-row"><button type="submit" class="button button-primary" autofocus>Go on</button><a class="button button-quiet" href="${places.home}">Cancel</a></div></form>`,
});
