import type { ArchiveFormat } from '../../../acts/source/archive.ts';
import type { RefNames } from '../../../acts/browse/overview.ts';
import { html, type Html } from '../html.ts';
import { icon } from '../pieces/index.ts';
import { visibleName } from '../visible.ts';
import type { Links } from './links.ts';
import { shortHash } from './words.ts';

const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The menu that leads to the same place on another branch or tag. */
export function refMenu(props: {
  readonly names: RefNames;
  /** As it stands in the address. */
  readonly revision: string;
  readonly links: Links;
  readonly hrefOf: (revision: string) => string;
}): Html {
  const { names, revision, links, hrefOf } = props;
  const isCommit = HASH.test(revision);
  const isTag =
    !names.branches.some(({ name }) => name === revision) && names.tags.some(({ name }) => name === revision);
  const kind = isCommit ? 'Commit' : isTag ? 'Tag' : 'Branch';
  const item = ({ name }: { readonly name: string }) =>
    html`<li><a href="${hrefOf(name)}" ${name === revision && html`aria-current="true"`}>${visibleName(name)}</a></li>`;
  return html`<details class="menu ref-menu"><summary class="button"><span class="quiet">${kind}</span> <span class="ref-name">${
    isCommit ? shortHash(revision) : visibleName(revision)
  }</span> ${icon('down')}</summary><div class="menu-panel"><p class="menu-head">Branches</p><ul>${names.branches.map(item)}</ul>${
    names.tags.length > 0 && html`<p class="menu-head">Tags</p><ul>${names.tags.map(item)}</ul>`
  }<p class="menu-head">${names.more && 'Only those that changed last stand here. Find others by name: '}<a href="${links.branches()}">All branches</a> · <a href="${links.tags()}">All tags</a></p></div></details>`;
}

/** The files of the revision that is shown, as archives. */
export function downloadMenu(links: Links, revision: string): Html {
  const item = (format: ArchiveFormat) =>
    html`<li><a href="${links.archive(revision, format)}" download>As .${format}</a></li>`;
  return html`<details class="menu"><summary class="button button-quiet">Download ${icon('down')}</summary><div class="menu-panel"><ul>${item('zip')}${item('tar.gz')}</ul></div></details>`;
}

/** The path from the root as a heading whose parts lead to the folders above. */
export function pathHeading(links: Links, slug: string, revision: string, path: string): Html {
  const parts = path.split('/');
  return html`<h1 class="path"><a href="${links.source(revision)}">${slug}</a>${parts.map((part, index) => {
    const separator = html` <span class="path-slash">/</span> `;
    if (index === parts.length - 1) return html`${separator}<span>${visibleName(part)}</span>`;
    return html`${separator}<a href="${links.source(revision, parts.slice(0, index + 1).join('/'))}">${visibleName(part)}</a>`;
  })}</h1>`;
}
