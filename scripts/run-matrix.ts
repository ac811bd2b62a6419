/**
 * The conformance matrix: every route × every way of asking × every target, over the wire, against an oracle of its own.
 *
 *     npm run matrix               all of it; writes docs/conformance.md when every cell is as it must be
 *     npm run matrix -- --pairs    only so many cells that each pair of values occurs
 *     npm run matrix -- --only TEXT   only routes whose method and address contain TEXT
 *
 * Ends with code 1 and names the cells that are not as they must be.
 */
import { writeFile } from 'node:fs/promises';
import { everyCell, pairedCells } from '../test/matrix/cells.ts';
import { conformancePage } from '../test/matrix/report.ts';
import { ROWS, rowName } from '../test/matrix/routes.ts';
import { runCells } from '../test/matrix/run.ts';
import { Template } from '../test/matrix/world.ts';

const SHOWN = 200;

const [, , ...words] = process.argv;
const at = words.indexOf('--only');
const only = at === -1 ? '' : (words[at + 1] ?? '');
const pairs = words.includes('--pairs');

const every = everyCell(ROWS.filter((row) => rowName(row).includes(only)));
const cells = pairs ? pairedCells(every) : every;
const template = await Template.build();
try {
  const outcome = await runCells(template, cells);
  for (const fault of outcome.faults.slice(0, SHOWN)) console.log(fault);
  console.log(
    `${outcome.cells} cells, ${outcome.faults.length} not as they must be; ${outcome.allowedRuns} admitted requests were made, ${outcome.represented} are represented by another of their class.`,
  );
  if (outcome.faults.length > 0) process.exitCode = 1;
  else if (!pairs && only === '') await writeFile('docs/conformance.md', conformancePage(cells, outcome));
} finally {
  await template.remove();
}
