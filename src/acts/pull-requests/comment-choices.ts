import { invalid } from '../../problem.ts';
import { chooseText } from './choices.ts';

/** In bytes. */
const LONGEST_PATH = 4096;
/** What the database counts to. */
const LAST = 2 ** 31 - 1;

/** Where in the changes a comment stands: of a file as a whole where there is no line. */
export interface CommentPlace {
  readonly path: string | null;
  readonly from: number | null;
  readonly to: number | null;
}

/** What somebody says. Throws `Problem` for nothing, for too much, and for what no database keeps. */
export function chooseContent(content: string): string {
  if (content.trim() === '') throw invalid('content', 'This field is required.');
  return chooseText('content', content);
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
    if (line !== undefined && !isCounted(line))
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

/** Whether it is a number as rows and lines have them: anything else names none. */
export const isCounted = (number: number): boolean =>
  Number.isInteger(number) && number >= 1 && number <= LAST;
