import type { Html } from './html.ts';
import { emptyState, type PaginationProps } from './pieces/index.ts';

/** How many rows one page of a table holds. */
export const PAGE_LENGTH = 25;

/** The rows of a page of such a table, by its number from 1, as acts are asked for them. */
export const rowsOf = (page: number) => ({ offset: (page - 1) * PAGE_LENGTH, limit: PAGE_LENGTH });

/**
 * Where a page of a list is, in words, and the addresses of its neighbours.
 *
 * @param href the address of a page by its number, from 1
 * @param isMore whether there are more of them than `total`, which were not counted
 */
export function pagesOf(
  page: number,
  perPage: number,
  total: number,
  href: (page: number) => string,
  isMore = false,
): PaginationProps {
  const from = (page - 1) * perPage;
  if (total <= perPage && page === 1 && !isMore) return {};
  return {
    summary:
      from >= total
        ? `Nothing beyond ${total}`
        : `${from + 1}–${Math.min(total, from + perPage)} of ${isMore ? 'more than ' : ''}${total.toLocaleString('en')}`,
    ...(page > 1 && { previous: href(page - 1) }),
    ...((from + perPage < total || isMore) && { next: href(page + 1) }),
  };
}

/** Instead of a list of which there are pages, but not this one; undefined where the list is empty. */
export function noSuchPage(
  page: number,
  perPage: number,
  total: number,
  href: (page: number) => string,
): Html | undefined {
  const last = Math.ceil(total / perPage);
  if (last === 0 || page <= last) return undefined;
  return emptyState({
    title: `There is no page ${page}`,
    body: last === 1 ? 'Everything stands on one page.' : `The last one is page ${last}.`,
    action: { label: `Go to page ${last}`, href: href(last) },
  });
}
