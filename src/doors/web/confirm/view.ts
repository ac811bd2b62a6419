import type { viewConfirmation } from '../../../acts/accounts/confirm.ts';
import type { Problem } from '../../../problem.ts';
import { assets } from '../assets.ts';
import { html } from '../html.ts';
import { onwardFields, type Onward } from '../onward.ts';
import { form, pageHead, passkeyButton } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, type PageContent } from '../respond.ts';
import { codeField } from '../sign-in/code-field.ts';

export interface ConfirmationProps {
  readonly onward: Onward;
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
    hidden: onwardFields(onward),
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
