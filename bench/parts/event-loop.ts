import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import { infoRefs } from '../measure/git-requests.ts';
import { load } from '../measure/load.ts';
import { alone, type Row } from '../row.ts';

const CLONES = 16;
const probe = fileURLToPath(new URL('../measure/loop-probe.ts', import.meta.url));

interface Seen {
  /** Milliseconds. */
  readonly p99: number;
  readonly max: number;
}

/** Sixteen clones of sixteen branches, none asked for before, while the process that answers holds 800 MB that it has written to. */
export async function eventLoop(bench: Bench): Promise<Row[]> {
  const folder = join(bench.folder, 'loop');
  mkdirSync(folder, { recursive: true });
  const latchkey = await bench.latchkey({
    workers: 1,
    env: { NODE_OPTIONS: `--import ${probe}`, LATCHKEY_BENCH_LOOP: folder },
  });
  await bench.provide('large');
  const tips = await bench.tips('large');
  const ask = [infoRefs(latchkey.path('large'), latchkey.authorization)];
  await load({ url: latchkey.url, requests: ask, connections: 4, count: 16 });

  /** The worst of all processes that answered requests, since the last time; and begins anew. */
  const seen = async (): Promise<Seen> => {
    const pids = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => Number.parseInt(name, 10));
    for (const pid of pids) rmSync(join(folder, `${pid}.json`));
    for (const pid of pids) process.kill(pid, 'SIGUSR2');
    for (
      let tries = 0;
      readdirSync(folder).filter((name) => name.endsWith('.json')).length < pids.length && tries < 100;
      tries++
    )
      await wait(20);
    const all = pids.map((pid) => JSON.parse(readFileSync(join(folder, `${pid}.json`), 'utf8')) as Seen);
    return { p99: Math.max(...all.map(({ p99 }) => p99)), max: Math.max(...all.map(({ max }) => max)) };
  };

  const busy: Seen[] = [];
  const idle: Seen[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    await seen();
    await wait(2_000);
    idle.push(await seen());
    const branches = Array.from(
      { length: CLONES },
      (_, number) => tips[(100 + round * CLONES + number) % tips.length]?.name ?? '',
    );
    await bench.clones(CLONES, (number) => [
      '--bare',
      '--depth',
      '1',
      '--branch',
      branches[number] ?? '',
      latchkey.address('large'),
    ]);
    busy.push(await seen());
    bench.sweep();
  }
  await bench.stopLatchkey();
  const about = {
    work: `${CLONES} uncached depth-1 clones, 800 MB touched`,
    repository: bench.describe('large'),
    unit: 'ms',
  } as const;
  return [
    alone(
      { ...about, measure: 'event-loop delay, p99', bar: { is: 'below', limit: 10 } },
      busy.map(({ p99 }) => p99),
    ),
    alone(
      { ...about, measure: 'event-loop delay, longest' },
      busy.map(({ max }) => max),
    ),
    alone(
      { ...about, work: 'the same process with nothing to do', measure: 'event-loop delay, p99' },
      idle.map(({ p99 }) => p99),
    ),
  ];
}
