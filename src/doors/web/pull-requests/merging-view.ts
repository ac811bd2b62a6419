import type { Mergeability } from '../../../acts/pull-requests/merge.ts';
import type { PullRequest, ViewedPullRequest } from '../../../acts/pull-requests/view.ts';
import type { People } from '../../../acts/pull-requests/people.ts';
import { html, type Html } from '../html.ts';
import { exactTime } from '../pieces/index.ts';
import type { Links } from '../repositories/links.ts';
import { shortHash } from '../repositories/words.ts';
import { visibleName, visibleText } from '../visible.ts';
import { conflictNotice } from './conflicts-view.ts';
import { nameOfActor } from './people.ts';

/** Whether two branches fit together. */
export interface Fit extends Mergeability {
  /** Why that is not known. */
  readonly unknown: string | null;
}

/** What stands for and against merging an open pull request now. */
export interface Merging extends Fit {
  /** What the rules of the destination still want, a sentence each. */
  readonly unmet: readonly string[];
  /** What they wanted and have, a sentence each. */
  readonly met: readonly string[];
  /** Why whoever looks may not merge into this branch, where they may in general. */
  readonly refused: string | null;
}

/** Whether nothing stands against it. */
export const isMergeable = ({ isDraft, state }: PullRequest, merging: Merging): boolean =>
  state === 'open' && !isDraft && obstacles(merging).length === 0;

/** What stands against it, a sentence each. */
function obstacles(merging: Merging): readonly string[] {
  const { conflicts, sourceIsGone, destinationIsGone, isEmpty, isUnrelated, unknown, unmet, refused } =
    merging;
  return [
    ...(sourceIsGone ? ['The source branch is gone.'] : []),
    ...(destinationIsGone ? ['The destination branch is gone.'] : []),
    ...(isEmpty ? ['There is nothing to merge: the destination has all of it.'] : []),
    ...(isUnrelated ? ['The branches have no commit in common.'] : []),
    ...(conflicts.length > 0 ? ['There are conflicts.'] : []),
    ...(unknown === null ? [] : [unknown]),
    ...unmet,
    ...(refused === null ? [] : [refused]),
  ];
}

/** Whether an open one can be merged, and why not. */
export function mergingSection(
  pullRequest: PullRequest,
  merging: Merging,
  /** Where it is merged; undefined for who may not. */
  href: string | undefined,
): Html {
  const against = [
    ...(pullRequest.isDraft ? ['It is a draft: it can be merged once it is none any more.'] : []),
    ...obstacles(merging),
  ];
  const { conflicts, sourceIsGone, destinationIsGone, isUnrelated, unknown, met } = merging;
  const fits =
    conflicts.length === 0 && !sourceIsGone && !destinationIsGone && !isUnrelated && unknown === null;
  const good = [...(fits ? ['There are no conflicts.'] : []), ...met];
  return html`<section aria-labelledby="merging"><h2 id="merging">${against.length === 0 ? 'It can be merged' : 'It cannot be merged yet'}</h2>${conflictNotice(conflicts)}<ul class="merge-checks">${against.map((words) => check(words, false))}${good.map((words) => check(words, true))}</ul>${
    href !== undefined &&
    against.length === 0 &&
    html`<p><a class="button button-primary" href="${href}">Merge</a></p>`
  }</section>`;
}

const check = (words: string, isMet: boolean): Html =>
  html`<li><span><span class="state ${isMet ? 'state-merged' : 'state-failed'}">${isMet ? 'Met' : 'Not met'}</span></span> <span>${visibleName(words)}</span></li>`;

/** What became of one that is closed. */
export function outcomeSection(
  { state, closedBy, closedAt, mergeCommit, reason, destinationBranch }: ViewedPullRequest,
  people: People,
  links: Links,
  now: Date,
): Html {
  const who = nameOfActor(people(closedBy), 'a push');
  const when = closedAt === null ? '' : html` on ${exactTime({ at: new Date(closedAt), now })}`;
  if (state === 'merged')
    return html`<section aria-labelledby="merging"><h2 id="merging">Merged</h2><p>Merged into <code>${visibleName(destinationBranch)}</code> by ${who}${when}${
      mergeCommit !== null &&
      html`, as <a href="${links.commit(mergeCommit)}"><code>${shortHash(mergeCommit)}</code></a>`
    }.</p></section>`;
  return html`<section aria-labelledby="merging"><h2 id="merging">Declined</h2><p>Declined by ${who}${when}.</p>${
    reason !== '' && html`<p class="as-written">${visibleText(reason)}</p>`
  }</section>`;
}
