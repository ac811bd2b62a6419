import type { People } from '../../../acts/pull-requests/people.ts';
import type { PullRequestState, ViewedPullRequest } from '../../../acts/pull-requests/view.ts';
import { html, type Html } from '../html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf } from '../pages-of.ts';
import { emptyState, pageHead, table, tabs, time, type BuildsSign } from '../pieces/index.ts';
import type { Links } from '../repositories/links.ts';
import { plural } from '../repositories/words.ts';
import { visibleName } from '../visible.ts';
import { nameOfActor } from './people.ts';
import { branches, decisions, stateSign } from './words.ts';

/** Which are shown: `all` or a state. */
export type Filter = PullRequestState | 'all';

const FILTERS: readonly (readonly [filter: Filter, label: string])[] = [
  ['open', 'Open'],
  ['merged', 'Merged'],
  ['declined', 'Declined'],
  ['all', 'All'],
];

export const isFilter = (text: string): text is Filter => FILTERS.some(([filter]) => filter === text);

export interface ListProps {
  readonly links: Links;
  readonly filter: Filter;
  readonly page: number;
  readonly pullRequests: readonly ViewedPullRequest[];
  readonly size: number;
  readonly people: People;
  /** By the hash of the source's commit. */
  readonly builds: ReadonlyMap<string, BuildsSign>;
  readonly mayCreate: boolean;
  readonly now: Date;
}

export function listBody(props: ListProps): Html {
  const { links, filter, page, size, people, builds, now, mayCreate } = props;
  const pageHref = (number: number) => links.pullRequests(filter === 'open' ? '' : filter, number);
  return html`${pageHead({
    title: 'Pull requests',
    actions:
      mayCreate &&
      html`<a class="button button-primary" href="${links.newPullRequest()}">Create pull request</a>`,
  })}${tabs(
    FILTERS.map(([name, label]) => ({
      label,
      href: links.pullRequests(name === 'open' ? '' : name),
      current: name === filter,
    })),
    'Which pull requests',
  )}${table<ViewedPullRequest>({
    caption: 'Pull requests',
    quietCaption: true,
    rows: props.pullRequests,
    columns: [
      {
        label: 'Pull request',
        cell: (each) =>
          html`<a href="${links.pullRequest(each.number)}">${visibleName(each.title)}</a> <span class="quiet">#${each.number}</span><div class="quiet">${branches(each)}</div>`,
      },
      { label: 'By', cell: ({ author }) => nameOfActor(people(author)) },
      { label: 'State', cell: stateSign },
      { label: 'Reviews', cell: ({ participants }) => decisions(participants) },
      { label: 'Builds', cell: ({ sourceCommit }) => buildsCell(builds.get(sourceCommit)) },
      { label: 'Said', cell: ({ counts }) => saidWords(counts) },
      { label: 'Changed', cell: ({ updatedAt }) => time({ at: new Date(updatedAt), now }) },
    ],
    empty: noSuchPage(page, PAGE_LENGTH, size, pageHref) ?? nothing(props),
    pages: pagesOf(page, PAGE_LENGTH, size, pageHref),
  })}`;
}

const buildsCell = (sign: BuildsSign | undefined): Html | undefined =>
  sign && html`<span class="state ${sign.failed && 'state-failed'}">${sign.words}</span>`;

const saidWords = ({ comments, tasks }: ViewedPullRequest['counts']): string =>
  [comments > 0 && plural(comments, 'comment'), tasks > 0 && `${plural(tasks, 'task')} to do`]
    .filter((part) => part !== false)
    .join(', ');

function nothing({ filter, links, mayCreate }: ListProps): Html {
  if (filter === 'merged' || filter === 'declined')
    return emptyState({
      title: `None was ${filter}`,
      body: `Pull requests that were ${filter} are listed here.`,
      action: { label: 'See the open ones', href: links.pullRequests() },
    });
  return emptyState({
    title: filter === 'open' ? 'No pull request is open' : 'No pull requests yet',
    body: 'A pull request proposes to merge one branch into another: others read what would change, say what they think of it, and approve it.',
    ...(mayCreate && { action: { label: 'Create pull request', href: links.newPullRequest() } }),
  });
}
