import { html, render, trustedHtml, type Html, type Renderable } from './html.ts';

/** A name may hold a line break, or a mark that turns the text round: such characters are shown as unreadable. */
export const visibleName = (name: string): string =>
  name.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');

/**
 * A text with the marks that turn text round written out: with them, a reader sees another order than a compiler does.
 * Takes text, or markup of the highlighter, which holds such marks in its text alone and never within a tag.
 */
export const visibleText = (text: Renderable): Html =>
  trustedHtml(
    render(html`${text}`).replace(/[\u202a-\u202e\u2066-\u2069]/g, (mark) => {
      const name = `U+${mark.charCodeAt(0).toString(16).toUpperCase()}`;
      return `<span class="bidi" title="${name}">⟨${name}⟩</span>`;
    }),
  );
