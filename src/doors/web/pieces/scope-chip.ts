import { html } from '../html.ts';
import type { Html } from '../html.ts';

export interface ScopeChipProps {
  /** As written on the credential: `repository:write`. */
  readonly name: string;
  /** What it opens, as a sentence. */
  readonly meaning: string;
  /** Names of the scopes that come with it. */
  readonly implies?: readonly string[] | undefined;
  /** Marks scopes that can destroy or administer. */
  readonly strong?: boolean | undefined;
}

const idOf = (name: string): string => `scope-${name}`;

/**
 * Scopes by their names; the meaning opens by click or Enter, and with the script shows on hover, too. It stands once on the
 * page, in {@link scopeMeanings}: a list says the same scopes on each of its lines.
 */
export function scopeNames(list: readonly ScopeChipProps[]): Html {
  return html`<div class="scopes">${list.map(
    ({ name, strong }) =>
      html`<button type="button" class="scope ${strong && 'scope-strong'}" popovertarget="${idOf(name)}">${name}</button>`,
  )}</div>`;
}

/** What the scopes named on a page mean, each once; closed until its name is pressed, without a script. */
export function scopeMeanings(list: readonly ScopeChipProps[]): Html {
  if (list.length === 0) return html``;
  const byName = new Map(list.map((each) => [each.name, each]));
  return html`<div class="scope-meanings">${[...byName.values()].map(
    ({ name, meaning, implies = [], strong }) =>
      html`<div class="scope-meaning" id="${idOf(name)}" popover><p><code>${name}</code></p><p data-meaning>${meaning}</p>${
        implies.length > 0 &&
        html`<p class="quiet">Also gives ${implies.map((each, index) => html`${index > 0 && ', '}<code>${each}</code>`)}.</p>`
      }${strong && html`<p class="quiet">Can change or remove what others rely on.</p>`}</div>`,
  )}</div>`;
}

/** Both together, where a page names scopes in one place. */
export const scopeChips = (list: readonly ScopeChipProps[]): Html =>
  html`${scopeNames(list)}${scopeMeanings(list)}`;
