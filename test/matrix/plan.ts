import { targetName, type Cell } from './cells.ts';
import { expected, type Verdict } from './oracle.ts';
import { rowName, type Row } from './routes.ts';

/** A cell, and what the oracle says of it. */
export interface Expectation {
  readonly cell: Cell;
  readonly verdict: Verdict;
}

/** What a run asks, before anything is asked. */
export interface Plan {
  readonly cells: number;
  /** By door, rule and verdict; the key is `countKey`. */
  readonly counts: ReadonlyMap<string, number>;
  readonly refused: readonly Expectation[];
  /** Admitted, and changes nothing. */
  readonly looking: readonly Expectation[];
  /** Admitted and changes something: one of each class of route, way of asking, bound and target. */
  readonly changing: readonly Expectation[];
  /** Cells for which one of `changing` stands. */
  readonly represented: number;
}

const CHANGING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Whether a request to it that is admitted may change something. */
export const changes = (row: Row): boolean => CHANGING.has(row.method) && row.reads !== true;

export const countKey = (door: string, rule: string, verdict: string): string =>
  JSON.stringify([door, rule, verdict]);

export function planOf(cells: Iterable<Cell>): Plan {
  let count = 0;
  const counts = new Map<string, number>();
  const refused: Expectation[] = [];
  const looking: Expectation[] = [];
  const classes = new Map<string, Expectation>();
  let changing = 0;
  for (const cell of cells) {
    count += 1;
    const { row, caller, target } = cell;
    const verdict = expected(row, caller, target);
    const key = countKey(row.door, row.rule, verdict);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const each = { cell, verdict };
    if (verdict !== 'allowed') refused.push(each);
    else if (!changes(row)) looking.push(each);
    else {
      changing += 1;
      const kind = [rowName(row), caller.secret, caller.way, caller.bound, targetName(target)].join(' · ');
      if (!classes.has(kind)) classes.set(kind, each);
    }
  }
  return {
    cells: count,
    counts,
    refused,
    looking,
    changing: [...classes.values()],
    represented: changing - classes.size,
  };
}
