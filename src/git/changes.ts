import { assertObjectId } from './object-id.ts';
import { GitOutputTooLarge } from './process-error.ts';
import { COMPARING, comparisonArguments, withoutAttributes, type DiffQuery } from './diff.ts';
import { runGitChecked, type GitOptions } from './process.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';

/** What differs between two trees: git-diff-tree(1), "RAW OUTPUT FORMAT". */

export type ChangeStatus = 'added' | 'modified' | 'removed' | 'renamed' | 'copied' | 'type-changed';

export type FileChange = {
  readonly status: ChangeStatus;
  /** The path now; of a removed file the path it had. */
  readonly path: string;
  readonly pathBytes: Buffer;
  /** Of a renamed or copied file: where it came from. */
  readonly oldPath: string | undefined;
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldId: ObjectId;
  readonly newId: ObjectId;
  /** Undefined for binary files and where lines were not counted. */
  readonly linesAdded: number | undefined;
  readonly linesRemoved: number | undefined;
};

export type ChangeList = {
  readonly files: readonly FileChange[];
  /** More differs than was asked for. */
  readonly truncated: boolean;
};

const statuses: Readonly<Record<string, ChangeStatus>> = {
  A: 'added',
  M: 'modified',
  D: 'removed',
  R: 'renamed',
  C: 'copied',
  T: 'type-changed',
};

const maximalOutputBytes = 16 * 1024 * 1024;

/**
 * The files that differ between two commits or trees, with renames found. For what a commit changed, `before` is its
 * first parent or, of a root commit, `emptyTreeOf(format)`. At most `limit` files; all are read, so lines are counted
 * only where the whole list is of bearable size.
 */
export async function listChanges(
  handle: RepositoryHandle,
  query: DiffQuery,
  limit = 1_000,
  options: Pick<GitOptions, 'signal'> = {},
): Promise<ChangeList> {
  const { before, after } = query;
  assertObjectId(before);
  assertObjectId(after);
  const compared = comparisonArguments(query);
  const args = ['diff-tree', '-r', '-z', '--raw', '--numstat', '--no-abbrev', ...compared.options];
  let output: Buffer;
  let cut = false;
  try {
    output = await runGitChecked(handle, [...args, before, after, ...compared.paths], {
      ...options,
      ...COMPARING,
      env: withoutAttributes(after),
      maxOutputBytes: maximalOutputBytes,
    });
  } catch (error) {
    if (!(error instanceof GitOutputTooLarge)) throw error;
    output = error.partial;
    cut = true;
  }
  const all = parseChanges(output, cut);
  return { files: all.slice(0, limit), truncated: cut || all.length > limit };
}

/** Parses `-z --raw --numstat`; a piece cut off at the end is left out. @param isCut what comes last may have no counts */
export function parseChanges(output: Buffer, isCut = false): FileChange[] {
  const words = output.toString('latin1').split('\0');
  // After the last NUL stands nothing, or a piece that was cut off.
  words.pop();
  const changes: FileChange[] = [];
  let index = 0;
  while (words[index]?.startsWith(':')) {
    const [oldMode = '', newMode = '', oldId = '', newId = '', status = ''] =
      words[index]?.slice(1).split(' ') ?? [];
    const kind = statuses[status.charAt(0)] ?? 'modified';
    const moved = kind === 'renamed' || kind === 'copied';
    const from = words[index + 1];
    const path = moved ? words[index + 2] : from;
    if (from === undefined || path === undefined) break;
    const pathBytes = Buffer.from(path, 'latin1');
    changes.push({
      status: kind,
      path: pathBytes.toString('utf8'),
      pathBytes,
      oldPath: moved ? Buffer.from(from, 'latin1').toString('utf8') : undefined,
      oldMode,
      newMode,
      oldId,
      newId,
      linesAdded: undefined,
      linesRemoved: undefined,
    });
    index += moved ? 3 : 2;
  }
  return withCounts(changes, words.slice(index), isCut);
}

/**
 * Line counts come in the order of the raw part: `added TAB removed TAB path`, or an empty path and two words for a rename.
 * A file that differs in nothing but white space has none where that is ignored, and is left out.
 */
function withCounts(changes: readonly FileChange[], words: readonly string[], isCut: boolean): FileChange[] {
  let index = 0;
  return changes.flatMap((change) => {
    const word = words[index];
    if (word === undefined) return isCut ? change : [];
    const [, added = '', removed = '', own = ''] = /^([^\t]*)\t([^\t]*)\t([^]*)$/.exec(word) ?? [];
    const path = own === '' ? words[index + 2] : own;
    if (path !== undefined && path !== change.pathBytes.toString('latin1')) return [];
    index += own === '' ? 3 : 1;
    return { ...change, linesAdded: count(added), linesRemoved: count(removed) };
  });
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
