import type { CommitStatus, StateCounts, StatusState } from '../../../acts/statuses/view.ts';
import { html, type Html } from '../html.ts';
import { table, time, type BuildsSign } from '../pieces/index.ts';
import { visibleName, visibleText } from '../visible.ts';
import { plural } from './words.ts';

/** In the order in which they matter, whatever the order in which they were written. */
const WORDS: Readonly<Record<StatusState, string>> = {
  FAILED: 'Failed',
  INPROGRESS: 'In progress',
  STOPPED: 'Stopped',
  SUCCESSFUL: 'Passed',
};
const ORDER = Object.keys(WORDS);

/** Of the hundreds that a commit may have. */
const MOST_SHOWN = 100;

/** What was said of the builds of a commit, by whom; false where nobody said anything. */
export function buildsSection(statuses: readonly CommitStatus[], now: Date): Html | false {
  if (statuses.length === 0) return false;
  const shown = statuses
    .toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
    .slice(0, MOST_SHOWN);
  return html`<section aria-labelledby="builds"><h2 id="builds">Builds</h2>${table({
    caption: 'Builds of this commit',
    quietCaption: true,
    columns: [
      { label: 'Build', cell: buildCell },
      {
        label: 'State',
        cell: ({ state }: CommitStatus) =>
          html`<span class="state ${state === 'FAILED' && 'state-failed'}">${WORDS[state]}</span>`,
      },
      { label: 'Said by', cell: ({ authorName }) => visibleName(authorName ?? 'Somebody who is gone') },
      { label: 'When', cell: ({ updatedAt }) => time({ at: new Date(updatedAt), now }) },
    ],
    rows: shown,
    empty: html``,
  })}${statuses.length > shown.length && html`<p class="quiet">And ${plural(statuses.length - shown.length, 'more build')}.</p>`}</section>`;
}

const buildCell = ({ key, name, url, description, refname }: CommitStatus): Html =>
  html`<a href="${url}" rel="nofollow noopener noreferrer">${visibleName(name === '' ? key : name)}</a>${
    refname !== null && html` <span class="ref">${visibleName(refname)}</span>`
  }${description !== '' && html`<br><span class="quiet">${visibleText(description)}</span>`}`;

/** How the builds of a commit stand, in a few words for lists. */
export function buildsSign(counts: StateCounts): BuildsSign {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const { FAILED: failed = 0, INPROGRESS: running = 0, STOPPED: stopped = 0 } = counts;
  if (failed > 0) return { words: `${failed} of ${plural(total, 'build')} failed`, failed: true };
  if (running > 0) return { words: `${plural(running, 'build')} in progress`, failed: false };
  if (stopped > 0) return { words: `${stopped} of ${plural(total, 'build')} stopped`, failed: false };
  return { words: `${plural(total, 'build')} passed`, failed: false };
}
