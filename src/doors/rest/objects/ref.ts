import { z } from 'zod';
import { MERGE_STRATEGIES, USUAL_STRATEGY } from '../../../acts/pull-requests/merge.ts';
import type { SourceRef } from '../../../acts/source/refs.ts';
import type { Authors } from '../attribution.ts';
import { segmentsOf, type Links } from '../links.ts';
import { Author, authorObject, Commit, commitObject, messageInLists } from './commit.ts';
import { linksNamed, to } from './link.ts';
import type { RepositoryData } from './repository.ts';

export const Branch = z
  .object({
    type: z.literal('branch'),
    name: z.string(),
    target: Commit.nullable(),
    merge_strategies: z.array(z.enum(MERGE_STRATEGIES)),
    default_merge_strategy: z.enum(MERGE_STRATEGIES),
    links: linksNamed('self', 'commits', 'html'),
  })
  .meta({ id: 'Branch' });

export const Tag = z
  .object({
    type: z.literal('tag'),
    name: z.string(),
    target: Commit.nullable().describe('Null for a tag of something that is no commit.'),
    message: z.string().nullable(),
    date: z.string().nullable(),
    tagger: Author.nullable(),
    links: linksNamed('self', 'commits', 'html'),
  })
  .meta({ id: 'Tag' });

export function branchObject(
  links: Links,
  repository: RepositoryData,
  ref: SourceRef,
  authors: Authors,
): z.input<typeof Branch> {
  return {
    type: 'branch',
    name: ref.name,
    target: ref.commit === null ? null : commitObject(links, repository, ref.commit, authors),
    merge_strategies: [...MERGE_STRATEGIES],
    default_merge_strategy: USUAL_STRATEGY,
    links: linksOf(links, repository, ref, ['src']),
  };
}

export function tagObject(
  links: Links,
  repository: RepositoryData,
  ref: SourceRef,
  authors: Authors,
): z.input<typeof Tag> {
  const { annotation } = ref;
  const tagger = annotation?.tagger;
  return {
    type: 'tag',
    name: ref.name,
    target: ref.commit === null ? null : commitObject(links, repository, ref.commit, authors),
    message: annotation?.message ?? null,
    date: tagger?.date ?? null,
    tagger: tagger === undefined ? null : authorObject(links, tagger, authors),
    links: linksOf(links, repository, ref, ['commits']),
  };
}

/** A tag in a list. */
function listedTagObject(...tag: Parameters<typeof tagObject>): z.input<typeof Tag> {
  const object = tagObject(...tag);
  return { ...object, message: object.message === null ? null : messageInLists(object.message) };
}

/** A branch or tag in a list. */
export const refObject = (
  links: Links,
  repository: RepositoryData,
  ref: SourceRef,
  authors: Authors,
): z.input<typeof Branch> | z.input<typeof Tag> =>
  ref.kind === 'branch'
    ? branchObject(links, repository, ref, authors)
    : listedTagObject(links, repository, ref, authors);

function linksOf(
  links: Links,
  { workspace, slug }: RepositoryData,
  { kind, name }: SourceRef,
  page: readonly string[],
) {
  const api = ['repositories', workspace.slug, slug] as const;
  return {
    self: to(links.api(...api, 'refs', kind === 'branch' ? 'branches' : 'tags', ...segmentsOf(name))),
    commits: to(links.api(...api, 'commits', ...segmentsOf(name))),
    html: to(links.page(workspace.slug, slug, ...page, ...segmentsOf(name))),
  };
}
