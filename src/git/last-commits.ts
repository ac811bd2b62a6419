import { readCommit } from './commits.ts';
import { assertObjectId } from './object-id.ts';
import { endGit, gitEnd, streamGit } from './process.ts';
import type { Commit } from './commit.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';
import type { PathEntry } from './tree.ts';

export type LastCommitBounds = { readonly maxCommits: number; readonly milliseconds: number };

export interface LastCommits {
  /** By `lastCommitKey`; without those that did not change in so much history. */
  readonly commits: ReadonlyMap<string, Commit>;
  /** False where time ended it, or Git failed: another time more may be found. */
  readonly isWhole: boolean;
}

/** Of a commit Git lists all that it changed before it says the first of it. */
const MOST_MEMORY_MB = 1024;

const defaultLastCommitBounds: LastCommitBounds = { maxCommits: 5_000, milliseconds: 2_000 };

/**
 * The last commit that changed each entry of a directory, by the entry's path in Latin-1 (`pathBytes.toString('latin1')`,
 * see `lastCommitKey`), for a source page. Ends at its bounds: an entry that did not change in so much history is
 * absent from the answer, and the page shows it without a commit.
 */
export async function lastCommits(
  reader: ObjectReader,
  handle: RepositoryHandle,
  commit: ObjectId,
  directory: PathEntry,
  entries: readonly PathEntry[],
  bounds: LastCommitBounds = defaultLastCommitBounds,
): Promise<LastCommits> {
  assertObjectId(commit);
  const wanted = new Set(entries.map(lastCommitKey));
  const { found, isWhole } = await findLastCommits(handle, commit, directory, wanted, bounds);
  const ids = [...new Set(found.values())];
  const read = await Promise.all(ids.map((id) => readCommit(reader, handle, id)));
  const byId = new Map(read.map((each) => [each.id, each]));
  const commits = new Map<string, Commit>();
  for (const [key, id] of found) {
    const last = byId.get(id);
    if (last !== undefined) commits.set(key, last);
  }
  return { commits, isWhole };
}

export function lastCommitKey(entry: PathEntry): string {
  return entry.pathBytes.toString('latin1');
}

async function findLastCommits(
  handle: RepositoryHandle,
  commit: ObjectId,
  directory: PathEntry,
  wanted: Set<string>,
  bounds: LastCommitBounds,
): Promise<{ readonly found: ReadonlyMap<string, ObjectId>; readonly isWhole: boolean }> {
  const found = new Map<string, ObjectId>();
  if (wanted.size === 0) return { found, isWhole: true };
  const prefix = directory.path === '' ? '' : `${lastCommitKey(directory)}/`;
  // Raw output tells paths from hashes by position; a file's name cannot imitate a commit in it.
  const args = ['log', '-z', '-c', '-t', '--raw', '--no-abbrev', '--no-renames', '--format=%x01%H', commit];
  const limited = directory.path === '' ? args : [...args, '--', directory.path];
  const child = streamGit(handle, limited, { noInput: true, mostMemoryMb: MOST_MEMORY_MB });
  const timer = setTimeout(() => endGit(child), bounds.milliseconds);
  let current = '';
  let seen = 0;
  let pathFollows = false;
  let pending = '';
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      const words = (pending + chunk.toString('latin1')).split('\0');
      pending = words.pop() ?? '';
      for (const word of words) {
        if (pathFollows) {
          const key = entryOf(word, prefix);
          // A copy: a piece of what Git wrote would keep all of that in memory.
          if (key !== undefined && wanted.delete(key))
            found.set(Buffer.from(key, 'latin1').toString('latin1'), current);
          pathFollows = false;
          if (wanted.size === 0) return { found, isWhole: true };
        } else if (word.startsWith('\u0001')) {
          current = word.slice(1);
          seen += 1;
          if (seen > bounds.maxCommits) return { found, isWhole: true };
        } else {
          pathFollows = /^\n?:/.test(word);
        }
      }
    }
    const isWhole = await gitEnd(child).then(
      ({ code }) => code === 0,
      () => false,
    );
    return { found, isWhole };
  } finally {
    clearTimeout(timer);
    endGit(child);
  }
}

/** `docs/a/b.md` within `docs/` → `docs/a`. */
function entryOf(path: string, prefix: string): string | undefined {
  if (!path.startsWith(prefix) || path === prefix) return undefined;
  const end = path.indexOf('/', prefix.length);
  return end === -1 ? path : path.slice(0, end);
}
