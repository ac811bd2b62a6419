import { html, type Html } from '../html.ts';
import { renderMarkdown } from '../markdown.ts';
import { visibleText } from '../visible.ts';

/** For all that a page shows of what people wrote: others wait meanwhile. */
const MOST_MS = 1000;

/** Lays out several texts for one page; what comes when its time is used up is shown as it was written. */
export class LaidOut {
  #left = MOST_MS;

  /** @param name of the text on its page, for the ids in it: `comment-7` */
  async text(markdown: string, name: string, headingOffset: number): Promise<Html> {
    if (this.#left <= 0) return html`<p class="as-written">${visibleText(markdown)}</p>`;
    const begun = performance.now();
    const body = await renderMarkdown(markdown, { headingOffset, prefix: `doc-${name}-` });
    this.#left -= performance.now() - begun;
    return body;
  }
}
