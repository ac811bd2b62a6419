import type { Actor } from '../../../acts/pull-requests/people.ts';
import { shortened } from '../../shared/shortened.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { confirmOpener, hiddenFields, time, type ConfirmProps } from '../pieces/index.ts';
import type { Links } from '../repositories/links.ts';
import { plural } from '../repositories/words.ts';
import { visibleName } from '../visible.ts';
import { nameOfActor, person } from './people.ts';

/** Where in the changes something is said: of a file as a whole where there is no line. */
export interface CommentPlace {
  readonly path: string;
  /** The line after the change. */
  readonly to: number | null;
  /** The line before it, where it was removed. */
  readonly from: number | null;
}

/** A comment as a page shows it. */
export interface ShownComment {
  readonly id: number;
  readonly by: Actor | null;
  /** What it says, laid out; null where it was deleted. */
  readonly body: Html | null;
  readonly place: CommentPlace | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Who resolved the thread that it begins. */
  readonly resolved: { readonly by: Actor | null; readonly at: number } | null;
  /** Whether who looks may change and delete it. */
  readonly mayChange: boolean;
  readonly mayDelete: boolean;
}

export interface ShownThread {
  readonly root: ShownComment;
  /** The first that were given. */
  readonly answers: readonly ShownComment[];
  /** How many more there are. */
  readonly more: number;
}

export interface ThreadContext {
  readonly links: Links;
  readonly number: number;
  /** The path of the page, to come back to. */
  readonly back: string;
  /** Whether who looks may comment. */
  readonly mayComment: boolean;
  readonly now: Date;
  /** Whether each says where in the changes it stands: not where it stands there. */
  readonly showsPlace: boolean;
}

/**
 * What was said, what was answered, and what one may do about it.
 *
 * @param isOpen whether it is shown though it is resolved
 */
export function threadView(
  { root, answers, more }: ShownThread,
  context: ThreadContext,
  isOpen = false,
): Html {
  const { links, number, mayComment } = context;
  const isResolved = root.resolved !== null;
  const whole = links.pullRequest(number, `/comments/${root.id}`);
  const said = html`${comment(root, context)}${
    answers.length > 0 &&
    html`<div class="answers">${answers.map((each) => comment(each, { ...context, showsPlace: false }))}</div>`
  }${more > 0 && html`<p><a href="${whole}">${plural(more, 'more answer')}</a></p>`}${
    mayComment &&
    html`<div class="thread-actions">${answerForm(root.id, context)}${act(links.pullRequest(number, `/comments/${root.id}/${isResolved ? 'reopen' : 'resolve'}`), isResolved ? 'Reopen' : 'Resolve', context.back)}</div>`
  }`;
  if (!isResolved) return html`<section class="thread" aria-label="Comment ${root.id}">${said}</section>`;
  return html`<details class="thread" ${isOpen && html`open`}><summary><span class="state">Resolved</span> ${nameOfActor(root.by)} said something${
    root.place !== null && context.showsPlace && html` on ${placeWords(root.place)}`
  }${answers.length + more > 0 && `, with ${plural(answers.length + more, 'answer')}`}; resolved by ${nameOfActor(root.resolved.by)} ${time({ at: new Date(root.resolved.at), now: context.now })}</summary>${said}</details>`;
}

function comment(props: ShownComment, context: ThreadContext): Html {
  const { id, by, body, place, createdAt, updatedAt } = props;
  const { links, number, now, showsPlace } = context;
  const permanent = links.pullRequest(number, `/comments/${id}`);
  return html`<article class="comment" id="comment-${id}" aria-label="${nameOfActor(by)}"><header>${person(by)} <a class="quiet" href="${permanent}">${time({ at: new Date(createdAt), now })}</a>${
    body !== null &&
    updatedAt > createdAt &&
    html` <span class="quiet">· changed ${time({ at: new Date(updatedAt), now })}</span>`
  }${place !== null && showsPlace && html` <span class="quiet">· on ${placeLink(place, context)}</span>`}${
    body !== null && buttons(props, context)
  }</header>${body ?? html`<p class="quiet">This comment was deleted.</p>`}</article>`;
}

/** In characters: a path may be a megabyte. */
const LONGEST_PATH = 200;

/** "src/server.ts, line 12". */
export const placeWords = ({ path, to, from }: CommentPlace): Html =>
  html`<code>${shortened(visibleName(path), LONGEST_PATH)}</code>${lineWords({ to, from })}`;

const lineWords = ({ to, from }: Pick<CommentPlace, 'to' | 'from'>): string =>
  to !== null ? `, line ${to}` : from !== null ? `, removed line ${from}` : '';

const placeLink = (place: CommentPlace, { links, number }: ThreadContext): Html =>
  html`<a href="${links.pullRequest(number, '/files')}">${placeWords(place)}</a>`;

function buttons(
  { id, by, mayChange, mayDelete }: ShownComment,
  { links, number, back }: ThreadContext,
): Html {
  const at = (below: string) => links.pullRequest(number, `/comments/${id}/${below}`);
  const from = `?${new URLSearchParams({ back }).toString()}`;
  return html`<span class="comment-actions">${
    mayChange &&
    html`<a class="button button-small button-quiet" href="${at('change')}${from}" aria-label="Edit the comment of ${nameOfActor(by)}">Edit</a>`
  }${mayDelete && confirmOpener(deleteQuestion({ id }, { links, number, back }))}</span>`;
}

export const deleteQuestion = (
  { id }: Pick<ShownComment, 'id'>,
  { links, number, back }: Pick<ThreadContext, 'links' | 'number' | 'back'>,
): ConfirmProps => {
  const at = links.pullRequest(number, `/comments/${id}/delete`);
  return {
    title: 'Delete this comment?',
    consequences: [
      'What it says is gone for everybody. Answers to it stay, under a line that says that it was deleted.',
    ],
    what: `comment ${id}`,
    action: at,
    hidden: { back },
    pageHref: `${at}?${new URLSearchParams({ back }).toString()}`,
    cancelHref: back,
    submitLabel: 'Delete',
    danger: true,
  };
};

/** A button that does something and comes back. */
export const act = (action: string, label: string, back: string, kind: Renderable = 'button-small'): Html =>
  html`<form action="${action}" method="post">${hiddenFields({ back })}<button type="submit" class="button ${kind}">${label}</button></form>`;

/** Folded away, so that a page of threads is one of threads and not of fields. */
const answerForm = (parent: number, { links, number, back }: ThreadContext): Html =>
  html`<details class="answer"><summary class="button button-small">Answer</summary>${commentForm({
    action: links.pullRequest(number, '/comments/new'),
    hidden: { parent: String(parent), back },
    id: `answer-${parent}`,
    label: 'Answer',
    submit: 'Answer',
  })}</details>`;

/** A field to write in, small enough to stand on a page several times. */
export const commentForm = (props: {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  /** Of the field. */
  readonly id: string;
  readonly label: string;
  readonly submit: string;
}): Html =>
  html`<form class="form" action="${props.action}" method="post" novalidate>${hiddenFields(props.hidden)}<div class="field"><label for="${props.id}">${props.label}</label><textarea class="input" id="${props.id}" name="content" rows="3" aria-describedby="${props.id}-help"></textarea><p class="help" id="${props.id}-help">Markdown is laid out.</p></div><div class="submit-row"><button type="submit" class="button button-primary">${props.submit}</button></div></form>`;
