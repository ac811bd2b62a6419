import { z } from 'zod';
import type { EntryKind, SourceEntry } from '../../../acts/source/files.ts';
import type { PathChange } from '../../../acts/source/path-history.ts';
import { segmentsOf, type Links } from '../links.ts';
import { isText, mediaTypeOf } from '../media-types.ts';
import { Commit, CommitReference, commitReference } from './commit.ts';
import { Link, linksNamed, to } from './link.ts';
import type { RepositoryData } from './repository.ts';

const Attributes = z.enum(['link', 'executable', 'subrepository', 'binary', 'lfs']);

export const CommitFile = z
  .object({
    type: z.literal('commit_file'),
    path: z.string(),
    escaped_path: z.string(),
    size: z.number().int().nullable(),
    mimetype: z.string().nullable(),
    attributes: z.array(Attributes),
    commit: CommitReference,
    links: linksNamed('self', 'meta', 'history'),
  })
  .meta({ id: 'CommitFile' });

export const CommitDirectory = z
  .object({
    type: z.literal('commit_directory'),
    path: z.string(),
    commit: CommitReference,
    links: linksNamed('self', 'meta'),
  })
  .meta({ id: 'CommitDirectory' });

/** A file as a commit left it. Where the commit removed it, there is nothing that `self` and `meta` could lead to. */
export const ChangedFile = CommitFile.extend({
  commit: Commit,
  links: linksNamed('history').extend({ self: Link.optional(), meta: Link.optional() }),
}).meta({ id: 'ChangedFile' });

export const ChangedDirectory = CommitDirectory.extend({ commit: Commit }).meta({ id: 'ChangedDirectory' });

const KIND_ATTRIBUTE: Partial<Record<EntryKind, z.infer<typeof Attributes>>> = {
  link: 'link',
  executable: 'executable',
  submodule: 'subrepository',
};

export function sourceObject(
  links: Links,
  repository: RepositoryData,
  commit: string,
  entry: SourceEntry,
): z.input<typeof CommitFile> | z.input<typeof CommitDirectory> {
  const { workspace, slug } = repository;
  const isDirectory = entry.kind === 'directory';
  const below = entry.path === '' ? [] : segmentsOf(entry.path);
  const under = (what: string) => links.api('repositories', workspace.slug, slug, what, commit, ...below);
  const bare = under('src');
  const self = isDirectory ? `${bare}/` : bare;
  const common = {
    path: entry.path,
    commit: commitReference(links, repository, commit),
    links: { self: to(self), meta: to(`${self}?format=meta`) },
  };
  if (isDirectory) return { type: 'commit_directory', ...common };
  const mimetype = mediaTypeOf(entry.path);
  return {
    type: 'commit_file',
    ...common,
    links: { ...common.links, history: to(under('filehistory')) },
    escaped_path: escapedPath(entry.path),
    size: entry.size,
    mimetype,
    attributes: [
      ...[KIND_ATTRIBUTE[entry.kind] ?? []].flat(),
      ...(mimetype !== null && !isText(mimetype) ? (['binary'] as const) : []),
      ...(entry.isLfsPointer ? (['lfs'] as const) : []),
    ],
  };
}

/** What a commit left at a path, or removed from there. */
export function changedObject(
  links: Links,
  repository: RepositoryData,
  { path, entry, commit }: PathChange,
  object: z.input<typeof Commit>,
): z.input<typeof ChangedFile> | z.input<typeof ChangedDirectory> {
  const removed: SourceEntry = { path, kind: 'file', size: null, isLfsPointer: false };
  const shown = sourceObject(links, repository, commit.id, entry ?? removed);
  if (shown.type === 'commit_directory') return { ...shown, commit: object };
  const { history, ...leading } = shown.links;
  return { ...shown, commit: object, links: { ...(entry !== undefined && leading), history } };
}

/** As a diff would write it: quotes, backslashes and control characters are escaped as in C. */
export const escapedPath = (path: string): string =>
  path.replace(/["\\\p{Cc}]/gu, (sign) =>
    sign === '"' || sign === '\\' ? `\\${sign}` : `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
