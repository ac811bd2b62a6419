import { setImmediate } from 'node:timers/promises';
import type { RowOrder } from '../../pull-requests/index.ts';
import type { Paged, Window } from '../paged.ts';

/** Of what holds a text: so few that none of them, put through a filter, keeps others waiting. */
const AT_ONCE = 20;

/** What is asked of a list of comments or tasks. */
export interface ChosenWindow<Row> extends Window {
  /** Those that pass; all where it is left out. */
  readonly matches?: (row: Row) => boolean;
  /** The oldest first where it is left out. */
  readonly sort?: RowOrder;
}

export const OLDEST_FIRST = { by: 'id', descending: false } as const;

/**
 * A page of the rows behind these ids that pass. Few rows are in memory at a time, whatever the list holds.
 *
 * @param ids all there are, in the order of the list
 * @param read gives each of these that is there
 */
export async function chooseRows<Row>(
  ids: readonly number[],
  read: (ids: readonly number[]) => Promise<ReadonlyMap<number, Row>>,
  { offset, limit, matches }: ChosenWindow<Row>,
): Promise<Paged<Row>> {
  const chosen = matches === undefined ? ids : await passing(ids, read, matches);
  const page = chosen.slice(offset, offset + limit);
  const found = await read(page);
  return { rows: page.flatMap((id) => found.get(id) ?? []), size: chosen.length };
}

async function passing<Row>(
  ids: readonly number[],
  read: (ids: readonly number[]) => Promise<ReadonlyMap<number, Row>>,
  matches: (row: Row) => boolean,
): Promise<number[]> {
  const chosen: number[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const part = ids.slice(start, start + AT_ONCE);
    const rows = await read(part);
    for (const id of part) {
      const row = rows.get(id);
      if (row !== undefined && matches(row)) chosen.push(id);
    }
    await setImmediate();
  }
  return chosen;
}
