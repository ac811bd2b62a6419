import { USUAL_OVERLAP_DAYS } from '../../../acts/credentials/replace.ts';
import type { Problem } from '../../../problem.ts';
import type { FormInput } from '../form-input.ts';
import { errorIn } from '../respond.ts';

const NAME = 'overlap_days';

/** As it stands in the field of a form that was not sent yet. */
export const USUAL_OVERLAP = String(USUAL_OVERLAP_DAYS);

/** Asks for how long what is replaced goes on working. */
export const overlapField = (value: string, problem: Problem | undefined) =>
  ({
    kind: 'number',
    name: NAME,
    label: 'Days for which the present secret goes on working',
    help: 'From 0 to 30: as long as you need to put the new one in its place. 0 ends it at once.',
    value,
    required: true,
    error: errorIn(problem, NAME),
  }) as const;

export const typedOverlap = (form: FormInput): string => form.text(NAME).trim();

export { overlapIn } from '../../../acts/credentials/replace.ts';
