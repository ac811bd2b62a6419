import { replaceCredential, type Successor } from '../../../acts/credentials/replace.ts';
import type { ViewedInFamily } from '../../../acts/credentials/view.ts';
import type { Grant } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import type { FormInput } from '../form-input.ts';
import { html, type Html } from '../html.ts';
import { form, pageHead, relativeWords, table, type Question } from '../pieces/index.ts';
import { errorAbove, errorIn } from '../respond.ts';
import { momentIn } from './moments.ts';
import { overlapField, overlapIn, typedOverlap, USUAL_OVERLAP } from './overlap.ts';
import { useColumns } from './usage.ts';

/** What was typed into the form that replaces a key. */
export interface TypedReplacement {
  readonly overlap: string;
  readonly expires: string;
}

/** As the form is opened: the new one lives as long as the one before was made for. */
export function usualReplacement({ credential }: ViewedInFamily, now: number): TypedReplacement {
  const { expiresAt, createdAt } = credential;
  const expires = expiresAt === null ? '' : new Date(now + expiresAt - createdAt).toISOString().slice(0, 10);
  return { overlap: USUAL_OVERLAP, expires };
}

export const typedReplacement = (typed: FormInput): TypedReplacement => ({
  overlap: typedOverlap(typed),
  expires: typed.text('expires'),
});

/** Whether the one before would end with it, which is asked about first. */
export const endsAtOnce = ({ overlap }: TypedReplacement): boolean => overlapIn(overlap) === 0;

/** Does what was typed. Throws `Problem`. */
export const replaceAsTyped = (
  services: Services,
  grant: Grant<'app_password.rotate'> | Grant<'access_token.rotate'>,
  id: string,
  { overlap, expires }: TypedReplacement,
): Promise<Successor> =>
  replaceCredential(services, grant, id, {
    overlapDays: overlapIn(overlap),
    expiresAt: momentIn(expires, 'expires', 'end'),
  });

/** The form that gives a key a successor; who came with the key lately stands below, for they need the new secret. */
export function replaceBody(props: {
  readonly viewed: ViewedInFamily;
  readonly action: string;
  readonly cancelHref: string;
  readonly typed: TypedReplacement;
  readonly problem: Problem | undefined;
  readonly formToken: string;
  readonly now: Date;
}): Html {
  const { viewed, typed, problem, now } = props;
  const { label } = viewed.credential;
  return html`${pageHead({
    title: `Replace “${label}”`,
    lead: 'It gets a successor with the same permissions, confined to the same, acting as the same: only the secret is another one. It is shown once, right after this.',
  })}${form({
    action: props.action,
    hidden: { form_token: props.formToken },
    error: errorAbove(problem, ['overlap_days', 'expires']),
    fields: [
      overlapField(typed.overlap, problem),
      {
        kind: 'text',
        name: 'expires',
        label: 'The new one expires',
        help: 'It works until the end of this day, in UTC; with a minute, such as 2027-03-31 14:00, until then. Empty: it does not expire.',
        value: typed.expires,
        error: errorIn(problem, 'expires'),
      },
    ],
    submit: { label: 'Replace it', cancelHref: props.cancelHref },
  })}${
    viewed.usedLately.length > 0 &&
    html`<section aria-labelledby="used-lately"><h2 id="used-lately">What needs the new secret</h2>${table({
      caption: 'What used it in the last 30 days',
      rows: viewed.usedLately,
      empty: html``,
      columns: useColumns(now),
    })}</section>`
  }`;
}

/** Asked where the one before would end at once. */
export const replaceQuestion = (props: {
  readonly viewed: ViewedInFamily;
  readonly action: string;
  readonly cancelHref: string;
  readonly typed: TypedReplacement;
  readonly formToken: string;
  readonly now: Date;
}): Question => {
  const { label, lastUsedAt } = props.viewed.credential;
  return {
    title: `Replace “${label}” at once?`,
    consequences: [
      'The secret that is in use now is refused from the next request on, and whatever uses it stops until it has the new one.',
      lastUsedAt === null
        ? 'It was never used.'
        : `It was last used ${relativeWords(new Date(lastUsedAt), props.now)}.`,
    ],
    action: props.action,
    hidden: {
      form_token: props.formToken,
      overlap_days: props.typed.overlap,
      expires: props.typed.expires,
      confirmed: 'yes',
    },
    cancelHref: props.cancelHref,
    submitLabel: 'Replace it',
    danger: true,
  };
};
