import { CALLERS, type Caller } from './callers.ts';
import { REPOSITORY_TARGETS, WORKSPACE_TARGETS } from './lay.ts';
import type { Target } from './oracle.ts';
import { ROWS, rowName, type Row } from './routes.ts';

/** One question of the matrix. */
export interface Cell {
  readonly row: Row;
  readonly caller: Caller;
  readonly target: Target;
}

/** One’s own account, that of another, and one that is not there. */
const ACCOUNTS = ['themselves', 'hal', 'nobody-here'] as const;

/** Both ends of a transfer: allowed; to a workspace that cannot be seen, where nothing may be made, that is not there. */
const DESTINATIONS = ['annex', 'elsewhere', 'guild', 'nowhere'] as const;

/** Everything that a route can be asked of. */
export function targetsOf({ url }: Row): readonly Target[] {
  const isCreation = url.startsWith('/2.0/repositories/');
  if (url.includes(':destination')) {
    return REPOSITORY_TARGETS.flatMap((repository) =>
      DESTINATIONS.map((destination) => ({ repository, destination })),
    );
  }
  if (url.includes('/2.0/users/:user')) return ACCOUNTS.map((account) => ({ account }));
  if (url.includes(':repository')) return REPOSITORY_TARGETS.map((repository) => ({ repository }));
  if (url.includes(':workspace') || isCreation) return WORKSPACE_TARGETS.map((workspace) => ({ workspace }));
  return [{}];
}

/** POST of a repository names one that is not there, and is about its workspace alone. */
const isMaking = (row: Row): boolean => row.rule === 'create' && row.door === 'rest' && row.method === 'POST';

const targetsFor = (row: Row): readonly Target[] =>
  isMaking(row) ? WORKSPACE_TARGETS.map((workspace) => ({ workspace })) : targetsOf(row);

/** Whoever sends a cookie and no header reads as a browser, and everybody else here as a program. */
const reaches = ({ way, secret }: Caller, { asker }: Row): boolean =>
  asker === undefined || (asker === 'browser') === (secret === 'session' || way === 'secret as cookie');

/** Every cell, in the order of the routes. */
export const everyCell = (rows: readonly Row[] = ROWS): Cell[] =>
  rows.flatMap((row) =>
    targetsFor(row).flatMap((target) =>
      CALLERS.filter((caller) => reaches(caller, row)).map((caller): Cell => ({ row, caller, target })),
    ),
  );

export const targetName = ({ repository, workspace, destination, account }: Target): string =>
  [
    repository ?? workspace ?? account ?? 'the host',
    ...(destination === undefined ? [] : [destination]),
  ].join(' to ');

/** More values than all dimensions have together. */
const MOST_VALUES = 4096;

/** What a cell is in each dimension. `HEAD` is the route that it repeats. */
function dimensionsOf({ row, caller, target }: Cell): readonly string[] {
  const method = row.method === 'HEAD' ? 'GET' : row.method;
  return [
    `route ${rowName({ ...row, method })}`,
    `who ${JSON.stringify(caller.holder)} ${caller.secret}`,
    `way ${caller.secret} ${caller.way}`,
    `state ${caller.secret} ${caller.state}`,
    `scopes ${caller.secret} ${caller.scopeSet}`,
    `bound ${caller.bound}`,
    `target ${targetName(target)}`,
  ];
}

/**
 * Few cells in which every pair of values of two dimensions that occurs at all occurs once more, and every route as it is
 * written with everybody who asks. The same ones each time. Greedy: those that bring many new pairs are taken first.
 */
export function pairedCells(cells: readonly Cell[]): Cell[] {
  const numbers = new Map<string, number>();
  const numberOf = (value: string): number => {
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
  let waiting = shuffled(cells).map((cell) => {
    const values = dimensionsOf(cell);
    const [, who = ''] = values;
    const asWritten = [rowName(cell.row), who];
    return { cell, pairs: [...pairsOf(values.map(numberOf)), ...pairsOf(asWritten.map(numberOf))] };
  });
  const seen = new Uint8Array((MOST_VALUES + 1) ** 2);
  const taken = new Set<Cell>();
  for (const enough of [16, 12, 8, 6, 4, 3, 2, 1]) {
    waiting = waiting.filter((each) => {
      const fresh = each.pairs.filter((pair) => seen[pair] === 0);
      if (fresh.length < enough) return fresh.length > 0;
      for (const pair of fresh) seen[pair] = 1;
      taken.add(each.cell);
      return false;
    });
  }
  return cells.filter((cell) => taken.has(cell));
}

const pairsOf = (values: readonly number[]): number[] =>
  values.flatMap((first, index) => values.slice(index + 1).map((second) => first * MOST_VALUES + second));

/** Always the same order, and no order of anything. */
function shuffled(cells: readonly Cell[]): Cell[] {
  const list = [...cells];
  let state = 1;
  for (let index = list.length - 1; index > 0; index--) {
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (index + 1);
    const [a, b] = [list[index], list[other]];
    if (a === undefined || b === undefined) continue;
    list[index] = b;
    list[other] = a;
  }
  return list;
}
