import { html, trustedHtml } from '../html.ts';
import type { Html } from '../html.ts';

/** Drawings on a 16 px square, strokes only. They never stand alone: a word is beside each, or hidden next to it. */
const drawings = {
  key: '<circle cx="5.5" cy="5.5" r="3"/><path d="m7.7 7.7 5.8 5.8M11 11l-1.5 1.5"/>',
  repository: '<path d="M3.5 12.5v-9a1 1 0 0 1 1-1h8v11h-8a1 1 0 0 1-1-1Zm0 0a1 1 0 0 1 1-1h8"/>',
  robot: '<rect x="2.5" y="5.5" width="11" height="7.5" rx="1.5"/><path d="M8 5.5v-3M5.8 8.8v1M10.2 8.8v1"/>',
  globe:
    '<circle cx="8" cy="8" r="5.5"/><path d="M2.5 8h11M8 2.5c3.5 3.6 3.5 7.4 0 11-3.5-3.6-3.5-7.4 0-11Z"/>',
  person: '<circle cx="8" cy="5.5" r="2.7"/><path d="M2.8 13.5c.6-2.7 2.7-4 5.2-4s4.6 1.3 5.2 4"/>',
  terminal: '<rect x="1.5" y="3" width="13" height="10" rx="1.5"/><path d="m4.5 6 2 2-2 2M8.5 10.2h3"/>',
  folder:
    '<path d="M1.8 12V4.3a1 1 0 0 1 1-1h3.3l1.5 1.7h5.6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H2.8a1 1 0 0 1-1-1Z"/>',
  file: '<path d="M3.5 13V3a.8.8 0 0 1 .8-.8H9l3.5 3.5V13a.8.8 0 0 1-.8.8H4.3a.8.8 0 0 1-.8-.8ZM9 2.2v3.5h3.5"/>',
  link: '<path d="M6.5 9.5 9.5 6.5M7 4.8l1.2-1.2a3 3 0 0 1 4.2 4.2L11.2 9M9 11.2l-1.2 1.2a3 3 0 0 1-4.2-4.2L4.8 7"/>',
  submodule:
    '<rect x="2" y="2.5" width="5" height="5" rx="1"/><rect x="9" y="8.5" width="5" height="5" rx="1"/><path d="M4.5 7.5v3.5H9"/>',
  search: '<circle cx="7" cy="7" r="4.3"/><path d="m10.3 10.3 3.5 3.5"/>',
  down: '<path d="m4 6 4 4 4-4"/>',
} as const;

export type IconName = keyof typeof drawings;

export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${trustedHtml(drawings[name])}</svg>`;
}

/** The mark: a key, in the accent colour of the theme. */
export function mark(): Html {
  return html`<svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><rect class="mark-ground" width="24" height="24" rx="6"/><g class="mark-key" fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><circle cx="9" cy="9" r="4"/><path d="m12 12 6.5 6.5M18.5 18.5l-2 2M15.5 15.5l-2 2"/></g></svg>`;
}
