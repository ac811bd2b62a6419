import type { RefNames } from '../../../acts/browse/overview.ts';
import { html, type Html } from '../html.ts';
import { commitList, emptyState, pagination, type CommitLineProps } from '../pieces/index.ts';
import { visibleName } from '../visible.ts';
import type { Links } from './links.ts';
import { refMenu } from './source-bar.ts';

export const COMMITS_PER_PAGE = 30;

export interface CommitsProps {
  readonly links: Links;
  readonly names: RefNames;
  /** Null while there is no branch. */
  readonly revision: string | null;
  /** '' where the whole history is shown. */
  readonly path: string;
  readonly page: number;
  readonly hasMore: boolean;
  readonly commits: readonly { readonly day: string; readonly line: CommitLineProps }[];
}

export function commitsBody(props: CommitsProps): Html {
  const { links, revision, path, page, commits } = props;
  if (revision === null) {
    return html`<h1>Commits</h1>${emptyState({
      title: 'No commits yet',
      body: 'Every commit that is pushed here is listed on this page.',
      action: { label: 'How to push the first', href: links.home },
    })}`;
  }
  const menu = refMenu({ names: props.names, revision, links, hrefOf: (name) => links.commits(name, path) });
  const from = (page - 1) * COMMITS_PER_PAGE;
  return html`<h1>Commits</h1><div class="source-bar">${menu}${
    path !== '' &&
    html`<span class="path-filter">that changed <code>${visibleName(path)}</code> · <a href="${links.source(revision, path)}">see it</a> · <a href="${links.commits(revision)}">all commits</a></span>`
  }</div>${
    commits.length === 0
      ? emptyState({
          title: page > 1 ? 'No older commits' : 'No commits',
          body:
            path === ''
              ? 'The history ends before this page.'
              : 'No commit on this branch changed this path.',
        })
      : byDay(commits)
  }${pagination({
    ...(commits.length > 0 &&
      (page > 1 || props.hasMore) && { summary: `${from + 1}–${from + commits.length}` }),
    ...(page > 1 && { previous: links.commits(revision, path, page - 1) }),
    ...(props.hasMore && { next: links.commits(revision, path, page + 1) }),
  })}`;
}

/** Runs of one day under its date, in the order of history. */
function byDay(commits: CommitsProps['commits']): Html {
  const days: { day: string; lines: CommitLineProps[] }[] = [];
  for (const { day, line } of commits) {
    const last = days.at(-1);
    if (last?.day === day) last.lines.push(line);
    else days.push({ day, lines: [line] });
  }
  return html`${days.map(
    ({ day, lines }) =>
      html`<section class="commit-day"><h2>${dayWords(day)}</h2>${commitList(lines)}</section>`,
  )}`;
}

const days = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

const dayWords = (day: string): string => days.format(new Date(`${day}T00:00:00Z`));
