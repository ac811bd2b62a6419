import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';

/** Names and values side by side: what a commit, a repository or a key is. */
export function facts(list: readonly { readonly name: string; readonly value: Renderable }[]): Html {
  return html`<dl class="facts">${list.map((fact) => html`<div><dt>${fact.name}</dt><dd>${fact.value}</dd></div>`)}</dl>`;
}
