import type { MarkdownIt } from 'markdown-it';

/** Stands before every id that a document gives, so that a heading called "main" does not take the page's own `main`. */
export const idPrefix = 'doc-';

/** Gives headings ids as readers expect them (`## Getting started` → `#getting-started`) and moves them down by `offset`. */
export function numberHeadings(parser: MarkdownIt, offset: number): void {
  parser.core.ruler.push('heading_ids', (state) => {
    const seen = new Map<string, number>();
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== 'heading_open' && token.type !== 'heading_close') continue;
      token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + offset)}`;
      if (token.type === 'heading_close') continue;
      const slug = slugOf(state.tokens[index + 1]?.content ?? '');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      token.attrSet('id', idPrefix + (times === 0 ? slug : `${slug}-${times}`));
    }
  });
}

function slugOf(heading: string): string {
  const slug = heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s+/g, '-');
  return slug === '' ? 'section' : slug;
}

/** Shows `- [ ]` and `- [x]` as boxes with a name. They are marks, not controls: a rendered document cannot be edited by clicking. */
export function makeTaskLists(parser: MarkdownIt): void {
  parser.core.ruler.push('task_lists', (state) => {
    for (const [index, token] of state.tokens.entries()) {
      const item = state.tokens[index - 2];
      const first = token.children?.[0];
      if (token.type !== 'inline' || item?.type !== 'list_item_open' || first?.type !== 'text') continue;
      const mark = /^\[([ xX])\]\s+/.exec(first.content);
      if (mark === null) continue;
      const done = mark[1] !== ' ';
      first.content = first.content.slice(mark[0].length);
      const box = new state.Token('html_inline', '', 0);
      box.content = `<span class="task" role="img" aria-label="${done ? 'done' : 'to do'}">${done ? '✓' : ''}</span> `;
      token.children?.unshift(box);
      item.attrJoin('class', 'task-item');
    }
  });
}

/** The parser aligns table cells with `style` attributes, which the content security policy forbids; classes do the same. */
export function alignCellsByClass(parser: MarkdownIt): void {
  parser.core.ruler.push('cell_alignment', (state) => {
    for (const token of state.tokens) {
      if (token.type !== 'th_open' && token.type !== 'td_open') continue;
      const side = /text-align:\s*(\w+)/.exec(String(token.attrGet('style') ?? ''))?.[1];
      token.attrs = side === 'right' ? [['class', 'end']] : side === 'center' ? [['class', 'centre']] : [];
    }
  });
}
