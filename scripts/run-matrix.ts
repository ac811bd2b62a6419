/**
 * The conformance matrix: every route × every way of asking × every target, over the wire, against an oracle of its own.
 *
 *     npm run matrix               all of it; writes docs/conformance.md when every cell is as it must be
 *     npm run matrix -- --pairs    only so many cells that each pair of values occurs
 *     npm run matrix -- --only TEXT --by TEXT
 *                                  only routes, and only askers, whose name contains TEXT
 *     npm run matrix -- --template FOLDER
 *                                  on a world that is built already, and stays
 *
 * Ends with code 1 and names the cells that are not as they must be.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callerName } from '../test/matrix/callers.ts';
import { everyCell, pairedCells } from '../test/matrix/cells.ts';
import { planOf } from '../test/matrix/plan.ts';
import { conformancePage } from '../test/matrix/report.ts';
import { ROWS, rowName } from '../test/matrix/routes.ts';
import { runPlan } from '../test/matrix/run.ts';
import { Template } from '../test/matrix/world.ts';

const [, , ...words] = process.argv;
const wordAfter = (name: string): string => {
  const at = words.indexOf(name);
  return at === -1 ? '' : (words[at + 1] ?? '');
};
const [only, by, built] = [wordAfter('--only'), wordAfter('--by'), wordAfter('--template')];
const pairs = words.includes('--pairs');

const every = everyCell(ROWS.filter((row) => rowName(row).includes(only))).filter(({ caller }) =>
  callerName(caller).includes(by),
);
const plan = planOf(pairs ? pairedCells(every) : every);
const folder = built === '' ? await mkdtemp(join(tmpdir(), 'latchkey-matrix-')) : built;
try {
  const template = await (built === '' ? Template.build(folder) : Template.at(folder));
  const faults = await runPlan(template, plan);
  await template.end();
  for (const fault of faults) console.log(fault);
  console.log(
    `${plan.cells} cells, ${faults.length} not as they must be; ${plan.looking.length + plan.changing.length} admitted requests were made, ${plan.represented} are represented by another of their class.`,
  );
  if (faults.length > 0) process.exitCode = 1;
  else if (!pairs && only === '' && by === '') await writeFile('docs/conformance.md', conformancePage(plan));
} finally {
  if (built === '') await rm(folder, { recursive: true, force: true });
}
