import { createHash } from 'node:crypto';
import { Problem } from '../../problem.ts';

const MAXIMAL_OFFSET = 100_000_000;
/** More would make addresses too long; then the revisions are read anew on each page. */
const MAXIMAL_HASHES = 8;
const HASHES = /^(?:[0-9a-f]{40,64}(?:,[0-9a-f]{40,64})*)?$/;
const DIGEST = /^[\w-]{22}$/;

/** Where a page of commits or files begins, and of what: full hashes, so that a push in between does not shift the pages. */
export interface Position {
  readonly offset: number;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The digest of what was asked for in a body, which whoever asks for this page sends again. */
  readonly of?: string;
}

export function writePosition({ offset, include, exclude, of }: Position): string {
  const few = of === undefined && include.length + exclude.length <= MAXIMAL_HASHES;
  const parts = few ? [offset, include.join(','), exclude.join(',')] : [offset, '', ''];
  if (of !== undefined) parts.push(of);
  return Buffer.from(parts.join(':')).toString('base64url');
}

/**
 * What `writePosition` wrote, which never begins with a digit; a number is that page of `pagelen`, as clients ask for that
 * count pages themselves. Throws `Problem` for what is neither.
 */
export function readPosition(text: string | undefined, pagelen: number): Position {
  if (text === undefined) return { offset: 0, include: [], exclude: [] };
  if (/^\d{1,9}$/.test(text)) {
    const offset = (Number(text) - 1) * pagelen;
    if (offset < 0 || offset > MAXIMAL_OFFSET) throw new Problem('invalid', 'Invalid page');
    return { offset, include: [], exclude: [] };
  }
  const [offset = '', include = '', exclude = '', of, ...more] = Buffer.from(text, 'base64url')
    .toString('latin1')
    .split(':');
  const number = /^\d{1,9}$/.test(offset) ? Number(offset) : -1;
  if (
    number < 0 ||
    number > MAXIMAL_OFFSET ||
    more.length > 0 ||
    !HASHES.test(include) ||
    !HASHES.test(exclude) ||
    (of !== undefined && !DIGEST.test(of))
  ) {
    throw new Problem('invalid', 'Invalid page');
  }
  const list = (hashes: string) => (hashes === '' ? [] : hashes.split(','));
  return { offset: number, include: list(include), exclude: list(exclude), ...(of !== undefined && { of }) };
}

/** Tells apart what was asked for in bodies. */
export const digestOfAsked = (asked: unknown): string =>
  createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, 22);
