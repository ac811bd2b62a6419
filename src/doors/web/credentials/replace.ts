import type { PersonalGrant } from '../../../acts/credentials/personal.ts';
import { replaceCredential, type Successor } from '../../../acts/credentials/replace.ts';
import type { TokenGrant } from '../../../acts/credentials/token-place.ts';
import type { ViewedInFamily } from '../../../acts/credentials/view.ts';
import { lifetimeOf } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import type { FormInput } from '../form-input.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { exactWords, form, pageHead, type Question } from '../pieces/index.ts';
import { errorAbove, errorIn } from '../respond.ts';
import { momentIn } from './moments.ts';
import { overlapField, overlapIn, typedOverlap, USUAL_OVERLAP } from './overlap.ts';
import { isCounted, lastUse, useTable } from './succession.ts';

const DAY_MS = 24 * 60 * 60_000;
const END_OF_DAY = 'T23:59:59.999Z';

/** What was typed into the form that replaces a key. */
export interface TypedReplacement {
  readonly overlap: string;
  readonly expires: string;
}

/** As the form is opened: the new one lives as long as the one before was made for. */
export function usualReplacement({ credential }: ViewedInFamily, now: number): TypedReplacement {
  const { kind, expiresAt, createdAt } = credential;
  if (expiresAt === null) return { overlap: USUAL_OVERLAP, expires: '' };
  // A day is to its end: from one to the next, what always ends would live longer each time, and once too long.
  const longest = (lifetimeOf(kind)?.usualDays ?? Infinity) * DAY_MS;
  const [day = '', time = ''] = new Date(now + Math.min(expiresAt - createdAt, longest))
    .toISOString()
    .split('T');
  const isDay = new Date(expiresAt).toISOString().endsWith(END_OF_DAY);
  return { overlap: USUAL_OVERLAP, expires: isDay ? day : `${day} ${time.slice(0, 5)}` };
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
  grant: PersonalGrant<'rotate'> | TokenGrant<'rotate'>,
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
  readonly mayLiveForever: boolean;
  readonly now: Date;
}): Html {
  const { viewed, typed, problem, now } = props;
  const { credential, predecessors, usedLately, usage } = viewed;
  return html`${pageHead({
    title: `Replace “${credential.label}”`,
    lead: `A new secret takes its place, with the same permissions and the same limits${credential.appUser === null ? '' : ', and its bot stays the same'}. It is shown once, right after this.`,
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
        help: `It works until the end of this day, in UTC; with a minute, such as 2027-03-31 14:00, until then.${props.mayLiveForever ? ' Empty: it does not expire.' : lifetimeOf(credential.kind) !== undefined ? ' A year from now at most.' : ' This workspace demands it.'}`,
        value: typed.expires,
        required: !props.mayLiveForever,
        error: errorIn(problem, 'expires'),
      },
    ],
    body:
      predecessors.length === 0
        ? undefined
        : html`<p>${predecessors.map((each) => html`<code>${each.id}</code> `)}still ${predecessors.length === 1 ? 'works' : 'work'} beside it, and will end no later than the present one.</p>`,
    submit: { label: 'Replace it', cancelHref: props.cancelHref },
  })}${
    !usage.isUntold &&
    usedLately.length > 0 &&
    html`<section aria-labelledby="used-lately"><h2 id="used-lately">What needs the new secret</h2>${useTable('Uses of the last 30 days', usedLately, now)}</section>`
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
  const { credential, predecessors } = props.viewed;
  return {
    title: `Replace “${credential.label}” at once?`,
    consequences: [
      'The secret that is in use now is refused from the next request on, and whatever uses it stops until it has the new one.',
      ...[credential, ...predecessors].map((each) => `${each.id}: ${lastUse(each, props.now)}.`),
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

/** Instead of the form, for one that has no successor. */
export function notReplaceableBody(
  viewed: ViewedInFamily,
  hrefOf: (id: string, below?: string) => string,
  createHref: string,
): Html {
  const { credential, successor } = viewed;
  return html`${pageHead({ title: `“${credential.label}” cannot be replaced` })}${
    isCounted(viewed)
      ? html`<p>It is good for a number of uses, and beside it another one would have as many. Make a new one instead.</p><p><a class="button button-primary" href="${createHref}">Create one</a></p>`
      : credential.derivedFrom !== null
        ? html`<p>It was derived from <a href="${hrefOf(credential.derivedFrom)}"><code>${credential.derivedFrom}</code></a>: whatever uses that one derives another.</p>`
        : credential.pausedAt !== null
          ? html`<p>It is paused: <a href="${hrefOf(credential.id, '/resume')}">resume it</a> before it is replaced.</p>`
          : html`<p>It was replaced before${successor !== null && html`: <a href="${hrefOf(successor.id)}"><code>${successor.id}</code></a> took its place, and can be replaced itself${successor.pausedAt !== null && ' once it is resumed'}`}.</p>`
  }<p><a class="button" href="${hrefOf(credential.id)}">Back to it</a></p>`;
}

/** Beside the new secret: until when the one before works. */
export const earlierNote = ({ replaces, earlierEndsAt }: Successor, now: number, href: string): Renderable =>
  earlierEndsAt <= now
    ? html`The one before, <code>${replaces}</code>, has ended.`
    : html`The one before, <code>${replaces}</code>, goes on working until ${exactWords(new Date(earlierEndsAt))}: <a href="${href}">see what still uses it</a>.`;
