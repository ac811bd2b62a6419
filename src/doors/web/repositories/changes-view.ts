import type { ShownChanges } from '../../../acts/browse/changes.ts';
import { shortened } from '../../shared/shortened.ts';
import { html, type Html } from '../html.ts';
import {
  diffView,
  notice,
  parseUnifiedDiff,
  part,
  type DiffFile,
  type DiffViewProps,
} from '../pieces/index.ts';
import { visibleName } from '../visible.ts';
import { plural, sizeWords } from './words.ts';

export interface ChangesProps extends Pick<DiffViewProps, 'fileHref' | 'beside'> {
  readonly changes: ShownChanges;
  /** "This commit". */
  readonly what: string;
  /** The whole diff as text, where there is such an address. */
  readonly rawHref: string | undefined;
}

/** In characters: of the three hundred paths that are listed any may be a megabyte. */
const LONGEST_PATH = 1000;

/** What changed, file by file and line by line. */
export function changesSection(props: ChangesProps): Html {
  const { changes, what, rawHref, fileHref, beside } = props;
  if (!changes.isCompared)
    return html`<section aria-labelledby="changes"><h2 id="changes">What changed</h2>${notice({
      kind: 'warning',
      title: 'Too much to show',
      body: html`${what} changes more files than are compared here, or in deeper folders. Clone the repository and let Git show it.`,
    })}</section>`;
  const shown = parseUnifiedDiff(changes.diff);
  return html`<section class="diffs" aria-labelledby="changes"><div class="page-head"><h2 id="changes">What changed</h2>${
    rawHref !== undefined &&
    html`<div class="page-actions"><a class="button button-small" href="${rawHref}">Raw diff</a></div>`
  }</div>${
    changes.truncated &&
    notice({
      kind: 'warning',
      title: 'Too large to show whole',
      body: html`The first ${sizeWords(changes.diff.length)} of the changes are below.${
        rawHref !== undefined && html` <a href="${rawHref}">Open all of it as text</a>.`
      }`,
    })
  }${fileList(changes, shown)}${diffView({ files: shown, partial: changes.truncated, fileHref, beside })}</section>`;
}

const CHANGES = {
  added: 'new',
  modified: 'changed',
  removed: 'deleted',
  renamed: 'renamed',
  copied: 'copied',
  'type-changed': 'changed its kind',
} as const;

const shownPath = (path: string): string => shortened(visibleName(path), LONGEST_PATH);

/** All files at a glance, where there are several; each leads to its place in the diff, as far as that is shown. */
function fileList({ changes: { files, truncated } }: ShownChanges, shown: readonly DiffFile[]): Html | false {
  if (files.length < 2) return false;
  const places = new Map(shown.map(({ path }, index) => [path, index + 1]));
  const list = html`<ul class="changed-files">${files.map(({ path, oldPath, status }) => {
    const place = places.get(path);
    const name = html`<code>${shownPath(path)}</code>`;
    return html`<li>${place === undefined ? name : html`<a href="#file-${place}">${name}</a>`} <span class="quiet">${CHANGES[status]}${
      oldPath !== undefined && html` from <code>${shownPath(oldPath)}</code>`
    }</span></li>`;
  })}</ul>`;
  const count = plural(files.length, 'file');
  return part({ title: truncated ? `The first ${count}` : count, summary: 'by name', body: list });
}
