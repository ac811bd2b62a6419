import type { FastifyRequest } from 'fastify';
import type { Html } from './html.ts';
import { noSuchPage, pagesOf } from './pages-of.ts';
import type { PaginationProps } from './pieces/index.ts';
import { queryPage, queryText } from './route.ts';

/** How many rows each of several lists on one page shows: all of them together stay under 60 KB. */
const ROWS_EACH = 10;

/** It stands in each link of each list. */
const LONGEST_KEPT = 300;

/** One of several lists on one page, each of which has pages of its own. */
export interface ListOnPage {
  /** The rows of the page that is asked for, as acts are asked for them. */
  readonly rows: { readonly offset: number; readonly limit: number };
  /**
   * @param size how many rows there are in all
   * @param isMore whether there are more than that, which were not counted
   */
  readonly pages: (size: number, isMore?: boolean) => PaginationProps;
  /** What else the address of the page holds, for a form that looks in this list by a field of this name: it begins at the first page. */
  readonly besides: (field: string) => Readonly<Record<string, string>>;
  /** Instead of the rows, where the page that is asked for is beyond the last one. */
  readonly missing: (size: number) => Html | undefined;
}

/** What of a list stands on its page, where the whole list had to be made to know what is in it. */
export const shownOf = <Row>(all: readonly Row[], { rows: { offset, limit } }: ListOnPage): readonly Row[] =>
  all.slice(offset, offset + limit);

/**
 * Which page of each list `?people=2&groups=3` asks for, by their names, which are the ids of their sections as well: whoever
 * turns a page comes back to where the list is, with the other lists as they were.
 *
 * @param href the address of the page itself
 * @param kept what else of the query belongs to the page
 */
export function listsOnPage<Name extends string>(
  request: FastifyRequest,
  href: string,
  names: Readonly<Record<Name, string>>,
  kept: readonly string[] = [],
): Readonly<Record<Name, ListOnPage>> {
  const all = Object.keys(names);
  const queryAt = (name: string, number: number): URLSearchParams => {
    const query = new URLSearchParams();
    for (const each of kept) {
      const value = queryText(request, each).slice(0, LONGEST_KEPT);
      if (value !== '') query.set(each, value);
    }
    for (const each of all) {
      const at = each === name ? number : queryPage(request, each);
      if (at > 1) query.set(each, String(at));
    }
    return query;
  };
  const list = (name: string, words: string): ListOnPage => {
    const page = queryPage(request, name);
    const pageHref = (number: number): string => {
      const query = queryAt(name, number);
      return `${href}${query.size === 0 ? '' : `?${query.toString()}`}#${name}`;
    };
    return {
      rows: { offset: (page - 1) * ROWS_EACH, limit: ROWS_EACH },
      pages: (size, isMore) => ({
        ...pagesOf(page, ROWS_EACH, size, pageHref, isMore),
        label: `Pages of ${words}`,
      }),
      besides: (field) => Object.fromEntries([...queryAt(name, 1)].filter(([key]) => key !== field)),
      missing: (size) => noSuchPage(page, ROWS_EACH, size, pageHref),
    };
  };
  return Object.fromEntries(
    Object.entries<string>(names).map(([name, words]) => [name, list(name, words)]),
  ) as Record<Name, ListOnPage>;
}
