/**
 * Measures Latchkey beside other servers, in the same run and on the same repositories, and prints a table of ratios.
 *
 *     npm run bench -- [--part NAME]… [--rounds 5] [--pairs 40] [--repository PATH] [--list]
 *
 * Servers are asked in turn (A B A B); bars near 1 are measured in pairs (A B B A). Everything speaks over loopback, and
 * everything that was started ends with the run. A run of five rounds or more writes docs/performance.md.
 */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.ts';
import { Bench } from './bench.ts';
import { endAll } from './measure/process-group.ts';
import { isPart, PARTS, type PartName } from './parts/index.ts';
import { writePart } from './results.ts';
import { isMet, type Row } from './row.ts';
import { tableOf } from './table.ts';

const ROUNDS_THAT_COUNT = 5;
const PAIRS_THAT_COUNT = 40;

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true },
    rounds: { type: 'string', default: String(ROUNDS_THAT_COUNT) },
    pairs: { type: 'string' },
    repository: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a whole number from 1.`);
  return number;
}

function chosenParts(): PartName[] {
  const names = values.part ?? Object.keys(PARTS);
  const unknown = names.find((name) => !isPart(name));
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}"; --list names them.`);
  return names.filter(isPart);
}

async function measure(parts: readonly PartName[]): Promise<void> {
  await build();
  const rounds = wholeNumber('rounds', values.rounds);
  const pairs =
    values.pairs === undefined
      ? rounds < ROUNDS_THAT_COUNT
        ? rounds * 2
        : PAIRS_THAT_COUNT
      : wholeNumber('pairs', values.pairs);
  const bench = new Bench({
    rounds,
    pairs,
    ...(values.repository !== undefined && { repository: resolve(values.repository) }),
  });
  const counts = rounds >= ROUNDS_THAT_COUNT && pairs >= PAIRS_THAT_COUNT;
  let ended = false;
  const end = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    await endAll();
    rmSync(bench.folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void end().finally(() => process.exit(130)));
  }
  const all: Row[] = [];
  try {
    for (const part of parts) {
      const begun = performance.now();
      process.stderr.write(`${part}: ${PARTS[part].about}\n`);
      const rows = await PARTS[part].run(bench);
      process.stderr.write(`${part}: ${Math.round((performance.now() - begun) / 1000)} s\n`);
      all.push(...rows);
      if (rows.length === 0) continue;
      process.stdout.write(`${tableOf(rows)}\n\n`);
      if (counts) writePart(part, rows, commandOf(part));
    }
  } finally {
    await end();
  }
  if (parts.length > 1) process.stdout.write(`${tableOf(all)}\n`);
  const missed = all.filter((row) => isMet(row) === false);
  process.stdout.write(
    `\n${all.filter((row) => isMet(row) === true).length} bars met, ${missed.length} missed.\n`,
  );
}

const commandOf = (part: PartName): string =>
  `npm run bench -- --part ${part} --rounds ${values.rounds}${values.repository === undefined ? '' : ` --repository ${values.repository.split('/').at(-1)}`}`;

const HELP = `npm run bench -- [options]

Measures Latchkey beside nginx with git-http-backend, node-git-server and the floors, in one run, and prints ratios.

  --part NAME        only this part; may be given several times
  --rounds N         rounds of each part (5); fewer only try it out, and docs/performance.md is left as it is
  --pairs N          pairs of what is measured in pairs (40)
  --repository PATH  measures this repository in place of the generated ones
  --list             names the parts
`;

try {
  if (values.help) {
    process.stdout.write(HELP);
  } else if (values.list) {
    for (const [name, { about }] of Object.entries(PARTS))
      process.stdout.write(`${name.padEnd(17)} ${about}\n`);
  } else {
    await measure(chosenParts());
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
