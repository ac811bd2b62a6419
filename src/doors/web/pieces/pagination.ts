import { html } from '../html.ts';
import type { Html } from '../html.ts';

export interface PaginationProps {
  /** Where we are, in words: "51–100 of 312". */
  readonly summary?: string | undefined;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
  readonly words?: PageWords | undefined;
  /** Read out, where several lists of one page have pages: "Pages of people". */
  readonly label?: string | undefined;
}

/** What leads to the page before and to the one after. */
export interface PageWords {
  readonly previous: string;
  readonly next: string;
}

/** For a list in the order of time. */
export const NEWEST_FIRST: PageWords = { previous: 'Newer', next: 'Older' };

const IN_ORDER: PageWords = { previous: 'Previous', next: 'Next' };

/** Nothing when there is only one page. */
export function pagination(props: PaginationProps): Html {
  const { summary, previous, next, words = IN_ORDER, label = 'Pages' } = props;
  if (previous === undefined && next === undefined && summary === undefined) return html``;
  return html`<nav class="pagination" aria-label="${label}"><span class="quiet">${summary}</span><span class="pagination-links">${
    previous !== undefined &&
    html`<a class="button button-small" rel="prev" href="${previous}">${words.previous}</a>`
  }${next !== undefined && html`<a class="button button-small" rel="next" href="${next}">${words.next}</a>`}</span></nav>`;
}
