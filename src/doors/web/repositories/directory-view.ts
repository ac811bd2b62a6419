import type { DirectoryPage, ListedEntry } from '../../../acts/browse/directory.ts';
import type { RefNames } from '../../../acts/browse/overview.ts';
import type { Commit } from '../../../acts/source/commits.ts';
import { html, type Html, type Renderable } from '../html.ts';
import {
  commitLine,
  fileListing,
  pageHead,
  pagination,
  type CommitLineProps,
  type FileEntry,
} from '../pieces/index.ts';
import { pagesOf } from '../pages-of.ts';
import { visibleName } from '../visible.ts';
import { isLinkable, type Links } from './links.ts';
import { folderOf } from './relative-address.ts';
import { downloadMenu, pathHeading, refMenu } from './source-bar.ts';
import { subjectOf, timeOf } from './words.ts';

/** So that a page with long names and messages stays below 60 KB. */
export const ENTRIES_PER_PAGE = 100;

export interface DirectoryProps {
  readonly links: Links;
  readonly repository: {
    readonly slug: string;
    readonly name: string;
    readonly description: string;
    readonly website: string;
    readonly isPrivate: boolean;
  };
  readonly names: RefNames;
  readonly revision: string;
  /** '' for the root. */
  readonly path: string;
  readonly directory: DirectoryPage;
  readonly page: number;
  /** The commit that the branch or tag leads to; shown at the root. */
  readonly tip: CommitLineProps | undefined;
  readonly readme: { readonly name: string; readonly body: Html } | undefined;
  readonly clone: Html;
  /** At the root of a branch: those that come from it, or the way to create one. */
  readonly pullRequests: Renderable;
  readonly now: Date;
}

/** What lies in a folder; at the root with what the repository is. */
export function directoryBody(props: DirectoryProps): Html {
  const { links, revision, path, directory, page, repository, now } = props;
  const menu = refMenu({
    names: props.names,
    revision,
    links,
    hrefOf: (name) => links.source(name, path),
  });
  const history = html`<a class="button button-quiet" href="${links.commits(revision, path)}">History</a>`;
  const head =
    path === ''
      ? html`${repositoryHead(props)}<div class="source-bar">${menu}${history}${downloadMenu(links, revision)}${props.pullRequests}</div>`
      : html`<div class="source-bar">${menu}${pathHeading(links, repository.slug, revision, path)}${history}</div>`;
  return html`${head}<div class="source-listing">${props.tip && html`<div class="source-tip">${commitLine(props.tip)}</div>`}${fileListing(
    {
      entries: directory.entries.map((entry) => fileEntry(entry, links, revision)),
      parentHref: path === '' ? undefined : links.source(revision, folderOf(path)),
      now,
    },
  )}</div>${pagination(
    pagesOf(page, ENTRIES_PER_PAGE, directory.total, (number) => links.source(revision, path, number)),
  )}${
    props.readme &&
    html`<section class="readme" aria-label="${visibleName(props.readme.name)}"><header>${visibleName(props.readme.name)}</header>${props.readme.body}</section>`
  }`;
}

function repositoryHead({ repository, clone }: DirectoryProps): Html {
  return pageHead({
    title: repository.name,
    lead: (repository.description !== '' || repository.website !== '') && [
      repository.description,
      repository.website !== '' && [
        repository.description !== '' && ' ',
        html`<a href="${repository.website}" rel="nofollow noopener noreferrer">${repository.website}</a>`,
      ],
    ],
    actions: clone,
  });
}

const LISTED_KINDS = {
  directory: 'directory',
  file: 'file',
  executable: 'file',
  link: 'link',
  submodule: 'submodule',
} as const;

function fileEntry(entry: ListedEntry, links: Links, revision: string): FileEntry {
  const { path, lastCommit } = entry;
  return {
    name: visibleName(entry.name),
    kind: LISTED_KINDS[entry.kind],
    href: path !== null && isLinkable(path) ? links.source(revision, path) : undefined,
    lastCommit: lastCommit && commitOf(lastCommit, links),
  };
}

const commitOf = (commit: Commit, links: Links) => ({
  message: subjectOf(commit.message, 120),
  href: links.commit(commit.id),
  at: timeOf(commit.committer),
});
