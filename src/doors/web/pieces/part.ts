import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';

export interface PartProps {
  /** A question: "What may it do?" */
  readonly title: string;
  /** The answer so far, readable while the part is folded: "Push to team/app." */
  readonly summary: Renderable;
  readonly body: Html;
  readonly open?: boolean | undefined;
}

/** One fold of a long form. Without a script the summary is the one the server knew; its fields are sent folded or not. */
export function part({ title, summary, body, open }: PartProps): Html {
  return html`<details class="part" ${open && html`open`}><summary><span class="part-title">${title}</span> <span class="quiet">${summary}</span></summary><div class="part-body">${body}</div></details>`;
}

/** A form with something beside it that stays in view, below it at phone width. */
export function withAside(body: Html, aside: Html): Html {
  return html`<div class="with-aside"><div>${body}</div><aside>${aside}</aside></div>`;
}
