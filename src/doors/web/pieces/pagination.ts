import { html } from '../html.ts';
import type { Html } from '../html.ts';

export interface PaginationProps {
  /** Where we are, in words: "51–100 of 312". */
  readonly summary?: string | undefined;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
}

/** Nothing when there is only one page. */
export function pagination({ summary, previous, next }: PaginationProps): Html {
  if (previous === undefined && next === undefined && summary === undefined) return html``;
  return html`<nav class="pagination" aria-label="Pages"><span class="quiet">${summary}</span><span class="pagination-links">${
    previous !== undefined && html`<a class="button button-small" rel="prev" href="${previous}">Previous</a>`
  }${next !== undefined && html`<a class="button button-small" rel="next" href="${next}">Next</a>`}</span></nav>`;
}
