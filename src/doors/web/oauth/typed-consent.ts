import type { Choice } from '../../../acts/oauth/consent.ts';
import type { Asked } from '../../../oauth/index.ts';
import { momentIn } from '../credentials/moments.ts';
import { linesOf } from '../credentials/typed-bounds.ts';
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
