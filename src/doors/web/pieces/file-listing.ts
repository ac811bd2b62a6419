import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { icon } from './icon.ts';
import { time } from './time.ts';

export interface FileEntry {
  readonly name: string;
  readonly kind: 'directory' | 'file' | 'link' | 'submodule';
  /** Absent where it leads nowhere (a submodule elsewhere). */
  readonly href?: string | undefined;
  readonly lastCommit?: { readonly message: string; readonly href: string; readonly at: Date } | undefined;
}
export interface FileListingProps {
  /** Directories first is the caller's business. */
  readonly entries: readonly FileEntry[];
  /** The directory above; absent at the top. */
  readonly parentHref?: string | undefined;
  readonly now: Date;
}

const kinds = {
  directory: { word: 'Directory', icon: 'folder' },
  file: { word: 'File', icon: 'file' },
  link: { word: 'Symbolic link', icon: 'link' },
  submodule: { word: 'Submodule', icon: 'submodule' },
} as const;

export function fileListing({ entries, parentHref, now }: FileListingProps): Html {
  return html`<table class="files"><caption class="hidden-words">Files${drawings(entries)}</caption><thead class="hidden-words"><tr><th scope="col">Name</th><th scope="col">Last commit</th><th scope="col">When</th></tr></thead><tbody>${
    parentHref !== undefined &&
    html`<tr><th scope="row"><a href="${parentHref}">..<span class="hidden-words"> (the directory above)</span></a></th><td class="file-message"></td><td class="file-time"></td></tr>`
  }${entries.map((entry) => {
    const kind = kinds[entry.kind];
    return html`<tr><th scope="row"><span class="file-icon"><svg class="icon" aria-hidden="true"><use href="#file-icon-${entry.kind}"/></svg><span class="hidden-words">${kind.word}</span></span> ${
      entry.href === undefined ? entry.name : html`<a href="${entry.href}">${entry.name}</a>`
    }</th><td class="file-message">${entry.lastCommit && html`<a href="${entry.lastCommit.href}">${entry.lastCommit.message}</a>`}</td><td class="file-time">${
      entry.lastCommit && time({ at: entry.lastCommit.at, now })
    }</td></tr>\n`;
  })}</tbody></table>`;
}

/** Each drawing once, to be used by every row: a folder of a hundred files would otherwise be mostly drawings. */
function drawings(entries: readonly FileEntry[]): Html {
  const used = [...new Set(entries.map(({ kind }) => kind))];
  return html`<svg width="0" height="0" aria-hidden="true">${used.map(
    (kind) =>
      html`<symbol id="file-icon-${kind}" viewBox="0 0 16 16"><g class="file-icon file-${kind}">${icon(kinds[kind].icon)}</g></symbol>`,
  )}</svg>`;
}
