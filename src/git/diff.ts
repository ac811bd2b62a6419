import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { decodeText } from './commit.ts';
import { assertObjectId, emptyTreeOf, objectFormatOf } from './object-id.ts';
import { GitFailed } from './process-error.ts';
import { outputOf } from './output.ts';
import { streamGit, type GitOptions } from './process.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';

export type DiffQuery = {
  /** Commits or trees; for a root commit `emptyTreeOf(format)`. */
  readonly before: ObjectId;
  readonly after: ObjectId;
  /** Only these files and folders. None of them, and all is compared. */
  readonly paths?: readonly string[];
  /** Lines around each change, 3 by default. */
  readonly context?: number;
  /** Lines that differ in white space alone are alike. */
  readonly ignoresWhitespace?: boolean;
  /** A renamed file is one that went and one that came. */
  readonly withoutRenames?: boolean;
  /** Binary files with what is in them, so that the diff can be applied, and not with a line that says that they differ. */
  readonly withBinary?: boolean;
};

/** Every file that went is held against every one that came. */
const MOST_RENAMES = 1000;
const MOST_MEMORY_MB = 2048;
const MOST_CPU_SECONDS = 60;

/** Beyond these Git gives up: what it compares was made to take that much. */
export const COMPARING = { mostMemoryMb: MOST_MEMORY_MB, mostCpuSeconds: MOST_CPU_SECONDS } as const;

/**
 * Some versions of Git read the attributes of a bare repository from what HEAD is at the time, others read none. Here none
 * count: what two commits differ in stays the same, and no name of a program comes from them.
 */
export const withoutAttributes = (id: ObjectId): Record<string, string> => ({
  GIT_ATTR_SOURCE: emptyTreeOf(objectFormatOf(id)),
});

/** What is compared, and how, as `git diff-tree` takes it: what stands before the commits, and what behind them. */
export const comparisonArguments = ({
  paths = [],
  ignoresWhitespace,
  withoutRenames,
}: DiffQuery): { readonly options: readonly string[]; readonly paths: readonly string[] } => ({
  options: [
    ...(withoutRenames === true ? ['--no-renames'] : ['-M', `-l${MOST_RENAMES}`]),
    ...(ignoresWhitespace === true ? ['--ignore-all-space'] : []),
    '--no-ext-diff',
    '--no-textconv',
  ],
  paths: paths.length === 0 ? [] : ['--', ...paths],
});

/** A unified diff with renames, as Git writes it, as long as it is. Destroying the stream ends the process. */
export function streamDiff(
  handle: RepositoryHandle,
  query: DiffQuery,
  options: Pick<GitOptions, 'signal'> = {},
): Readable {
  assertObjectId(query.before);
  assertObjectId(query.after);
  const compared = comparisonArguments(query);
  const args = [
    'diff-tree',
    '-r',
    '-p',
    // Of ids cut short the length grows with the repository.
    '--full-index',
    ...(query.withBinary === true ? ['--binary'] : []),
    `--unified=${query.context ?? 3}`,
    ...compared.options,
    query.before,
    query.after,
    ...compared.paths,
  ];
  const child = streamGit(handle, args, {
    ...options,
    ...COMPARING,
    env: withoutAttributes(query.after),
    noInput: true,
  });
  return outputOf(child, ({ code, stderr }) => new GitFailed('diff-tree', code, stderr));
}

/** The beginning of a diff, for a page: at most `maxBytes`, cut after a whole line. */
export async function readDiff(
  handle: RepositoryHandle,
  query: DiffQuery,
  maxBytes: number,
  options: Pick<GitOptions, 'signal'> = {},
): Promise<{ bytes: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of streamDiff(handle, query, options) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  const bytes = Buffer.concat(chunks);
  if (size <= maxBytes) return { bytes, truncated: false };
  const lastNewline = bytes.lastIndexOf(0x0a, maxBytes - 1);
  return { bytes: bytes.subarray(0, lastNewline + 1), truncated: true };
}

/**
 * A diff as text, each line of a file by itself as `decodeText` reads it: files have encodings of their own, and a commit
 * may change that of one. Names of files are UTF-8 as everywhere, and so is what stands beside `@@`, where Git cuts
 * characters in two.
 */
export function textOfDiff(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let isHunk = false;
  const decode = (line: string): string => {
    const raw = Buffer.from(line, 'latin1');
    const isHeading = line.startsWith('@@ ');
    // No line of a file begins so: before each of them stands a sign.
    isHunk = isHeading || (isHunk && !line.startsWith('diff --git '));
    return isHunk && !isHeading ? decodeText(raw) : raw.toString('utf8');
  };
  return bytes.toString('latin1').split('\n').map(decode).join('\n');
}
