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

/** A scope's name; the meaning shows on hover, and opens by click or Enter for those who do not hover. */
function scopeChip({ name, meaning, implies = [], strong }: ScopeChipProps): Html {
  return html`<details class="scope" name="scope"><summary class="${strong && 'scope-strong'}" title="${meaning}">${name}</summary><div class="scope-meaning"><p>${meaning}</p>${
    implies.length > 0 &&
    html`<p class="quiet">Also gives ${implies.map((each, index) => html`${index > 0 && ', '}<code>${each}</code>`)}.</p>`
  }${strong && html`<p class="quiet">Can change or remove what others rely on.</p>`}</div></details>`;
}

export function scopeChips(list: readonly ScopeChipProps[]): Html {
  return html`<div class="scopes">${list.map(scopeChip)}</div>`;
}
