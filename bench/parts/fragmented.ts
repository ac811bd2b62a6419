import { setTimeout as wait } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { git } from '../measure/git-client.ts';
import { costOf } from '../measure/process-group.ts';
import { pushSteps } from '../repositories/cache.ts';
import { alone, compared, type Row } from '../row.ts';
import type { GitServer } from '../yardsticks/server.ts';
import { allBut, drain } from './fetches.ts';

const MINUTE_MS = 60_000;

/** A repository of 61 pushes, cloned a minute after the last of them; on the other side it stays as it was pushed. */
export async function fragmented(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey();
  const nginx = (await bench.nginx())?.guarded;
  if (nginx === undefined) return [];
  await bench.provideEmpty('pushes', await bench.repositories.path('pushes'));
  const large = await bench.repositories.path('large');
  for (const refspecs of await pushSteps(large)) {
    await git(['-C', large, 'push', '--quiet', latchkey.address('pushes'), ...refspecs]);
  }
  const maintenance = await costOf(latchkey.group, () => wait(MINUTE_MS));
  const tips = await bench.tips('pushes');
  const cpu = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < bench.rounds; round++) {
    const wants = allBut(tips, round);
    const cpuOf = async (server: GitServer): Promise<number> =>
      (await costOf(server.group, async () => void (await drain(server, 'pushes', wants, 1)))).cpu;
    cpu.ours.push(await cpuOf(latchkey));
    cpu.theirs.push(await cpuOf(nginx));
  }
  const about = { repository: bench.describe('pushes'), unit: 's', measure: 'server CPU' } as const;
  const work = 'clone a minute after the last of 61 pushes (its answer, drained, empty cache)';
  return [
    compared({ ...about, work, bar: { is: 'at most', limit: 1 / 3 } }, cpu.ours, nginx.name, cpu.theirs),
    alone({ ...about, work: 'that minute', measure: 'CPU of maintenance and of being idle' }, [
      maintenance.cpu,
    ]),
  ];
}
