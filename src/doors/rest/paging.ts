import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem } from '../../problem.ts';
import { parseFilter } from './query-language.ts';

const DEFAULT_PAGELEN = 10;
const MAXIMAL_PAGELEN = 100;
const MAXIMAL_PAGE = 10_000_000;

/** One value, or several where a parameter is repeated. */
export const repeatable = z.union([z.string(), z.array(z.string())]).optional();

/** The parameter of every JSON answer. */
export const fieldsParameter = repeatable.describe(
  'Partial answer: names to keep, -name to leave out, +name (as %2B) to add.',
);

/** Parameters of every list. They are read as text, so that a bad one is refused in Bitbucket's words. */
export const pageParameters = {
  page: z
    .string()
    .optional()
    .describe('Page number, from 1; what `next` holds is opaque for commits and files.'),
  pagelen: z.string().optional().describe(`Entries on a page, 1 to ${MAXIMAL_PAGELEN}.`),
  fields: fieldsParameter,
};

export const filterParameters = {
  q: z.string().optional().describe('Filter, such as name ~ "app".'),
  sort: z.string().optional().describe('Field to sort by, with - before it for descending.'),
};

/** For a `sort` that a list does not know. */
export const unsortable = (sort: string): Problem =>
  new Problem('invalid', `Field ".${sort.replace(/^-/, '').slice(0, 100)}" does not support sorting`);

/**
 * Throws `Problem` for a request that asks a list for a `q` or `sort` which its route does not declare: whoever takes all
 * there is for what they filtered may delete it.
 */
export function refuseUndeclaredChoice({ routeOptions, query }: FastifyRequest): void {
  const declared = routeOptions.schema?.querystring;
  if (!(declared instanceof z.ZodObject) || !('page' in declared.shape)) return;
  const { q, sort } = query as Readonly<Record<string, string | readonly string[] | undefined>>;
  if (q !== undefined && !('q' in declared.shape)) parseFilter([q].flat().join(' '), []);
  if (sort !== undefined && !('sort' in declared.shape)) throw unsortable([sort].flat().join());
}

/** What stands around the entries of a page. */
export const PageEnvelope = z.object({
  pagelen: z.number().int(),
  size: z.number().int().optional(),
  page: z.number().int().optional(),
  next: z.string().optional(),
  previous: z.string().optional(),
});

/** A page of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) => PageEnvelope.extend({ values: z.array(item) });

export function readPagelen(
  text: string | undefined,
  whenAbsent = DEFAULT_PAGELEN,
  most = MAXIMAL_PAGELEN,
): number {
  if (text === undefined) return whenAbsent;
  const pagelen = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (pagelen < 1 || pagelen > most) throw new Problem('invalid', 'Invalid pagelen');
  return pagelen;
}

export interface Window {
  readonly page: number;
  readonly pagelen: number;
  readonly offset: number;
}

/** Numbered pages. Throws `Problem` for a page or length out of range. */
export function readWindow(
  query: { readonly page?: string | undefined; readonly pagelen?: string | undefined },
  whenAbsent = DEFAULT_PAGELEN,
  most = MAXIMAL_PAGELEN,
): Window {
  const pagelen = readPagelen(query.pagelen, whenAbsent, most);
  const page = query.page === undefined ? 1 : /^\d{1,9}$/.test(query.page) ? Number(query.page) : 0;
  if (page < 1 || page > MAXIMAL_PAGE) throw new Problem('invalid', 'Invalid page');
  return { page, pagelen, offset: (page - 1) * pagelen };
}

/** Query parameters that a link to another page carries on; a secret that somebody put beside them stays behind. */
const CARRIED = [
  'q',
  'sort',
  'role',
  'administrator',
  'fields',
  'include',
  'exclude',
  'path',
  'max_depth',
  'kind',
  'pattern',
  'refname',
  'state',
  'ignore_whitespace',
  'renames',
  'topic',
  'merge',
];

/** The absolute address of another page of the running request, with `parameters` besides those of its query. */
export function pageLink(
  publicUrl: string,
  request: FastifyRequest,
  page: string,
  pagelen: number,
  parameters: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): string {
  const [path = ''] = request.originalUrl.split('?', 1);
  const given = {
    ...(request.query as Record<string, string | readonly string[] | undefined>),
    ...parameters,
  };
  const query = new URLSearchParams();
  for (const name of CARRIED) for (const value of [given[name] ?? []].flat()) query.append(name, value);
  query.set('pagelen', String(pagelen));
  query.set('page', page);
  return `${publicUrl}${path}?${query.toString()}`;
}

/** One numbered page of `size` entries. */
export const numberedPage = <Item>(
  publicUrl: string,
  request: FastifyRequest,
  window: Window,
  size: number,
  values: Item[],
) => ({ ...numberedEnvelope(publicUrl, request, window, size), values });

/** What stands around the entries of one numbered page of `size`. */
export function numberedEnvelope(
  publicUrl: string,
  request: FastifyRequest,
  { page, pagelen, offset }: Window,
  size: number,
) {
  const link = (to: number) => pageLink(publicUrl, request, String(to), pagelen);
  return {
    pagelen,
    size,
    page,
    ...(offset + pagelen < size && { next: link(page + 1) }),
    ...(page > 1 && { previous: link(page - 1) }),
  };
}

/** One page out of entries that are all at hand. */
export const slicePage = <Item>(all: readonly Item[], { offset, pagelen }: Window): Item[] =>
  all.slice(offset, offset + pagelen);
