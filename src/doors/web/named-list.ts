import type { FastifyRequest } from 'fastify';
import type { Html, Renderable } from './html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from './pages-of.ts';
import { emptyState, nameSearch, type PaginationProps } from './pieces/index.ts';
import { queryName, queryPage } from './route.ts';

/** A list in pages in which one finds people and other things by letters of their names. */
export interface NamedList {
  /** The rows that are asked for, as acts are asked for them. */
  readonly rows: { readonly named: string; readonly offset: number; readonly limit: number };
  /** The search; none where everything stands on one page. @param size how many rows there are of what was looked for */
  readonly search: (size: number) => Renderable;
  readonly pages: (size: number) => PaginationProps;
  /** Shown instead of the rows where there are none on this page; undefined where there is nothing at all. */
  readonly nothing: (size: number) => Html | undefined;
}

/**
 * What `?name=ada&page=2` asks for.
 *
 * @param href the address of the list itself
 * @param label what is searched, read out
 * @param words what is looked into, where it is not the name alone
 */
export function namedList(request: FastifyRequest, href: string, label: string, words?: string): NamedList {
  const page = queryPage(request);
  const named = queryName(request, 'name');
  const pageHref = (number: number): string => {
    const query = new URLSearchParams({
      ...(named !== '' && { name: named }),
      ...(number > 1 && { page: String(number) }),
    }).toString();
    return query === '' ? href : `${href}?${query}`;
  };
  return {
    rows: { named, ...rowsOf(page) },
    search: (size) =>
      (size > PAGE_LENGTH || named !== '') &&
      nameSearch({ label, action: href, name: 'name', value: named, words }),
    pages: (size) => pagesOf(page, PAGE_LENGTH, size, pageHref),
    nothing: (size) =>
      noSuchPage(page, PAGE_LENGTH, size, pageHref) ??
      (named === ''
        ? undefined
        : emptyState({
            title: 'Nothing was found',
            body: `No name here is like “${named}”. Try a shorter part of it.`,
            action: { label: 'Show all', href },
          })),
  };
}
