import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';

export interface PageHeadProps {
  readonly title: string;
  /** What the page is for, in a sentence. */
  readonly lead?: Renderable;
  /** Buttons at the right: `html\`<a class="button button-primary" …>\``. */
  readonly actions?: Renderable;
}

/** The page's one `h1` with what belongs to it. */
export function pageHead({ title, lead, actions }: PageHeadProps): Html {
  return html`<div class="page-head"><div><h1>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>${actions && html`<div class="page-actions">${actions}</div>`}</div>`;
}
