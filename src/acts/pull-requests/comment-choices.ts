import { invalid } from '../../problem.ts';

/** In bytes. */
const LONGEST_CONTENT = 32 * 1024;
const LONGEST_PATH = 4096;
/** What the database counts to. */
const LAST_LINE = 2 ** 31 - 1;

/** Where in the changes a comment stands: of a file as a whole where there is no line. */
export interface CommentPlace {
  readonly path: string | null;
  readonly from: number | null;
  readonly to: number | null;
}

/** What somebody says, as they wrote it. Throws `Problem` for nothing, for too much, and for what no database keeps. */
export function chooseContent(content: string): string {
  if (content.trim() === '') throw invalid('content', 'This field is required.');
  const bytes = Buffer.byteLength(content);
  if (bytes > LONGEST_CONTENT)
    throw invalid(
      'content',
      `At most ${LONGEST_CONTENT} bytes are kept, and these are ${bytes}: shorten it.`,
    );
  if (!content.isWellFormed() || content.includes('\0'))
    throw invalid('content', 'The text holds zero bytes or half characters: leave them out.');
  return content;
}

/** Throws `Problem` for what is no path of a file, and for lines that no file has. */
export function choosePlace({
  path,
  from,
  to,
}: {
  readonly path?: string;
  readonly from?: number;
  readonly to?: number;
}): CommentPlace {
  for (const line of [from, to])
    if (line !== undefined && !(Number.isInteger(line) && line >= 1 && line <= LAST_LINE))
      throw invalid('inline', 'Lines are counted from 1: "from" before the change, "to" after it.');
  if (path === undefined) {
    if (from === undefined && to === undefined) return { path: null, from: null, to: null };
    throw invalid('inline', 'Name the file of these lines as "path".');
  }
  const isPath =
    path.isWellFormed() &&
    Buffer.byteLength(path) <= LONGEST_PATH &&
    !path.includes('\0') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPath)
    throw invalid(
      'inline',
      'The path of a file begins at the root of the repository, as Git writes it: folder/name.',
    );
  return { path, from: from ?? null, to: to ?? null };
}
