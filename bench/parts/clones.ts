import type { Bench } from '../bench.ts';
import { costOf } from '../measure/process-group.ts';
import { compared, type Row } from '../row.ts';
import type { GitServer } from '../yardsticks/server.ts';

const CLONES = 16;

/** Sixteen machines of one CI run: the same branch, depth 1. Each round takes another branch, of which nothing is kept yet. */
export async function clones(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey();
  await bench.provide('large');
  const nginx = await bench.nginx();
  const other = await bench.nodeGitServer();
  const tips = await bench.tips('large');
  const cloneAll = (server: GitServer, branch: string) =>
    costOf(server.group, () =>
      bench.clones(CLONES, () => ['--depth', '1', '--branch', branch, server.address('large')]),
    );
  const names = ['empty', 'warm', 'nginx', 'other'] as const;
  const wall: Record<(typeof names)[number], number[]> = { empty: [], warm: [], nginx: [], other: [] };
  const cpu: Record<(typeof names)[number], number[]> = { empty: [], warm: [], nginx: [], other: [] };
  for (let round = 0; round < bench.rounds; round++) {
    const branch = tips[round % tips.length]?.name ?? '';
    const measure = async (name: (typeof names)[number], server: GitServer): Promise<void> => {
      const cost = await cloneAll(server, branch);
      wall[name].push(cost.wall);
      cpu[name].push(cost.cpu);
      bench.sweep();
    };
    await measure('empty', latchkey);
    if (nginx !== undefined) await measure('nginx', nginx.guarded);
    await measure('warm', latchkey);
    await measure('other', other);
  }
  const about = { repository: bench.describe('large'), unit: 's' } as const;
  const rowsOf = (
    work: string,
    kept: 'empty' | 'warm',
    bars: readonly [wall: number, cpu: number],
  ): Row[] => [
    ...(nginx === undefined
      ? []
      : [
          compared(
            { ...about, work, measure: 'wall', bar: { is: 'at most', limit: bars[0] } },
            wall[kept],
            nginx.guarded.name,
            wall.nginx,
          ),
          compared(
            { ...about, work, measure: 'server CPU', bar: { is: 'at most', limit: bars[1] } },
            cpu[kept],
            nginx.guarded.name,
            cpu.nginx,
          ),
        ]),
    compared({ ...about, work, measure: 'wall' }, wall[kept], other.name, wall.other),
    compared({ ...about, work, measure: 'server CPU' }, cpu[kept], other.name, cpu.other),
  ];
  return [
    ...rowsOf(`${CLONES} depth-1 clones at once, real client, empty cache`, 'empty', [0.45, 1 / 8]),
    ...rowsOf(`${CLONES} depth-1 clones at once, real client, warm`, 'warm', [0.35, 1 / 40]),
  ];
}
