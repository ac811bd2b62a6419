import { assertObjectId } from './object-id.ts';
import { gitSettings, streamGit, type GitChild } from './process.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';

export type ArchiveFormat = 'zip' | 'tar.gz';

/** Git lists all paths before it says the first word: trees that name each other hold more than fits anywhere. */
export const MOST_MEMORY_MB = 1024;

const SETTINGS = {
  // Larger files pass through in pieces, where Git would hold half a gigabyte of one.
  'core.bigFileThreshold': '32m',
  // Git compresses by itself, whatever program a configuration names.
  'tar.tar.gz.command': 'git archive gzip',
} as const;

/** Git asks for memory and gives it back for every file of a zip: three times the processor time (mallopt(3)). */
const KEEP_MEMORY = { MALLOC_TRIM_THRESHOLD_: '16777216', MALLOC_TOP_PAD_: '4194304' } as const;

/** Starts Git to write the files of a commit below one folder to standard output: git-archive(1). */
export function startArchive(
  handle: RepositoryHandle,
  {
    commit,
    format,
    folder,
  }: { readonly commit: ObjectId; readonly format: ArchiveFormat; readonly folder: string },
  signal: AbortSignal,
): GitChild {
  assertObjectId(commit);
  return streamGit(handle, ['archive', `--format=${format}`, `--prefix=${folder}/`, commit], {
    env: { ...gitSettings(SETTINGS), ...KEEP_MEMORY },
    mostMemoryMb: MOST_MEMORY_MB,
    // Words in a file that Git fills in may ask who signed the commit, for which it would run gpg on what a stranger wrote.
    findsNoProgram: true,
    noInput: true,
    signal,
  });
}
