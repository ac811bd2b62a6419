import type { Bench } from '../bench.ts';
import { costOf } from '../measure/process-group.ts';
import { paired, type Row } from '../row.ts';
import type { GitServer } from '../yardsticks/server.ts';
import { allBut, drain } from './fetches.ts';

/** What a full clone that nobody asked for before costs the server, beside the same from a server that keeps nothing. */
export async function firstClone(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey();
  await bench.provide('large');
  const nginx = (await bench.nginx())?.guarded;
  if (nginx === undefined) return [];
  const tips = await bench.tips('large');
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let pair = 0; pair < bench.pairs; pair++) {
    // From the other end than in other parts, so that no request was made before.
    const wants = allBut(tips, tips.length - 3 - pair);
    const cpuOf = async (server: GitServer): Promise<number> =>
      (await costOf(server.group, async () => void (await drain(server, 'large', wants, 1)))).cpu;
    if (pair % 2 === 0) ours.push(await cpuOf(latchkey));
    theirs.push(await cpuOf(nginx));
    if (pair % 2 === 1) ours.push(await cpuOf(latchkey));
  }
  const about = {
    work: 'first full clone, one client (its answer, drained)',
    measure: 'server CPU',
    repository: bench.describe('large'),
    unit: 's',
    bar: { is: 'at most', limit: 1.15 },
  } as const;
  return [paired(about, ours, nginx.name, theirs)];
}
