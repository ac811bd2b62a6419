import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import { visibleName, visibleText } from '../visible.ts';
import type { DiffFile, DiffLine } from './diff-parse.ts';

export interface DiffViewProps {
  /** From `parseUnifiedDiff`. */
  readonly files: readonly DiffFile[];
  /** Default 3000: files beyond it are listed without their lines. */
  readonly mostLines?: number | undefined;
  readonly fileHref?: ((path: string) => string) | undefined;
  /** The diff was cut within its last file: neither the whole nor that file can be counted. */
  readonly partial?: boolean | undefined;
  /**
   * @param index of the file, from 0
   * @param shown whether its lines are
   */
  readonly beside?: ((file: DiffFile, index: number, shown: boolean) => BesideDiff) | undefined;
}

/** What stands in the diff of a file beside what changed. */
export interface BesideDiff {
  /** Above the lines. */
  readonly head?: Renderable;
  /** Below one of them. */
  readonly below?: ((line: DiffLine) => Renderable) | undefined;
  /**
   * The id of a form that is sent by a press on the number of a line, as `to`, or as `from` where the line was removed. No key
   * leads there line by line: whoever offers it has another way as well.
   */
  readonly lineForm?: string | undefined;
}

const changes = {
  modified: 'changed',
  added: 'new',
  deleted: 'deleted',
  renamed: 'renamed',
  copied: 'copied',
} as const;
const signs = { context: ' ', added: '+', removed: '-', note: '' } as const;

export function diffView({ files, mostLines = 3000, fileHref, partial, beside }: DiffViewProps): Html {
  if (files.length === 0) return html`<p class="quiet">No differences.</p>`;
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  let room = mostLines;
  return html`${
    !partial &&
    html`<p class="diff-total">${files.length} ${files.length === 1 ? 'file' : 'files'} changed, ${counts(added, removed)}</p>`
  }${files.map((file, index) => {
    room -= file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
    const cut = partial === true && index === files.length - 1;
    const shown = room >= 0;
    const own = beside?.(file, index, shown) ?? {};
    return diffFile(file, index, { shown, cut, fileHref, beside: own });
  })}`;
}

function diffFile(
  file: DiffFile,
  index: number,
  {
    shown,
    cut,
    fileHref,
    beside,
  }: Pick<DiffViewProps, 'fileHref'> & {
    readonly shown: boolean;
    readonly cut: boolean;
    readonly beside: BesideDiff;
  },
): Html {
  const name = visibleName(file.oldPath === null ? file.path : `${file.oldPath} → ${file.path}`);
  return html`<section class="diff-file" id="file-${index + 1}" aria-label="${name}"><header><h3><code>${
    fileHref && file.change !== 'deleted' ? html`<a href="${fileHref(file.path)}">${name}</a>` : name
  }</code></h3><span class="quiet">${changes[file.change]}</span>${!cut && counts(file.added, file.removed)}</header>${beside.head}${body(file, name, shown, beside)}</section>`;
}

function body(file: DiffFile, name: string, shown: boolean, { below, lineForm }: BesideDiff): Html {
  if (file.binary) return html`<p class="code-note">A binary file: nothing to show line by line.</p>`;
  if (!shown) return html`<p class="code-note">Too long to show with the rest.</p>`;
  if (file.hunks.length === 0) return html`<p class="code-note">The contents did not change.</p>`;
  return html`<table class="diff"><caption class="hidden-words">Changes in ${name}</caption><colgroup><col class="diff-number"><col class="diff-number"><col class="diff-sign"><col></colgroup><thead class="hidden-words"><tr><th scope="col">Line before</th><th scope="col">Line after</th><th scope="col">Sign</th><th scope="col">Text</th></tr></thead>${file.hunks.map(
    (hunk) =>
      html`<tbody><tr class="diff-hunk"><td colspan="4">${visibleText(hunk.heading)}</td></tr>${hunk.lines.map((line) => html`${row(line, lineForm)}${spoken(below?.(line))}`)}</tbody>`,
  )}</table>`;
}

function row(line: DiffLine, lineForm: string | undefined): Html {
  const { kind, before, after, text } = line;
  return html`<tr class="diff-${kind}"><td class="diff-number">${kind === 'removed' ? number('from', before, lineForm) : before}</td><td class="diff-number">${number('to', after, lineForm)}</td><td class="diff-sign">${signs[kind]}</td><td class="diff-text">${visibleText(text)}</td></tr>\n`;
}

const number = (name: 'from' | 'to', value: number | null, lineForm: string | undefined): Renderable =>
  value === null || lineForm === undefined
    ? value
    : html`<button form="${lineForm}" name="${name}" value="${value}" tabindex="-1">${value}</button>`;

const spoken = (below: Renderable): Renderable =>
  below && html`<tr class="diff-said"><td colspan="4">${below}</td></tr>`;

function counts(added: number, removed: number): Html {
  return html`<span class="diff-counts"><span class="diff-plus">+${added}</span> <span class="diff-minus">−${removed}</span></span>`;
}
