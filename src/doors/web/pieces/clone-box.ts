import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import { copyLine } from './copy.ts';
import type { CopyLineProps } from './copy.ts';
import { icon } from './icon.ts';

export interface CloneBoxProps {
  /** Say, "HTTPS" with the address, "Wiki" with the wiki's. */
  readonly lines: readonly CopyLineProps[];
  readonly help?: Renderable;
}

/** "Clone" as a menu that opens in place. */
export function cloneBox({ lines, help }: CloneBoxProps): Html {
  return html`<details class="menu clone"><summary class="button button-primary">Clone ${icon('down')}</summary>
<div class="menu-panel clone-panel">${lines.map(copyLine)}${help && html`<p class="help">${help}</p>`}</div></details>`;
}
