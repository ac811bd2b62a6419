import { callerName } from './callers.ts';
import { targetName, type Cell } from './cells.ts';
import { digestOf } from './digest.ts';
import { expected, type Verdict } from './oracle.ts';
import { ask, heard, requestOf } from './requests.ts';
import { rowName, rowProblems } from './routes.ts';
import type { Template, World } from './world.ts';

/** A cell that did not come out as it must, in one line. */
export type Fault = string;

export interface Outcome {
  /** Cells by door, rule and verdict, as the oracle says. */
  readonly counts: ReadonlyMap<string, number>;
  readonly cells: number;
  readonly allowedRuns: number;
  /** Cells whose class was run on a copy already, by another. */
  readonly represented: number;
  readonly faults: readonly Fault[];
}

const CHANGING = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

const cellName = ({ row, caller, target }: Cell): string =>
  `${rowName(row)} · ${callerName(caller)} · ${targetName(target)}`;

/**
 * Puts every cell to a copy of the world, over the wire. What must be refused is asked of one copy, whose digest must stay
 * as it was; so is what is admitted to look only. What is admitted to change something is asked once for each class of
 * route, kind of asker, bound and target, each time on a copy of its own. Throws when a route has no row.
 */
export async function runCells(template: Template, cells: readonly Cell[]): Promise<Outcome> {
  const world = await template.copy();
  try {
    const problems = rowProblems(world.routes);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    const faults: Fault[] = [];
    const verdicts = cells.map((cell) => ({ cell, verdict: expected(cell.row, cell.caller, cell.target) }));
    const changes = ({ cell, verdict }: (typeof verdicts)[number]) =>
      verdict === 'allowed' && CHANGING.has(cell.row.method) && cell.row.reads !== true;

    const refused = verdicts.filter(({ verdict }) => verdict !== 'allowed');
    await askRefused(template, world, refused, faults);
    const looking = verdicts.filter((each) => each.verdict === 'allowed' && !changes(each));
    for (const each of looking) await askOne(template, world, each, faults);

    const classes = new Map<string, (typeof verdicts)[number]>();
    const changing = verdicts.filter(changes);
    for (const each of changing) {
      const { row, caller, target } = each.cell;
      const key = [rowName(row), caller.secret, caller.way, caller.bound, targetName(target)].join(' · ');
      if (!classes.has(key)) classes.set(key, each);
    }
    for (const each of classes.values()) await askOnCopy(template, each, faults);

    const counts = new Map<string, number>();
    for (const { cell, verdict } of verdicts) {
      const key = JSON.stringify([cell.row.door, cell.row.rule, verdict]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const represented = changing.length - classes.size;
    const allowedRuns = looking.length + classes.size;
    return { counts, cells: cells.length, allowedRuns, represented, faults };
  } finally {
    await world.close();
  }
}

interface Expectation {
  readonly cell: Cell;
  readonly verdict: Verdict;
}

async function askOne(
  template: Template,
  world: World,
  { cell, verdict }: Expectation,
  faults: Fault[],
): Promise<void> {
  const answer = await ask(world, requestOf(cell, template.made), cell.row.door);
  const said = heard(cell, answer);
  if (said !== verdict) faults.push(`${cellName(cell)}: must be ${verdict}, was ${said} (${answer.status})`);
}

/** Route by route, so that what changed something is known by its route. */
async function askRefused(
  template: Template,
  world: World,
  refused: readonly Expectation[],
  faults: Fault[],
): Promise<void> {
  let before = await digestOf(world);
  const byRoute = new Map<string, Expectation[]>();
  for (const each of refused) {
    const name = rowName(each.cell.row);
    byRoute.set(name, [...(byRoute.get(name) ?? []), each]);
  }
  for (const [name, list] of byRoute) {
    for (const each of list) await askOne(template, world, each, faults);
    const after = await digestOf(world);
    if (after !== before)
      faults.push(`${name}: a request that must be refused changed the state of the host`);
    before = after;
  }
}

async function askOnCopy(template: Template, each: Expectation, faults: Fault[]): Promise<void> {
  const world = await template.copy();
  try {
    await askOne(template, world, each, faults);
  } finally {
    await world.close();
  }
}
