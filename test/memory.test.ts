import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from './support/run.ts';

const memory = fileURLToPath(new URL('../src/memory.ts', import.meta.url));

/** Prints how many megabytes the young part of the heap takes: when much was made, a while later, and when much was made again. */
const PROGRAM = `
  import { setTimeout as delay } from 'node:timers/promises';
  import { getHeapSpaceStatistics } from 'node:v8';
  import { holdMemoryDown } from ${JSON.stringify(memory)};
  const young = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 1e6;
  const make = () => Array.from({ length: 300_000 }, (_, index) => ({ index, list: [index] })).length;
  make();
  const grown = young();
  holdMemoryDown();
  await delay(1_500);
  const given = young();
  make();
  console.log(JSON.stringify({ grown, given, again: young() }));
`;

test('what a start took of the young part of the heap is given back, and it grows no more', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
  const { grown, given, again } = JSON.parse(stdout) as Record<'grown' | 'given' | 'again', number>;
  expect(grown).toBeGreaterThan(8);
  expect(given).toBeLessThan(3);
  expect(again).toBeLessThan(5);
});
