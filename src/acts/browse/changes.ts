import type { Readable } from 'node:stream';
import { listChanges, type ChangeList } from '../../git/changes.ts';
import type { Commit } from '../../git/commit.ts';
import { readDiff, streamDiff } from '../../git/diff.ts';
import { emptyTreeOf, objectFormatOf } from '../../git/object-id.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import type { Services } from '../../services.ts';
import { reading } from '../source/problems.ts';

export interface CommitChanges {
  /** At most as many files as a page lists. */
  readonly changes: ChangeList;
  /** The beginning of the unified diff against the first parent. */
  readonly diff: string;
  /** The diff goes on: `openDiff` gives all of it. */
  readonly truncated: boolean;
}

const MOST_FILES = 300;
const MOST_DIFF_BYTES = 400 * 1024;

/** What a commit changed against its first parent; a root commit, against nothing. */
export async function viewChanges(
  services: Services,
  grant: ReadingGrant,
  commit: Commit,
): Promise<CommitChanges> {
  const handle = await openForReading(services.storage, grant);
  const range = rangeOf(commit);
  return reading(async () => {
    const [changes, { bytes, truncated }] = await Promise.all([
      listChanges(handle, range.before, range.after, MOST_FILES),
      readDiff(handle, range, MOST_DIFF_BYTES),
    ]);
    return { changes, diff: bytes.toString('utf8'), truncated };
  });
}

/** The whole diff as a stream; destroying it ends the process behind it. */
export async function openDiff(services: Services, grant: ReadingGrant, commit: Commit): Promise<Readable> {
  return streamDiff(await openForReading(services.storage, grant), rangeOf(commit));
}

const rangeOf = ({ id, parents }: Commit) => ({
  before: parents[0] ?? emptyTreeOf(objectFormatOf(id)),
  after: id,
});
