import { callerName } from './callers.ts';
import { targetName, type Cell } from './cells.ts';
import { digestOf, RepeatedDigest } from './digest.ts';
import { changes, type Expectation, type Plan } from './plan.ts';
import { ask, heard, requestOf } from './requests.ts';
import { rowName, rowProblems } from './routes.ts';
import type { Template, World } from './world.ts';

const cellName = ({ row, caller, target }: Cell): string =>
  `${rowName(row)} · ${callerName(caller)} · ${targetName(target)}`;

/**
 * Puts every cell to a copy of the world, over the wire, and answers with those that did not come out as they must, one
 * line each. What must be refused is asked of one copy, whose digest must stay as it was; so is what is admitted to look
 * only. What is admitted to change something is asked of a copy of its own. Throws when a route has no row.
 */
export async function runPlan(template: Template, plan: Plan): Promise<string[]> {
  const faults: string[] = [];
  await askRefused(template, plan.refused, faults);
  const world = await template.copy();
  try {
    const untouched = await digestOf(world, ['credential_use']);
    const waiting = plan.looking[Symbol.iterator]();
    const askRest = async () => {
      for (const each of waiting) await askOne(template, world, each, faults);
    };
    // Most of it is waiting for Git.
    await Promise.all([askRest(), askRest(), askRest(), askRest()]);
    if ((await digestOf(world, ['credential_use'])) !== untouched)
      faults.push('Requests that only look changed the state of the host.');
  } finally {
    await world.close();
  }
  for (const each of plan.changing) {
    const copy = await template.copy();
    try {
      await askOne(template, copy, each, faults);
    } finally {
      await copy.close();
    }
  }
  return faults;
}

/** Whether it came out as it must. */
async function askOne(
  template: Template,
  world: World,
  { cell, verdict }: Expectation,
  faults: string[],
): Promise<boolean> {
  const answer = await ask(world, requestOf(cell, template.made), cell.row.door);
  const said = heard(cell, answer);
  if (said !== verdict) faults.push(`${cellName(cell)}: must be ${verdict}, was ${said} (${answer.status})`);
  return said === verdict;
}

/**
 * Route by route, so that what changed something is known by its route. After a request that was admitted and may have
 * changed something the others go to a new copy, so that each fault is one of its own.
 */
async function askRefused(
  template: Template,
  refused: readonly Expectation[],
  faults: string[],
): Promise<void> {
  let world = await template.copy();
  let digest = new RepeatedDigest(world);
  const leave = async () => {
    digest.close();
    await world.close();
  };
  try {
    const problems = rowProblems(world.routes);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    let before = await digest.now();
    for (const [name, list] of Map.groupBy(refused, ({ cell }) => rowName(cell.row))) {
      for (const each of list) {
        if (await askOne(template, world, each, faults)) continue;
        if (!changes(each.cell.row)) continue;
        await leave();
        world = await template.copy();
        digest = new RepeatedDigest(world);
      }
      const after = await digest.now();
      if (after !== before)
        faults.push(`${name}: a request that must be refused changed the state of the host`);
      before = after;
    }
  } finally {
    await leave();
  }
}
