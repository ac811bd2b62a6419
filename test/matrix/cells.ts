import { CALLERS, HAVE_SCOPES, type Caller } from './callers.ts';
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
const reads = ({ way, secret }: Caller, { asker }: Row): boolean =>
  asker === undefined || (asker === 'browser') === (secret === 'session' || way === 'secret as cookie');

/**
 * That pages take no credential, whatever it holds, app passwords show scope by scope: what else holds scopes comes to them
 * with all.
 */
const isShown = ({ secret, scopeSet }: Caller, { door }: Row): boolean =>
  door === 'web' && secret !== 'app password' && HAVE_SCOPES.includes(secret) && scopeSet !== 'every scope';

const reaches = (caller: Caller, row: Row): boolean => reads(caller, row) && !isShown(caller, row);

/** Every cell, in the order of the routes, one at a time: together they are more than a process should carry with it. */
export function* everyCell(rows: readonly Row[] = ROWS): Generator<Cell> {
  for (const row of rows)
    for (const target of targetsFor(row))
      for (const caller of CALLERS) if (reaches(caller, row)) yield { row, caller, target };
}

export const targetName = ({ repository, workspace, destination, account }: Target): string =>
  [
    repository ?? workspace ?? account ?? 'the host',
    ...(destination === undefined ? [] : [destination]),
  ].join(' to ');

/** More values than all dimensions have together. */
const MOST_VALUES = 4096;

/** What a cell is in each dimension. `HEAD` is the route that it repeats; the last is the route as it is written. */
const dimensionsOf = {
  caller: ({ holder, secret, way, state, scopeSet, bound }: Caller): readonly string[] => [
    `who ${JSON.stringify(holder)} ${secret}`,
    `way ${secret} ${way}`,
    `state ${secret} ${state}`,
    `scopes ${secret} ${scopeSet}`,
    `bound ${bound}`,
  ],
  target: (target: Target): readonly string[] => [`target ${targetName(target)}`],
  row: (row: Row): readonly string[] => [
    `route ${rowName({ ...row, method: row.method === 'HEAD' ? 'GET' : row.method })}`,
    `as written ${rowName(row)}`,
  ],
};
const DIMENSIONS = 8;
const [WHO, AS_WRITTEN] = [0, 7];

/**
 * Few cells in which every pair of values of two dimensions that occurs at all occurs once more, and every route as it is
 * written with everybody who asks. The same ones each time. Greedy: those that bring many new pairs are taken first.
 */
export function pairedCells(every: Iterable<Cell>): Cell[] {
  const cells = [...every];
  const values = valuesOf(cells);
  const seen = new Uint8Array((MOST_VALUES + 1) ** 2);
  const pairs = new Uint32Array((AS_WRITTEN * (AS_WRITTEN - 1)) / 2 + 1);
  /** Leaves the pairs of a cell that were not seen yet at the beginning of `pairs`, and answers how many they are. */
  const freshOf = (cell: number): number => {
    let fresh = 0;
    const look = (one: number, other: number) => {
      const [first = 0, second = 0] = [values[cell * DIMENSIONS + one], values[cell * DIMENSIONS + other]];
      const pair = first * MOST_VALUES + second;
      if (seen[pair] === 0) pairs[fresh++] = pair;
    };
    for (let one = 0; one < AS_WRITTEN; one++)
      for (let other = one + 1; other < AS_WRITTEN; other++) look(one, other);
    look(AS_WRITTEN, WHO);
    return fresh;
  };
  let waiting = shuffled(cells.length);
  const taken: number[] = [];
  for (const enough of [16, 12, 8, 6, 4, 3, 2, 1]) {
    waiting = waiting.filter((cell) => {
      const fresh = freshOf(cell);
      if (fresh < enough) return fresh > 0;
      for (const pair of pairs.subarray(0, fresh)) seen[pair] = 1;
      taken.push(cell);
      return false;
    });
  }
  return taken.toSorted((a, b) => a - b).flatMap((cell) => cells[cell] ?? []);
}

/** A number for what each cell is in each dimension, cell by cell. */
function valuesOf(cells: readonly Cell[]): Uint16Array {
  const numbers = new Map<string, number>();
  const numberOf = (value: string): number => {
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
  const numbered = <Part extends object>(dimensions: (part: Part) => readonly string[]) => {
    const known = new Map<Part, readonly number[]>();
    return (part: Part): readonly number[] => {
      const before = known.get(part) ?? dimensions(part).map(numberOf);
      known.set(part, before);
      return before;
    };
  };
  const [ofCaller, ofTarget, ofRow] = [
    numbered(dimensionsOf.caller),
    numbered(dimensionsOf.target),
    numbered(dimensionsOf.row),
  ];
  const values = new Uint16Array(cells.length * DIMENSIONS);
  for (const [index, { row, caller, target }] of cells.entries())
    values.set([...ofCaller(caller), ...ofTarget(target), ...ofRow(row)], index * DIMENSIONS);
  return values;
}

/** The numbers below that one, always in the same order, and in no order of anything. */
function shuffled(length: number): number[] {
  const list = Array.from({ length }, (_, index) => index);
  let state = 1;
  for (let index = length - 1; index > 0; index--) {
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (index + 1);
    [list[index], list[other]] = [list[other] ?? 0, list[index] ?? 0];
  }
  return list;
}
