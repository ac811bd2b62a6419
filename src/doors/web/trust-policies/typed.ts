import { readCondition } from '../../../acts/federation/presets.ts';
import type { Condition } from '../../../federation/index.ts';
import type { FormInput } from '../form-input.ts';

/** What was typed of whose jobs are let in; the rest of the form is that of a key. */
export interface TypedTrust {
  /** URL. */
  readonly issuer: string;
  readonly audience: string;
  /** CLAIM=TEXT, one a line. */
  readonly conditions: string;
  readonly lifetime: string;
}

export const typedTrust = (form: FormInput): TypedTrust => ({
  issuer: form.text('issuer'),
  audience: form.text('audience'),
  conditions: form.text('conditions').replaceAll('\r\n', '\n'),
  lifetime: form.text('lifetime'),
});

/** The form before anything was typed. No link fills it in: the jobs that it named would be let in by one who did not look. */
export const UNTYPED_TRUST: TypedTrust = { issuer: '', audience: '', conditions: '', lifetime: '15' };

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
