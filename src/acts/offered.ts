import type { Paged, Window } from './paged.ts';

/** What can be chosen somewhere: the first of it, and how much there is. What is more than one looks through is named by typing. */
export interface Offered<Row> {
  readonly first: readonly Row[];
  readonly size: number;
}

/** With what is like something that was typed and names none of it. */
export interface Searched<Row> extends Offered<Row> {
  readonly like: Paged<Row>;
}

const MOST = { offset: 0, limit: 25 };

/**
 * Offers what a list holds.
 *
 * @param page a page of those with these letters in a name
 * @param typed what names none of it; '' where nothing is looked for
 */
export async function offer<Row>(
  page: (which: Window & { readonly named: string }) => Promise<Paged<Row>>,
  typed: string,
): Promise<Searched<Row>> {
  const { rows, size } = await page({ named: '', ...MOST });
  const like = typed === '' ? { rows: [], size: 0 } : await page({ named: typed, ...MOST });
  return { first: rows, size, like };
}
