import type { Choice } from '../../../acts/oauth/consent.ts';
import type { Asked } from '../../../oauth/index.ts';
import { momentIn } from '../credentials/moments.ts';
import { linesOf } from '../credentials/typed-bounds.ts';
import { invalid } from '../../../problem.ts';
import type { FormInput } from '../form-input.ts';

/** What stands in the form of a consent, for acting on it and for showing it again. */
export interface TypedConsent {
  readonly scopes: readonly string[];
  /** `WORKSPACE/NAME`. */
  readonly repositories: readonly string[];
  /** Of an app password, as is the last day. */
  readonly label: string;
  readonly expires: string;
}

/** The field with the user name of whoever was asked. */
export const ASKED_PERSON = 'asked';

/** Throws `Problem` where somebody else has signed in since in this browser: they were told that it acts for another. */
export function refuseOtherPerson(form: FormInput, username: string): void {
  const asked = form.text(ASKED_PERSON);
  if (asked !== '' && asked !== username) {
    throw invalid(
      ASKED_PERSON,
      `You are signed in as ${username} now, and the page asked ${asked}. Look again at what is asked of you.`,
    );
  }
}

/** The repositories come as ticked boxes where some were asked for, else as lines. */
export const typedConsent = (form: FormInput): TypedConsent => ({
  scopes: form.texts('scopes'),
  repositories: form.texts('repository').flatMap((text) => linesOf(text)),
  label: form.text('label'),
  expires: form.text('expires'),
});

/** The form as it is first shown: all that was asked. */
export const typedAsAsked = ({ scopes, repositories, label, expiresAt }: Asked): TypedConsent => ({
  scopes,
  repositories,
  label,
  expires: expiresAt === null ? '' : minuteOf(expiresAt),
});

/** Throws `Problem` for a day that is none. */
export const choiceIn = ({ scopes, repositories, label, expires }: TypedConsent): Choice => ({
  scopes,
  repositories,
  label,
  expiresAt: momentIn(expires, 'expires', 'end'),
});

const minuteOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
