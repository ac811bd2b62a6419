import type { Readable } from 'node:stream';
import { listChanges, type ChangeList } from '../../git/changes.ts';
import type { Commit } from '../../git/commit.ts';
import { isComparable } from '../../git/comparable.ts';
import { readDiff, streamDiff, textOfDiff } from '../../git/diff.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { emptyTreeOf, objectFormatOf } from '../../git/object-id.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { streamToClient } from '../git/patience.ts';
import type { Comparison } from '../source/comparison.ts';
import { reading } from '../source/problems.ts';

export interface ShownChanges {
  /** At most as many files as a page lists. */
  readonly changes: ChangeList;
  /** The beginning of the unified diff. */
  readonly diff: string;
  /** The diff goes on: `openDiff` gives all of it. */
  readonly truncated: boolean;
  /** False where more differs than is compared here; then nothing is listed. */
  readonly isCompared: boolean;
}

/** A reader who was waited for so long in all gives the turn to the next: others want a diff, too. */
const SLOW_DIFF_MS = 2000;
const MOST_FILES = 300;
const MOST_DIFF_BYTES = 400 * 1024;
/** For a page; the whole diff may take as long as somebody reads it. */
const MOST_MS = 20_000;
const TOO_MUCH =
  'This changes more files than are compared here, or in deeper folders. Clone the repository and let Git show it.';
const NOT_COMPARED: ShownChanges = {
  changes: { files: [], truncated: true },
  diff: '',
  truncated: true,
  isCompared: false,
};

/** What a commit is compared with: its first parent; a root commit, with nothing. */
export const changeOf = ({ id, parents }: Commit): Comparison => ({
  before: parents[0] ?? emptyTreeOf(objectFormatOf(id)),
  after: id,
});

/** What two states differ in, as far as a page shows it. */
export async function viewChanges(
  services: Services,
  grant: ReadingGrant,
  range: Comparison,
): Promise<ShownChanges> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    if (!(await isComparable(services.objects, handle, range.before, range.after))) return NOT_COMPARED;
    return services.readTurns.take(() => compare(handle, range));
  });
}

async function compare(handle: RepositoryHandle, range: Comparison): Promise<ShownChanges> {
  const signal = AbortSignal.timeout(MOST_MS);
  try {
    const [changes, { bytes, truncated }] = await Promise.all([
      listChanges(handle, range, MOST_FILES, { signal }),
      readDiff(handle, range, MOST_DIFF_BYTES, { signal }),
    ]);
    return { changes, diff: textOfDiff(bytes), truncated, isCompared: true };
  } catch (error) {
    if (signal.aborted) return NOT_COMPARED;
    throw error;
  }
}

/**
 * The whole diff as a stream; destroying it ends the process behind it, which has a turn as long as it is read. A reader
 * who is waited for too long gives the turn to others, and where very many are, the stream breaks off. Throws `Problem`
 * for more than is compared here, and where the host is busy.
 *
 * @param signal aborted when the client is gone: then nobody waits for its turn any more
 */
export async function openDiff(
  services: Services,
  grant: ReadingGrant,
  range: Comparison,
  signal: AbortSignal,
): Promise<Readable> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const { before, after } = range;
    if (!(await isComparable(services.objects, handle, before, after)))
      throw new Problem('invalid', TOO_MUCH);
    return streamToClient(
      () => streamDiff(handle, range),
      await services.diffTurns.enter(signal),
      SLOW_DIFF_MS,
    );
  });
}
