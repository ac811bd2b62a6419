import { html } from '../html.ts';
import type { Html } from '../html.ts';

export interface CopyLineProps {
  /** What the line is, read out with its copy button: "Clone with HTTPS". */
  readonly label: string;
  readonly text: string;
  readonly showLabel?: boolean | undefined;
}

/** A line to paste elsewhere. The button appears with the script; without it, one click selects the whole line. */
export function copyLine({ label, text, showLabel = true }: CopyLineProps): Html {
  return html`<div class="copy-line" data-copy-source>
${showLabel && html`<span class="copy-label">${label}</span>`}<div class="copy-box"><code tabindex="0" role="textbox" aria-readonly="true" aria-label="${label}" data-copy-text>${text}</code>
<button type="button" class="button button-small" data-copy hidden aria-label="Copy: ${label}">Copy</button></div></div>`;
}
