import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { visibleText } from '../visible.ts';

export interface CodeViewProps {
  /** Names the view for screen readers. */
  readonly filename: string;
  /** From `highlight` or `plainLines`, one element a line. */
  readonly lines: readonly Html[];
  readonly rawHref?: string | undefined;
  /** Default `L`, for `#L12`; give another where a page has more than one view. */
  readonly anchor?: string | undefined;
  /** Default 5000: above it the rest is left to the raw file. */
  readonly mostLines?: number | undefined;
}

/** Lines with numbers one can link to (`#L12`; with the script also `#L12-L20`). The numbers are drawn by the style sheet, so copying leaves them out. */
export function codeView({ filename, lines, rawHref, anchor = 'L', mostLines = 5000 }: CodeViewProps): Html {
  if (lines.length === 0)
    return html`<div class="code-box"><p class="code-note">This file is empty.</p></div>`;
  const shown = lines.slice(0, mostLines);
  return html`<div class="code-box"><pre class="code" tabindex="0" role="region" aria-label="Contents of ${filename}" data-code><code>${shown.map(
    (line, index) => {
      const number = index + 1;
      return html`<span class="line" id="${anchor}${number}"><a class="line-number" href="#${anchor}${number}" tabindex="-1" aria-label="Line ${number}" data-line="${number}"></a><span class="line-text">${visibleText(line)}\n</span></span>`;
    },
  )}</code></pre>${
    lines.length > shown.length &&
    html`<p class="code-note">Shown are the first ${shown.length} of ${lines.length} lines.${rawHref !== undefined && html` <a href="${rawHref}">Open the whole file</a>`}</p>`
  }</div>`;
}
