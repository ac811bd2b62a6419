import { html } from '../html.ts';
import type { Html } from '../html.ts';

export interface Crumb {
  readonly label: string;
  /** Absent for the place itself. */
  readonly href?: string | undefined;
}

export function breadcrumbs(crumbs: readonly Crumb[]): Html {
  return html`<nav class="breadcrumbs" aria-label="Place"><ol>${crumbs.map((crumb, index) => {
    const last = index === crumbs.length - 1;
    if (crumb.href === undefined) return html`<li><span>${crumb.label}</span></li>`;
    return html`<li><a href="${crumb.href}" ${last && html`aria-current="location"`}>${crumb.label}</a></li>`;
  })}</ol></nav>`;
}
