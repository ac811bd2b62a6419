import type { MarkdownIt } from 'markdown-it';

/** Stands before every id that a document gives, so that a heading called "main" does not take the page's own `main`. */
export const idPrefix = 'doc-';

/** Gives headings ids as readers expect them (`## Getting started` → `#getting-started`), behind a prefix, and moves them down by `offset`. */
export function numberHeadings(parser: MarkdownIt, offset: number, prefix: string): void {
  parser.core.ruler.push('heading_ids', (state) => {
    const seen = new Map<string, number>();
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== 'heading_open' && token.type !== 'heading_close') continue;
      token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + offset)}`;
      if (token.type === 'heading_close') continue;
      const slug = slugOf(state.tokens[index + 1]?.content ?? '');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      token.attrSet('id', prefix + (times === 0 ? slug : `${slug}-${times}`));
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

const COMMENT = { start: '<!--', end: '-->' } as const;

/** Leaves out comments, which are for who writes the document (CommonMark, HTML blocks 2 and raw HTML); other markup is shown. */
export function leaveOutComments(parser: MarkdownIt): void {
  const endsParagraphs = { alt: ['paragraph', 'reference', 'blockquote'] };
  parser.block.ruler.before(
    'html_block',
    'comment',
    (state, first, last, silent) => {
      const begin = (state.bMarks[first] ?? 0) + (state.tShift[first] ?? 0);
      const isCode = (state.sCount[first] ?? 0) - state.blkIndent >= 4;
      if (isCode || !state.src.startsWith(COMMENT.start, begin)) return false;
      if (silent) return true;
      const end = state.src.indexOf(COMMENT.end, begin);
      let line = first + 1;
      while (line < last && (end === -1 || (state.bMarks[line] ?? 0) <= end)) line += 1;
      state.line = line;
      return true;
    },
    endsParagraphs,
  );
  /** Texts in which nothing ends a comment any more: each search would go through the rest of them. */
  const endless = new WeakSet<object>();
  parser.inline.ruler.before('html_inline', 'comment', (state) => {
    if (!state.src.startsWith(COMMENT.start, state.pos) || endless.has(state)) return false;
    const end = state.src.indexOf(COMMENT.end, state.pos);
    if (end === -1) {
      endless.add(state);
      return false;
    }
    state.pos = end + COMMENT.end.length;
    return true;
  });
}
