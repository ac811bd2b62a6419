import type { Bench } from '../bench.ts';
import { git } from '../measure/git-client.ts';
import { costOf } from '../measure/process-group.ts';
import { median } from '../measure/statistics.ts';
import { compared, type Row } from '../row.ts';
import type { GitServer } from '../yardsticks/server.ts';

/** Each round is the median of so many, in turn. */
const CALLS = 9;
/** Calls of each that are not counted, as of pushes: a host runs for weeks. */
const WARM_UP = 30;

export async function lsRemote(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey();
  await bench.provide('polled');
  const nginx = await bench.nginx();
  const other = await bench.nodeGitServer();
  const servers = [latchkey, ...(nginx === undefined ? [] : [nginx.guarded]), other];
  const rounds = servers.map(() => ({ wall: [] as number[], cpu: [] as number[] }));
  for (let call = 0; call < WARM_UP; call++) {
    for (const server of servers) await lsRemoteOf(server);
  }
  for (let round = 0; round < bench.rounds; round++) {
    const calls = servers.map(() => ({ wall: [] as number[], cpu: [] as number[] }));
    for (let call = 0; call < CALLS; call++) {
      for (const [index, server] of servers.entries()) {
        const { wall, cpu } = await lsRemoteOf(server);
        calls[index]?.wall.push(wall * 1000);
        calls[index]?.cpu.push(cpu * 1000);
      }
    }
    for (const [index, { wall, cpu }] of calls.entries()) {
      rounds[index]?.wall.push(median(wall));
      rounds[index]?.cpu.push(median(cpu));
    }
  }
  const about = {
    work: 'git ls-remote, real client',
    repository: bench.describe('polled'),
    unit: 'ms',
  } as const;
  const [ours, ...theirs] = rounds;
  return theirs.flatMap(({ wall, cpu }, index) => {
    const server = servers[index + 1];
    if (ours === undefined || server === undefined) return [];
    const bar = server === nginx?.guarded ? ({ bar: { is: 'at most', limit: 0.7 } } as const) : {};
    return [
      compared({ ...about, measure: 'wall', ...bar }, ours.wall, server.name, wall),
      compared({ ...about, measure: 'server CPU' }, ours.cpu, server.name, cpu),
    ];
  });
}

const lsRemoteOf = (server: GitServer): Promise<{ readonly wall: number; readonly cpu: number }> =>
  costOf(server.group, async () => {
    await git(['ls-remote', '--quiet', server.address('polled')]);
  });
