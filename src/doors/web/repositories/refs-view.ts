import type { Branch, BranchPage } from '../../../acts/browse/branches.ts';
import type { Commit } from '../../../acts/source/commits.ts';
import type { SourceRef, SourceRefPage } from '../../../acts/source/refs.ts';
import { html, type Html } from '../html.ts';
import { noSuchPage, pagesOf } from '../pages-of.ts';
import { emptyState, nameSearch, pageHead, table, time } from '../pieces/index.ts';
import { branchLinks, type BesideBranches } from '../pull-requests/beside-source.ts';
import { visibleName } from '../visible.ts';
import type { Links } from './links.ts';
import { plural, shortHash, subjectOf, timeOf } from './words.ts';

export const REFS_PER_PAGE = 25;

/** A search is of use only where there is more than one sees at once. */
const FEW = 8;

interface Context {
  readonly links: Links;
  /** Of the names that are listed; '' for all. */
  readonly part: string;
  readonly page: number;
  readonly now: Date;
}

/** How many there are, and finding one of them. */
function head(title: 'Branches' | 'Tags', count: string, size: number, part: string, action: string): Html {
  const lead = part === '' ? count : `${count} with “${visibleName(part)}” in the name`;
  return html`${pageHead({ title, lead: size > 0 && lead })}${
    (size > FEW || part !== '') && nameSearch({ label: title, action, name: 'q', value: part })
  }`;
}

const noMatch = (kind: 'branch' | 'tag', part: string, all: string): Html =>
  emptyState({
    title: `No ${kind} matches “${visibleName(part)}”`,
    body: 'Any part of the name is found, in capitals or not.',
    action: { label: kind === 'branch' ? 'All branches' : 'All tags', href: all },
  });

export function branchesBody(
  props: Context & { readonly list: BranchPage; readonly beside: BesideBranches },
): Html {
  const { links, list, beside, part, page, now } = props;
  const pageHref = (number: number) => links.branches(number, part);
  const count = plural(list.size, 'branch').replace('branchs', 'branches');
  return html`${head('Branches', count, list.size, part, links.branches())}${table<Branch>({
    caption: 'Branches',
    quietCaption: true,
    columns: [
      {
        label: 'Branch',
        cell: ({ name, isDefault }) =>
          html`<a href="${links.source(name)}">${visibleName(name)}</a>${isDefault && html` <span class="badge">default</span>`}`,
      },
      { label: 'Last commit', cell: ({ commit }) => commitCell(commit, links) },
      { label: 'When', cell: ({ commit }) => commit && time({ at: timeOf(commit.committer), now }) },
      {
        label: list.defaultBranch === null ? 'Compared' : `Compared with ${visibleName(list.defaultBranch)}`,
        cell: (branch) => distanceWords(branch),
      },
      {
        label: 'Pull request',
        cell: ({ name, isDefault, distance }) =>
          branchLinks(
            links,
            name,
            isDefault || distance?.ahead === 0 ? { ...beside, mayCreate: false } : beside,
            'short',
          ),
      },
    ],
    rows: list.branches,
    empty:
      noSuchPage(page, REFS_PER_PAGE, list.size, pageHref) ??
      (part !== ''
        ? noMatch('branch', part, links.branches())
        : emptyState({
            title: 'No branches yet',
            body: 'A branch appears here when somebody pushes it.',
            action: { label: 'See the repository', href: links.home },
          })),
    pages: pagesOf(page, REFS_PER_PAGE, list.size, pageHref),
  })}`;
}

function distanceWords({ isDefault, distance }: Branch): string {
  if (isDefault || distance === null) return '';
  const { ahead, behind } = distance;
  if (ahead === 0 && behind === 0) return 'The same';
  return [
    ahead > 0 && `${ahead.toLocaleString('en')} ahead`,
    behind > 0 && `${behind.toLocaleString('en')} behind`,
  ]
    .filter((part) => part !== false)
    .join(', ');
}

export function tagsBody(props: Context & { readonly list: SourceRefPage }): Html {
  const { links, list, part, page, now } = props;
  const pageHref = (number: number) => links.tags(number, part);
  return html`${head('Tags', plural(list.size, 'tag'), list.size, part, links.tags())}${table<SourceRef>({
    caption: 'Tags',
    quietCaption: true,
    columns: [
      {
        label: 'Tag',
        cell: ({ name, commit }) =>
          commit === null
            ? visibleName(name)
            : html`<a href="${links.source(name)}">${visibleName(name)}</a>`,
      },
      {
        label: 'Says',
        cell: ({ annotation }) => annotation && subjectOf(annotation.message),
      },
      { label: 'Commit', cell: ({ commit }) => commitCell(commit, links) },
      {
        label: 'When',
        cell: ({ annotation, commit }) => {
          const at = annotation?.tagger ?? commit?.committer;
          return at && time({ at: timeOf(at), now });
        },
      },
    ],
    rows: list.refs,
    empty:
      noSuchPage(page, REFS_PER_PAGE, list.size, pageHref) ??
      (part !== ''
        ? noMatch('tag', part, links.tags())
        : emptyState({
            title: 'No tags yet',
            body: html`A tag gives one commit a name that stays, such as a release: <code>git tag -a v1.0</code>, then <code>git push origin v1.0</code>.`,
          })),
    pages: pagesOf(page, REFS_PER_PAGE, list.size, pageHref),
  })}`;
}

function commitCell(commit: Commit | null, links: Links): Html | string {
  if (commit === null) return 'Not a commit';
  return html`<a href="${links.commit(commit.id)}"><code>${shortHash(commit.id)}</code></a> ${subjectOf(commit.message, 80)}`;
}
