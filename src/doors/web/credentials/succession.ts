import { endOf, hasEnded, readinessOf } from '../../../acts/credentials/standing.ts';
import { USES_SHOWN, type NamedUse } from '../../../acts/credentials/uses.ts';
import type { ViewedInFamily } from '../../../acts/credentials/view.ts';
import type { Credential } from '../../../credentials/index.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { exactTime, relativeWords, table } from '../pieces/index.ts';
import { useColumns } from './usage.ts';

interface SuccessionProps {
  readonly viewed: ViewedInFamily;
  readonly now: Date;
  /** The page of another one of its family. */
  readonly hrefOf: (id: string) => string;
}

/** Whether each of two would have as much as one: such a key has no successor (`acts/credentials/replace.ts`). */
export const isCounted = ({ bounds }: ViewedInFamily): boolean =>
  bounds.some(({ kind }) => kind === 'uses' || kind === 'pushes');

export const canBeReplaced = (viewed: ViewedInFamily): boolean =>
  viewed.isLatest &&
  !isCounted(viewed) &&
  viewed.credential.pausedAt === null &&
  viewed.credential.derivedFrom === null;

/** Of one that was replaced: what took its place, until when it works, and who still comes with it. */
export function replacedSection({ viewed, now, hrefOf }: SuccessionProps): Renderable {
  const { credential, successor, replacedAt, usedSince, usage } = viewed;
  if (successor === null || replacedAt === null) return '';
  const works = !hasEnded(credential);
  return html`<section aria-labelledby="replaced"><h2 id="replaced">Replaced</h2><p><a href="${hrefOf(successor.id)}"><code>${successor.id}</code></a> took its place. It was replaced ${exactTime({ at: new Date(replacedAt), now })}.${
    works &&
    html` This one ${credential.pausedAt === null ? 'goes on working' : 'is paused and lives'}${until(credential, now)}.`
  } ${successorSays(successor, works, now)}</p>${
    !usage.isUntold &&
    (usedSince.length === 0
      ? html`<p>Nothing has used this one since.${works && successor.state === 'active' && ' Where everything has the new secret, it can be revoked now.'}</p>`
      : useTable('What has used this one since', usedSince, now))
  }</section>`;
}

/** What whoever still uses a replaced one needs, by what took its place; `works` where that one goes on itself. */
function successorSays(successor: Credential, works: boolean, now: Date): Renderable {
  const then = works
    ? ': replace this one again, or whatever uses it stops with it'
    : ': make a new one where it is still needed';
  switch (readinessOf(successor)) {
    case 'active':
      return works && 'By then, whatever uses it needs the new secret.';
    case 'paused':
      return `What took its place is paused and opens nothing: resume it first${works ? ', and give whatever uses this one the new secret by then' : ''}.`;
    case 'pending':
      return html`What took its place opens nothing before ${exactTime({ at: new Date(successor.notBefore ?? 0), now })}.`;
    case 'revoked':
      return `What took its place was revoked${then}.`;
    case 'expired':
      return `What took its place has expired${then}.`;
  }
}

const until = (credential: Credential, now: Date): Renderable => {
  const ends = endOf(credential);
  return ends === null ? '' : html` until ${exactTime({ at: new Date(ends), now })}`;
};

/** Ways of use, and that there may be more. */
export const useTable = (caption: string, uses: readonly NamedUse[], now: Date): Html =>
  html`${table({ caption, rows: uses, empty: html``, columns: useColumns(now) })}${
    uses.length === USES_SHOWN &&
    html`<p class="quiet">The latest ${USES_SHOWN} different ways; the command line lists more.</p>`
  }`;

/**
 * Of one that shares its line with others that live: that these are secrets of their own, to which nothing is done with it.
 * @param done "revoked", "paused", "narrowed"
 */
export const goesOnBeside = (
  { credential, predecessors, successor }: Pick<ViewedInFamily, 'credential' | 'predecessors' | 'successor'>,
  done: string,
  { now, hrefOf }: Pick<SuccessionProps, 'now' | 'hrefOf'>,
): readonly Html[] => {
  const link = ({ id }: Credential) => html`<a href="${hrefOf(id)}"><code>${id}</code></a>`;
  return [
    ...predecessors.map(
      (each) =>
        html`It took the place of ${link(each)}, which ${stands(each)}${until(each, now)}, and is not ${done} with it.`,
    ),
    ...(successor === null || hasEnded(successor) || hasEnded(credential)
      ? []
      : [html`${link(successor)} took its place, and is not ${done} with it.`]),
  ];
};

const stands = ({ pausedAt }: Credential): string =>
  pausedAt === null ? 'still works' : 'is paused and lives';

/** Of one that took the place of others: those that still work. */
export const predecessorFacts = ({ viewed: { predecessors }, now, hrefOf }: SuccessionProps) =>
  predecessors.map((each) => ({
    name: 'In the place of',
    value: html`<a href="${hrefOf(each.id)}"><code>${each.id}</code></a>, which ${stands(each)}${until(each, now)}; ${lastUse(each, now)}`,
  }));

/** When it was used last, as a clause. */
export const lastUse = ({ lastUsedAt }: Credential, now: Date): string =>
  lastUsedAt === null ? 'it was never used' : `it was last used ${relativeWords(new Date(lastUsedAt), now)}`;
