import { html } from '../html.ts';
import type { Html } from '../html.ts';

export interface Tab {
  readonly label: string;
  readonly href: string;
  readonly current?: boolean | undefined;
  readonly count?: number | undefined;
}

/** Links that look like tabs: each leads to a page, so they are links and not ARIA tabs. */
export function tabs(items: readonly Tab[], label = 'Sections'): Html {
  return html`<nav class="tabs" aria-label="${label}"><ul>${items.map(
    (tab) =>
      html`<li><a href="${tab.href}" ${tab.current && html`aria-current="page"`}>${tab.label}${
        tab.count !== undefined && html` <span class="count">${tab.count}</span>`
      }</a></li>`,
  )}</ul></nav>`;
}
