import { COMPARING, withoutAttributes } from './diff.ts';
import type { RepositoryHandle } from './handle.ts';
import { assertObjectId, type ObjectId } from './object-id.ts';
import { GitFailed } from './process-error.ts';
import { endGit, gitEnd, runGitChecked, streamGit, type GitOptions } from './process.ts';

/** A commit that changed what lies at a path, and the path that it has there. */
export interface ChangeAtPath {
  readonly commit: ObjectId;
  readonly pathBytes: Buffer;
}

export interface PathHistory {
  /** Newest first. */
  readonly changes: readonly ChangeAtPath[];
  /** False where there are more than were asked for. */
  readonly isWhole: boolean;
}

export type PathHistoryQuery = {
  readonly commit: ObjectId;
  readonly path: string;
  /** Whether it is a file that is followed into what it was called before. */
  readonly follows: boolean;
};

/** The newest commits that changed what lies at a path. @throws GitFailed */
export const listChangesAtPath = (
  handle: RepositoryHandle,
  { commit, path, follows }: PathHistoryQuery,
  limit: number,
  options: Pick<GitOptions, 'signal'> = {},
): Promise<PathHistory> => (follows ? followFile : keepToPath)(handle, commit, path, limit, options);

async function keepToPath(
  handle: RepositoryHandle,
  commit: ObjectId,
  path: string,
  limit: number,
  options: Pick<GitOptions, 'signal'>,
): Promise<PathHistory> {
  assertObjectId(commit);
  const args = ['rev-list', `--max-count=${limit + 1}`, commit, '--'];
  const output = await runGitChecked(handle, path === '' ? args : [...args, path], {
    ...options,
    ...COMPARING,
  });
  const ids = output.toString('latin1').split('\n').filter(Boolean);
  const pathBytes = Buffer.from(path);
  return {
    changes: ids.slice(0, limit).map((id) => ({ commit: id, pathBytes })),
    isWhole: ids.length <= limit,
  };
}

/** git-log(1), `--follow`: Git holds every commit but merges against its parent, however few of them changed the file. */
async function followFile(
  handle: RepositoryHandle,
  commit: ObjectId,
  path: string,
  limit: number,
  options: Pick<GitOptions, 'signal'>,
): Promise<PathHistory> {
  assertObjectId(commit);
  const args = [
    'log',
    '--follow',
    '-z',
    '--name-status',
    '--format=%x01%H',
    '--no-ext-diff',
    '--no-textconv',
  ];
  const child = streamGit(handle, [...args, commit, '--', path], {
    ...options,
    ...COMPARING,
    env: withoutAttributes(commit),
    noInput: true,
  });
  const changes: ChangeAtPath[] = [];
  const read = reader((change) => changes.push(change));
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      read(chunk);
      if (changes.length > limit) return { changes: changes.slice(0, limit), isWhole: false };
    }
    const { code, stderr } = await gitEnd(child);
    options.signal?.throwIfAborted();
    if (code !== 0) throw new GitFailed('log', code, stderr);
    return { changes, isWhole: true };
  } finally {
    endGit(child);
  }
}

/** Words end with NUL: a commit, `status`, the path, and of a renamed file the path that it has now. Their place tells them apart. */
function reader(found: (change: ChangeAtPath) => void): (chunk: Buffer) => void {
  let pending = '';
  let commit = '';
  let pathsToCome = 0;
  return (chunk) => {
    const words = (pending + chunk.toString('latin1')).split('\0');
    pending = words.pop() ?? '';
    for (const word of words) {
      if (pathsToCome > 0) {
        pathsToCome -= 1;
        if (pathsToCome === 0) found({ commit, pathBytes: Buffer.from(word, 'latin1') });
      } else if (word.startsWith('\u0001')) {
        // A copy: a piece of what Git wrote would keep all of that in memory.
        commit = Buffer.from(word, 'latin1').toString('latin1', 1);
      } else pathsToCome = /^\n[RC]/.test(word) ? 2 : 1;
    }
  };
}
