import type { People } from '../../../acts/pull-requests/people.ts';
import type { PullRequest } from '../../../acts/pull-requests/view.ts';
import type { RepositoryFacts } from '../../../gate/index.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { tabs, time } from '../pieces/index.ts';
import { repositoryPage } from '../repositories/frame.ts';
import { linksOf } from '../repositories/links.ts';
import type { PageContent } from '../respond.ts';
import { visibleName } from '../visible.ts';
import { person } from './people.ts';
import { branches, stateSign } from './words.ts';

export type Part = 'overview' | 'commits' | 'files';

/** A page of one pull request: what it is, and the way to its parts. */
export function pullRequestPage(
  facts: RepositoryFacts,
  { pullRequest, people }: { readonly pullRequest: PullRequest; readonly people: People },
  part: Part,
  content: {
    readonly body: Html;
    readonly actions?: Renderable;
    readonly notice?: PageContent['notice'];
    readonly now: Date;
  },
): PageContent {
  const { number, title } = pullRequest;
  const links = linksOf(facts);
  const tab = (name: Part, label: string, below: string) => ({
    label,
    href: links.pullRequest(number, below),
    current: name === part,
  });
  const head = html`<div class="page-head"><div><h1>${visibleName(title)} <span class="quiet">#${number}</span></h1><p class="lead">${stateSign(pullRequest)} ${person(people(pullRequest.author))} ${intention(pullRequest)} ${branches(pullRequest)} · ${time({ at: new Date(pullRequest.createdAt), now: content.now })}</p></div>${
    content.actions && html`<div class="page-actions">${content.actions}</div>`
  }</div>`;
  const body = html`${head}${tabs(
    [
      tab('overview', 'Overview', ''),
      tab('commits', 'Commits', '/commits'),
      tab('files', 'Files changed', '/files'),
    ],
    'Parts of this pull request',
  )}${content.body}`;
  return repositoryPage(facts, 'pull-requests', {
    title: `#${number} ${title}`,
    body,
    notice: content.notice,
  });
}

const intention = ({ state }: PullRequest): string =>
  state === 'open' ? 'wants to merge' : 'wanted to merge';

/** A page about one thing of a pull request: a form, a question, one thread of comments. */
export function pageBelow(
  facts: RepositoryFacts,
  { number, title }: Pick<PullRequest, 'number' | 'title'>,
  content: { readonly title: string; readonly body: Html; readonly width?: PageContent['width'] },
): PageContent {
  const links = linksOf(facts);
  return repositoryPage(facts, 'pull-requests', {
    width: 'reading',
    ...content,
    title: `${content.title} · #${number} ${title}`,
    body: html`<p><a href="${links.pullRequest(number)}">#${number} ${visibleName(title)}</a></p>${content.body}`,
  });
}
