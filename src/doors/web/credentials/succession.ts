import type { ViewedInFamily } from '../../../acts/credentials/view.ts';
import { html, type Renderable } from '../html.ts';
import { exactTime, relativeWords, table } from '../pieces/index.ts';
import { endOf, hasEnded } from './lines.ts';
import { useColumns } from './usage.ts';

interface SuccessionProps {
  readonly viewed: ViewedInFamily;
  readonly now: Date;
  /** The page of another one of its family. */
  readonly hrefOf: (id: string) => string;
}

/** Whether it is the one of its family that can be replaced, and may be (`acts/credentials/replace.ts`). */
export const canBeReplaced = ({ credential, successor, bounds }: ViewedInFamily): boolean =>
  !hasEnded(credential) &&
  (successor === null || hasEnded(successor)) &&
  !bounds.some(({ kind }) => kind === 'uses' || kind === 'pushes');

/** Of one that was replaced: what took its place, until when it works, and who still comes with it. */
export function replacedSection({ viewed, now, hrefOf }: SuccessionProps): Renderable {
  const { credential, successor, usedSince } = viewed;
  if (successor === null) return '';
  const works = !hasEnded(credential);
  const ends = endOf(credential);
  return html`<section aria-labelledby="replaced"><h2 id="replaced">Replaced</h2><p><a href="${hrefOf(successor.id)}"><code>${successor.id}</code></a> took its place ${exactTime({ at: new Date(successor.createdAt), now })}${
    hasEnded(successor) && `, and is ${successor.state}`
  }.${
    works &&
    html` This one goes on working${ends !== null && html` until ${exactTime({ at: ends, now })}`}: by then, whatever uses it needs the new secret.`
  }</p>${
    usedSince.length === 0
      ? html`<p>Nothing has used this one since.${works && ' Where everything has the new secret, it can be revoked now.'}</p>`
      : table({
          caption: 'What has used this one since',
          rows: usedSince,
          empty: html``,
          columns: useColumns(now),
        })
  }</section>`;
}

/** Of one that took the place of others: those that still work. */
export const predecessorFacts = ({ viewed: { predecessors }, now, hrefOf }: SuccessionProps) =>
  predecessors.map((each) => {
    const ends = endOf(each);
    const used =
      each.lastUsedAt === null ? 'never used' : `last used ${relativeWords(new Date(each.lastUsedAt), now)}`;
    return {
      name: 'In the place of',
      value: html`<a href="${hrefOf(each.id)}"><code>${each.id}</code></a>, which still works${ends !== null && html` until ${exactTime({ at: ends, now })}`}; ${used}`,
    };
  });
