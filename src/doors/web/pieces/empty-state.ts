import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';

export interface EmptyStateProps {
  readonly title: string;
  /** What the thing is for, in a sentence or two. */
  readonly body: Renderable;
  /** How to make the first one; absent for who may not. */
  readonly action?: { readonly label: string; readonly href: string } | undefined;
}

export function emptyState({ title, body, action }: EmptyStateProps): Html {
  return html`<div class="empty"><p class="empty-title">${title}</p><p>${body}</p>${
    action && html`<p><a class="button button-primary" href="${action.href}">${action.label}</a></p>`
  }</div>`;
}
