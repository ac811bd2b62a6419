import type { Actor } from '../../../acts/pull-requests/people.ts';
import { html, type Html } from '../html.ts';
import { confirmOpener, hiddenFields, pagination, time, type ConfirmProps } from '../pieces/index.ts';
import type { ListOnPage } from '../lists-on-page.ts';
import type { Links } from '../repositories/links.ts';
import { visibleText } from '../visible.ts';
import { act } from './comments-view.ts';
import { nameOfActor } from './people.ts';

/** A task as a page shows it. */
export interface ShownTask {
  readonly id: number;
  readonly content: string;
  readonly by: Actor | null;
  readonly createdAt: number;
  readonly resolved: { readonly by: Actor | null; readonly at: number } | null;
  /** Whether who looks may say otherwise what is to be done, and delete it. */
  readonly mayChange: boolean;
  /** The comment that it belongs to. */
  readonly comment: number | null;
}

export interface TasksProps {
  readonly links: Links;
  readonly number: number;
  readonly back: string;
  readonly tasks: readonly ShownTask[];
  readonly size: number;
  /** How many are still to be done. */
  readonly open: number;
  readonly list: ListOnPage;
  readonly mayComment: boolean;
  readonly now: Date;
}

/** What is to be done before it is merged. */
export function tasksSection(props: TasksProps): Html | false {
  const { tasks, size, open, list, mayComment } = props;
  if (size === 0 && !mayComment) return false;
  const done = size - open;
  return html`<section aria-labelledby="tasks"><h2 id="tasks">Tasks${size > 0 && html` <span class="count">${done} of ${size} done</span>`}</h2>${
    list.missing(size) ??
    (size > 0 &&
      html`<ul class="tasks">${tasks.map((task) => taskLine(task, props))}</ul>${pagination(list.pages(size))}`)
  }${mayComment && addTask(props)}</section>`;
}

function taskLine(task: ShownTask, { links, number, back, mayComment, now }: TasksProps): Html {
  const { id, content, by, createdAt, resolved, comment, mayChange } = task;
  const at = (below: string) => links.pullRequest(number, `/tasks/${id}/${below}`);
  return html`<li id="task-${id}" class="${resolved !== null && 'task-done'}"><div><span class="state">${resolved === null ? 'To do' : 'Done'}</span> <span class="task-words">${visibleText(content)}</span><p class="quiet">${nameOfActor(by)}, ${time({ at: new Date(createdAt), now })}${
    resolved !== null &&
    html`; done: ${nameOfActor(resolved.by)}, ${time({ at: new Date(resolved.at), now })}`
  }${comment !== null && html` · <a href="${links.pullRequest(number, `/comments/${comment}`)}">the comment it belongs to</a>`}</p></div>${
    mayComment &&
    html`<span class="comment-actions">${act(at(resolved === null ? 'resolve' : 'reopen'), resolved === null ? 'Done' : 'Reopen', back)}${
      mayChange &&
      html`<a class="button button-small button-quiet" href="${at('change')}?${new URLSearchParams({ back }).toString()}" aria-label="Edit task ${id}">Edit</a>${confirmOpener(deleteTaskQuestion(task, { links, number, back }))}`
    }</span>`
  }</li>`;
}

export const deleteTaskQuestion = (
  { id }: Pick<ShownTask, 'id'>,
  { links, number, back }: Pick<TasksProps, 'links' | 'number' | 'back'>,
): ConfirmProps => {
  const at = links.pullRequest(number, `/tasks/${id}/delete`);
  return {
    title: 'Delete this task?',
    consequences: ['Nobody is waited for to do it any more.'],
    what: `task ${id}`,
    action: at,
    hidden: { back },
    pageHref: `${at}?${new URLSearchParams({ back }).toString()}`,
    cancelHref: back,
    submitLabel: 'Delete',
    danger: true,
  };
};

const addTask = ({ links, number, back }: TasksProps): Html =>
  html`<form class="row add-task" action="${links.pullRequest(number, '/tasks/new')}" method="post">${hiddenFields({ back })}<label for="new-task">New task</label><input id="new-task" class="input" name="content" type="text"><button type="submit" class="button">Add task</button></form>`;
