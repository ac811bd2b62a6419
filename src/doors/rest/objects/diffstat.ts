import { z } from 'zod';
import type { Comparison, FileChange } from '../../../acts/source/comparison.ts';
import { segmentsOf, type Links } from '../links.ts';
import { linksNamed, to } from './link.ts';
import type { RepositoryData } from './repository.ts';
import { escapedPath } from './source.ts';

const Side = z
  .object({
    type: z.literal('commit_file'),
    path: z.string(),
    escaped_path: z.string(),
    links: linksNamed('self'),
  })
  .meta({ id: 'DiffstatFile' });

const STATUS = {
  added: 'added',
  removed: 'removed',
  modified: 'modified',
  'type-changed': 'modified',
  renamed: 'renamed',
  copied: 'added',
} as const;

export const Diffstat = z
  .object({
    type: z.literal('diffstat'),
    status: z.enum(['added', 'removed', 'modified', 'renamed']),
    lines_added: z.number().int().describe('0 for binary files.'),
    lines_removed: z.number().int(),
    old: Side.nullable().describe('Null for what was added.'),
    new: Side.nullable().describe('Null for what was removed.'),
  })
  .meta({ id: 'Diffstat' });

/** What became of one file between two states. */
export function diffstatObject(
  links: Links,
  { workspace, slug }: RepositoryData,
  { before, after }: Comparison,
  { status, path, oldPath, linesAdded, linesRemoved }: FileChange,
): z.input<typeof Diffstat> {
  const side = (commit: string, at: string): z.input<typeof Side> => ({
    type: 'commit_file',
    path: at,
    escaped_path: escapedPath(at),
    links: { self: to(links.api('repositories', workspace.slug, slug, 'src', commit, ...segmentsOf(at))) },
  });
  const shown = STATUS[status];
  return {
    type: 'diffstat',
    status: shown,
    lines_added: linesAdded ?? 0,
    lines_removed: linesRemoved ?? 0,
    old: shown === 'added' ? null : side(before, oldPath ?? path),
    new: shown === 'removed' ? null : side(after, path),
  };
}
