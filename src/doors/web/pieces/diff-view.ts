import { html } from '../html.ts';
import type { Html } from '../html.ts';
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
}

const changes = {
  modified: 'changed',
  added: 'new',
  deleted: 'deleted',
  renamed: 'renamed',
  copied: 'copied',
} as const;
const signs = { context: ' ', added: '+', removed: '-', note: '' } as const;

export function diffView({ files, mostLines = 3000, fileHref, partial }: DiffViewProps): Html {
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
    return diffFile(file, index, { shown: room >= 0, cut, fileHref });
  })}`;
}

function diffFile(
  file: DiffFile,
  index: number,
  {
    shown,
    cut,
    fileHref,
  }: Pick<DiffViewProps, 'fileHref'> & { readonly shown: boolean; readonly cut: boolean },
): Html {
  const name = visibleName(file.oldPath === null ? file.path : `${file.oldPath} → ${file.path}`);
  return html`<section class="diff-file" id="file-${index + 1}" aria-label="${name}"><header><h3><code>${
    fileHref && file.change !== 'deleted' ? html`<a href="${fileHref(file.path)}">${name}</a>` : name
  }</code></h3><span class="quiet">${changes[file.change]}</span>${!cut && counts(file.added, file.removed)}</header>${body(file, name, shown)}</section>`;
}

function body(file: DiffFile, name: string, shown: boolean): Html {
  if (file.binary) return html`<p class="code-note">A binary file: nothing to show line by line.</p>`;
  if (!shown) return html`<p class="code-note">Too long to show with the rest.</p>`;
  if (file.hunks.length === 0) return html`<p class="code-note">The contents did not change.</p>`;
  return html`<table class="diff"><caption class="hidden-words">Changes in ${name}</caption><colgroup><col class="diff-number"><col class="diff-number"><col class="diff-sign"><col></colgroup><thead class="hidden-words"><tr><th scope="col">Line before</th><th scope="col">Line after</th><th scope="col">Sign</th><th scope="col">Text</th></tr></thead>${file.hunks.map(
    (hunk) =>
      html`<tbody><tr class="diff-hunk"><td colspan="4">${visibleText(hunk.heading)}</td></tr>${hunk.lines.map(row)}</tbody>`,
  )}</table>`;
}

function row(line: DiffLine): Html {
  return html`<tr class="diff-${line.kind}"><td class="diff-number">${line.before}</td><td class="diff-number">${line.after}</td><td class="diff-sign">${signs[line.kind]}</td><td class="diff-text">${visibleText(line.text)}</td></tr>\n`;
}

function counts(added: number, removed: number): Html {
  return html`<span class="diff-counts"><span class="diff-plus">+${added}</span> <span class="diff-minus">−${removed}</span></span>`;
}
