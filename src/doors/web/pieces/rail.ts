import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { icon } from './icon.ts';

export interface RailProps {
  readonly title: string;
  readonly groups: readonly { readonly label?: string | undefined; readonly items: readonly RailItem[] }[];
}
export interface RailItem {
  readonly label: string;
  readonly href: string;
  readonly current?: boolean | undefined;
}

/** The list at the left of settings. Written twice, of which the style sheet shows one: at phone width a menu that names the current page. */
export function rail(props: RailProps): Html {
  const current = props.groups.flatMap((group) => group.items).find((item) => item.current);
  return html`<nav class="rail rail-wide" aria-label="${props.title}"><p class="rail-title">${props.title}</p>${groups(props)}</nav>
<nav class="rail rail-narrow" aria-label="${props.title}"><details class="rail-menu"><summary><span><span class="quiet">${props.title}</span> ${
    current && html`<strong>${current.label}</strong>`
  }</span>${icon('down')}</summary>${groups(props)}</details></nav>`;
}

function groups(props: RailProps): Html[] {
  return props.groups.map(
    (group) =>
      html`${group.label && html`<p class="rail-group">${group.label}</p>`}<ul>${group.items.map(
        (item) =>
          html`<li><a href="${item.href}" ${item.current && html`aria-current="page"`}>${item.label}</a></li>`,
      )}</ul>`,
  );
}
