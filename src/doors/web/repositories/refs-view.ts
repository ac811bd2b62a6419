import type { Branch, BranchPage } from '../../../acts/browse/branches.ts';
import type { Commit } from '../../../acts/source/commits.ts';
import type { SourceRef, SourceRefPage } from '../../../acts/source/refs.ts';
import { html, type Html } from '../html.ts';
import { emptyState, pageHead, table, time } from '../pieces/index.ts';
import { visibleName } from '../visible.ts';
import type { Links } from './links.ts';
import { pagesOf, plural, shortHash, subjectOf, timeOf } from './words.ts';

export const REFS_PER_PAGE = 25;

/** A box to filter by is of use only where there is more than one sees at once. */
const filterFor = (rows: number): string | undefined => (rows > 8 ? 'Filter this page by name' : undefined);

interface Context {
  readonly links: Links;
  readonly page: number;
  readonly now: Date;
}

export function branchesBody({ links, list, page, now }: Context & { readonly list: BranchPage }): Html {
  return html`${pageHead({ title: 'Branches', lead: list.size > 0 && plural(list.size, 'branch').replace('branchs', 'branches') })}${table<Branch>(
    {
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
          label:
            list.defaultBranch === null ? 'Compared' : `Compared with ${visibleName(list.defaultBranch)}`,
          cell: (branch) => distanceWords(branch),
        },
      ],
      rows: list.branches,
      empty: emptyState({
        title: page > 1 ? 'No more branches' : 'No branches yet',
        body: 'A branch appears here when somebody pushes it.',
        action: { label: 'See the repository', href: links.home },
      }),
      pages: pagesOf(page, REFS_PER_PAGE, list.size, links.branches),
      filter: filterFor(list.branches.length),
    },
  )}`;
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

export function tagsBody({ links, list, page, now }: Context & { readonly list: SourceRefPage }): Html {
  return html`${pageHead({ title: 'Tags', lead: list.size > 0 && plural(list.size, 'tag') })}${table<SourceRef>(
    {
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
      empty: emptyState({
        title: page > 1 ? 'No more tags' : 'No tags yet',
        body: html`A tag gives one commit a name that stays, such as a release: <code>git tag -a v1.0</code>, then <code>git push origin v1.0</code>.`,
      }),
      pages: pagesOf(page, REFS_PER_PAGE, list.size, links.tags),
      filter: filterFor(list.refs.length),
    },
  )}`;
}

function commitCell(commit: Commit | null, links: Links): Html | string {
  if (commit === null) return 'Not a commit';
  return html`<a href="${links.commit(commit.id)}"><code>${shortHash(commit.id)}</code></a> ${subjectOf(commit.message, 80)}`;
}
