import MarkdownParser from 'markdown-it';
import type { MarkdownIt } from 'markdown-it';
import { loadHighlighter } from './highlight.ts';
import type { Highlight } from './highlight.ts';
import { html, render, trustedHtml } from './html.ts';
import type { Html } from './html.ts';
import {
  alignCellsByClass,
  idPrefix,
  leaveOutComments,
  makeTaskLists,
  numberHeadings,
} from './markdown-rules.ts';
import { unlessIntricate } from './too-intricate.ts';

/** A relative address found in a document: what it is for, and the address as written (`docs/a.md#part`, `/img/x.png`). */
export interface RelativeAddress {
  readonly purpose: 'link' | 'image';
  readonly url: string;
}

export interface MarkdownOptions {
  /** Turns a relative address into one on this server, or null when it leads nowhere (the text then stands without a link). */
  readonly resolve?: ((address: RelativeAddress) => string | null) | undefined;
  /** How many levels headings go down, so that a document's title ranks below the page's own. Default 1. */
  readonly headingOffset?: number | undefined;
  /** Stands before its ids where a page shows several documents. Default `doc-`. */
  readonly prefix?: string | undefined;
}

/** In characters. A longer document is shown as plain text: rendering time is not linear for every input. */
const largestDocument = 256 * 1024;
const longestMilliseconds = 500;

/**
 * Renders Markdown (CommonMark, tables, strikethrough, task lists) written by anybody. Markup in it is shown, not
 * obeyed, but for comments, which are left out; heading ids have a prefix so that they cannot collide with the page's. Pictures from other hosts
 * become links: loading them would tell that host who reads, and the content security policy stops them anyway.
 */
export async function renderMarkdown(text: string, options: MarkdownOptions = {}): Promise<Html> {
  if (text.length > largestDocument) return asWritten('too long', text);
  const parser = makeParser(await loadHighlighter(), options);
  const markup = unlessIntricate(longestMilliseconds, ['markdown', text], () => parser.render(text));
  if (markup === undefined) return asWritten('too intricate', text);
  return html`<div class="markdown">${trustedHtml(markup)}</div>`;
}

const asWritten = (why: string, text: string): Html =>
  html`<div class="markdown"><p class="quiet">This document is ${why} to be laid out; it is shown as it was written.</p>
<pre tabindex="0"><code>${text}</code></pre></div>`;

function makeParser(highlight: Highlight, options: MarkdownOptions): MarkdownIt {
  const parser = new MarkdownParser({
    html: false,
    linkify: true,
    highlight: (code, language) =>
      render(
        html`<pre tabindex="0"><code>${highlight(code, { language }).lines.map((line) => html`${line}\n`)}</code></pre>`,
      ),
  });
  parser.set({ maxNesting: 40 });
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  numberHeadings(parser, options.headingOffset ?? 1, options.prefix ?? idPrefix);
  makeTaskLists(parser);
  alignCellsByClass(parser);
  leaveOutComments(parser);
  rewriteAddresses(parser, options);
  parser.renderer.rules['table_open'] = () =>
    '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>\n';
  parser.renderer.rules['table_close'] = () => '</table></div>\n';
  return parser;
}

const hasScheme = /^[a-z][a-z0-9+.-]*:|^\/\//i;

function rewriteAddresses(
  parser: MarkdownIt,
  { resolve = () => null, prefix = idPrefix }: MarkdownOptions,
): void {
  const escape = parser.utils.escapeHtml;
  parser.renderer.rules['link_open'] = (tokens, index, settings, _env, self) => {
    const token = tokens[index];
    if (token === undefined) return '';
    const url = String(token.attrGet('href') ?? '');
    if (url.startsWith('#')) token.attrSet('href', `#${prefix}${url.slice(1)}`);
    else if (hasScheme.test(url)) token.attrSet('rel', 'nofollow noopener noreferrer');
    else {
      const target = resolve({ purpose: 'link', url });
      // Without an address it is a placeholder link: text that is not clickable, and valid HTML.
      if (target === null) token.attrs = [];
      else token.attrSet('href', target);
    }
    return self.renderToken(tokens, index, settings);
  };
  parser.renderer.rules['image'] = (tokens, index, settings, env, self) => {
    const token = tokens[index];
    if (token === undefined) return '';
    const url = String(token.attrGet('src') ?? '');
    const words = self.renderInlineAsText(token.children ?? [], settings, env);
    if (/^data:/i.test(url)) return escape(words);
    if (hasScheme.test(url)) {
      const inLink =
        tokens
          .slice(0, index)
          .reduce(
            (depth, each) => depth + (each.type === 'link_open' ? 1 : each.type === 'link_close' ? -1 : 0),
            0,
          ) > 0;
      // A link may not hold a link, so a badge inside one is only its words.
      if (inLink) return escape(words || 'picture');
      return `<a href="${escape(url)}" rel="nofollow noopener noreferrer">${escape(words || 'picture')}</a>`;
    }
    const target = resolve({ purpose: 'image', url });
    return target === null
      ? escape(words)
      : `<img src="${escape(target)}" alt="${escape(words)}" loading="lazy">`;
  };
}
