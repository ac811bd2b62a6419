import type { RefNames } from '../../../acts/browse/overview.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { codeView, notice } from '../pieces/index.ts';
import { visibleName } from '../visible.ts';
import type { Links } from './links.ts';
import { pathHeading, refMenu } from './source-bar.ts';
import { plural, sizeWords } from './words.ts';

/** What a file's page shows, by what the file is. Sizes in bytes. */
export type ShownFile =
  | {
      readonly kind: 'code';
      readonly size: number;
      readonly lines: readonly Html[];
    }
  | { readonly kind: 'document'; readonly size: number; readonly body: Html }
  | { readonly kind: 'picture'; readonly size: number }
  | { readonly kind: 'binary'; readonly size: number }
  | { readonly kind: 'large'; readonly size: number }
  | { readonly kind: 'lfs'; readonly size: number; readonly isHere: boolean; readonly lines: readonly Html[] }
  | { readonly kind: 'link'; readonly target: string; readonly href: string | undefined }
  | { readonly kind: 'submodule'; readonly commit: string };

export interface FileProps {
  readonly links: Links;
  readonly slug: string;
  readonly names: RefNames;
  readonly revision: string;
  readonly path: string;
  readonly file: ShownFile;
  readonly executable: boolean;
  /** Set for a document: which of its two views this is. */
  readonly view: 'laid-out' | 'source' | undefined;
}

export function fileBody(props: FileProps): Html {
  const { links, revision, path, file } = props;
  const menu = refMenu({
    names: props.names,
    revision,
    links,
    hrefOf: (name) => links.source(name, path),
  });
  const name = visibleName(path.split('/').at(-1) ?? path);
  const hasBytes = file.kind !== 'submodule';
  return html`<div class="source-bar">${menu}${pathHeading(links, props.slug, revision, path)}<a class="button button-quiet" href="${links.commits(revision, path)}">History</a></div>
<div class="file-box"><div class="code-head"><span class="quiet">${describe(file, props.executable)}</span><span class="row">${
    props.view && views(props, props.view)
  }${hasBytes && html`<a class="button button-small" href="${links.raw(revision, path)}">Raw</a>`}</span></div>${content(props, name)}</div>`;
}

function views({ links, revision, path }: FileProps, view: 'laid-out' | 'source'): Html {
  const to = (label: string, href: string, current: boolean) =>
    html`<a class="button button-small" href="${href}" ${current && html`aria-current="true"`}>${label}</a>`;
  return html`${to('Laid out', links.source(revision, path), view === 'laid-out')}${to('Source', links.plainSource(revision, path), view === 'source')}`;
}

function describe(file: ShownFile, executable: boolean): Renderable {
  switch (file.kind) {
    case 'code':
      return [plural(file.lines.length, 'line'), ' · ', sizeWords(file.size), executable && ' · executable'];
    case 'document':
    case 'picture':
      return sizeWords(file.size);
    case 'binary':
      return `Binary · ${sizeWords(file.size)}`;
    case 'large':
      return sizeWords(file.size);
    case 'lfs':
      return `Git LFS · ${sizeWords(file.size)}`;
    case 'link':
      return 'Symbolic link';
    case 'submodule':
      return 'Submodule';
  }
}

function content({ file, links, revision, path }: FileProps, name: string): Html {
  const raw = links.raw(revision, path);
  const box = (words: Renderable) => html`<div class="code-box"><p class="code-note">${words}</p></div>`;
  switch (file.kind) {
    case 'code':
      return codeView({ filename: name, lines: file.lines, rawHref: raw });
    case 'document':
      return html`<div class="code-box readme">${file.body}</div>`;
    case 'picture':
      return html`<div class="code-box picture-file"><img src="${raw}" alt="${name}"></div>`;
    case 'binary':
      return box(html`A binary file: nothing to read here. <a href="${raw}">Download it</a>`);
    case 'large':
      return box(html`Too large to show on a page. <a href="${raw}">Open the whole file</a>`);
    case 'lfs':
      return html`${codeView({ filename: name, lines: file.lines, rawHref: raw })}${notice({
        kind: 'info',
        body: file.isHere
          ? html`This is a pointer of Git LFS; the file itself lies beside the repository. <a href="${raw}">Download it</a>`
          : 'This is a pointer of Git LFS; the file itself was not brought here. Whoever has it runs git lfs push.',
      })}`;
    case 'link':
      return box(
        html`Leads to ${file.href === undefined ? html`<code>${visibleName(file.target)}</code>` : html`<a href="${file.href}"><code>${visibleName(file.target)}</code></a>`}.`,
      );
    case 'submodule':
      return box(
        html`Another repository is bound in here, at its commit <code>${file.commit}</code>. The file <code>.gitmodules</code> at the root says which.`,
      );
  }
}
