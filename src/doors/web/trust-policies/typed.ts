import { readCondition } from '../../../acts/federation/presets.ts';
import type { Condition } from '../../../federation/index.ts';
import { FormInput } from '../form-input.ts';

/** What was typed of whose jobs are let in; the rest of the form is that of a key. */
export interface TypedTrust {
  /** URL. */
  readonly issuer: string;
  readonly audience: string;
  /** CLAIM=TEXT, one a line. */
  readonly conditions: string;
  readonly lifetime: string;
}

export const USUAL_LIFETIME = '15';
const LONGEST_PREFILL = 2000;

export const typedTrust = (form: FormInput): TypedTrust => ({
  issuer: form.text('issuer'),
  audience: form.text('audience'),
  conditions: form.text('conditions').replaceAll('\r\n', '\n'),
  lifetime: form.text('lifetime'),
});

/** The form as a link to it fills it in. */
export function trustInQuery(query: unknown): TypedTrust {
  const typed = typedTrust(new FormInput(query));
  const isTypeable = Object.values(typed).every(
    (text: string) => text.length <= LONGEST_PREFILL && !/[^\P{C}\n]/u.test(text),
  );
  const nothing = { issuer: '', audience: '', conditions: '', lifetime: '' };
  const known = isTypeable ? typed : nothing;
  return { ...known, lifetime: known.lifetime || USUAL_LIFETIME };
}

/** Throws `Problem` for a line that is no condition. */
export const conditionsIn = ({ conditions }: TypedTrust): readonly Condition[] =>
  conditions
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(readCondition);

/** No number for what is none: the act refuses that. */
export const lifetimeIn = ({ lifetime }: TypedTrust): number =>
  /^\s*\d{1,4}\s*$/.test(lifetime) ? Number(lifetime) : Number.NaN;
