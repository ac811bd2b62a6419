import type { Bench } from '../bench.ts';
import { infoRefs } from '../measure/git-requests.ts';
import { load } from '../measure/load.ts';
import { alone, type Row } from '../row.ts';
import { knowsWorkers } from '../yardsticks/latchkey.ts';
import { setTimeout as wait } from 'node:timers/promises';

const WORKERS = 2;
const SETTLE_MS = 3_000;

/** How soon a host that ran before answers again, with its gate, and what it takes when nobody asks anything. */
export async function start(bench: Bench): Promise<Row[]> {
  await bench.latchkey({ workers: WORKERS });
  await bench.provide('polled');
  const seconds: number[] = [];
  const memory: number[] = [];
  const each: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    await bench.stopLatchkey();
    const begun = performance.now();
    const server = await bench.latchkey({ workers: WORKERS });
    const answer = await fetch(server.url + infoRefs(server.path('polled'), undefined).path, {
      headers: { Authorization: server.authorization ?? '' },
    });
    seconds.push((performance.now() - begun) / 1000);
    if (answer.status !== 200) throw new Error(`The first answer was ${answer.status}.`);
    await answer.bytes();
    // Every worker has answered something before its memory counts.
    await load({
      url: server.url,
      requests: [infoRefs(server.path('polled'), server.authorization)],
      connections: 8,
      count: 80,
    });
    await wait(SETTLE_MS);
    const total = server.group.memoryBytes() / 1e6;
    memory.push(total);
    each.push(total / (knowsWorkers() ? WORKERS : 1));
  }
  const about = { repository: bench.describe('polled') } as const;
  return [
    alone(
      {
        ...about,
        work: 'second start',
        measure: 'until the first answer',
        unit: 's',
        bar: { is: 'at most', limit: 0.6 },
      },
      seconds,
    ),
    alone(
      {
        ...about,
        work: `idle, ${knowsWorkers() ? 'two workers' : 'one process'}`,
        measure: 'memory of everything, shared out to the workers',
        unit: 'MB',
        bar: { is: 'at most', limit: 110 },
      },
      each,
    ),
    alone(
      {
        ...about,
        work: `idle, ${knowsWorkers() ? 'two workers' : 'one process'}`,
        measure: 'memory of everything',
        unit: 'MB',
      },
      memory,
    ),
  ];
}
