import type { People } from '../../../acts/pull-requests/people.ts';
import type { Participant, ViewedPullRequest } from '../../../acts/pull-requests/view.ts';
import type { CommitStatus } from '../../../acts/statuses/view.ts';
import { html, type Html, type Renderable } from '../html.ts';
import type { ListOnPage } from '../lists-on-page.ts';
import { emptyState, pagination, time, withAside } from '../pieces/index.ts';
import { buildsSection } from '../repositories/builds.ts';
import type { Links } from '../repositories/links.ts';
import { commentForm, threadView, type ShownThread, type ThreadContext } from './comments-view.ts';
import { person } from './people.ts';

/** Something that happened, as a page shows it. */
export interface Happening {
  readonly id: number;
  readonly words: Renderable;
  readonly at: number;
}

export interface OverviewProps {
  readonly links: Links;
  readonly pullRequest: ViewedPullRequest;
  readonly people: People;
  /** Laid out; null where there is none. */
  readonly description: Html | null;
  readonly statuses: readonly CommitStatus[];
  /** Whether it can be merged and why not, or what became of it. */
  readonly outcome: Html;
  readonly tasks: Html | false;
  readonly threads: readonly ShownThread[];
  readonly threadsInAll: number;
  readonly threadList: ListOnPage;
  readonly context: ThreadContext;
  readonly happened: readonly Happening[];
  /** Where what happened before those is told. */
  readonly earlier: string | undefined;
  readonly now: Date;
}

export function overviewBody(props: OverviewProps): Html {
  const { description, statuses, outcome, tasks, now } = props;
  const main = html`<div class="parted">${
    description ?? html`<p class="quiet">There is no description.</p>`
  }${outcome}${buildsSection(statuses, now)}${tasks}${conversation(props)}${history(props)}</div>`;
  return withAside(main, reviews(props));
}

function reviews({ pullRequest, people }: OverviewProps): Html {
  const { participants } = pullRequest;
  const reviewers = participants.filter(({ role }) => role === 'reviewer');
  const others = participants.filter(({ role, state }) => role !== 'reviewer' && state !== null);
  const line = ({ actor, state }: Participant) => html`<li>${person(people(actor))} ${decision(state)}</li>`;
  return html`<section aria-labelledby="reviewers"><h2 id="reviewers">Reviewers</h2>${
    reviewers.length === 0
      ? html`<p class="quiet">Nobody is asked to review it.</p>`
      : html`<ul class="reviewers">${reviewers.map(line)}</ul>`
  }${others.length > 0 && html`<h3>Others who reviewed it</h3><ul class="reviewers">${others.map(line)}</ul>`}</section>`;
}

const decision = (state: Participant['state']): Html =>
  state === 'approved'
    ? html`<span class="state state-merged">approved</span>`
    : state === 'changes_requested'
      ? html`<span class="state state-failed">changes requested</span>`
      : html`<span class="quiet">has not reviewed yet</span>`;

function conversation({ threads, threadsInAll, threadList, context }: OverviewProps): Html {
  const { links, number, back, mayComment } = context;
  return html`<section aria-labelledby="comments"><h2 id="comments">Comments${threadsInAll > 0 && html` <span class="count">${threadsInAll}</span>`}</h2>${
    mayComment &&
    commentForm({
      action: links.pullRequest(number, '/comments/new'),
      hidden: { back },
      id: 'new-comment',
      label: 'Say something',
      submit: 'Comment',
    })
  }${
    threadList.missing(threadsInAll) ??
    (threadsInAll === 0
      ? !mayComment &&
        emptyState({ title: 'No comments yet', body: 'What people say about it is shown here.' })
      : html`<div class="threads">${threads.map((thread) => threadView(thread, context))}</div>${pagination(threadList.pages(threadsInAll))}`)
  }</section>`;
}

function history({ happened, earlier, now }: OverviewProps): Html {
  return html`<section aria-labelledby="activity"><h2 id="activity">What happened</h2><ol class="happenings">${happened.map(
    ({ words, at }) => html`<li>${words} <span class="quiet">${time({ at: new Date(at), now })}</span></li>`,
  )}</ol>${earlier !== undefined && html`<p><a href="${earlier}">What happened before</a></p>`}</section>`;
}
