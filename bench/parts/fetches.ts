import type { Bench } from '../bench.ts';
import { fullFetch } from '../measure/git-requests.ts';
import { load } from '../measure/load.ts';
import { costOf, peakMemory } from '../measure/process-group.ts';
import { EVERYTHING, type RepositoryName } from '../repositories/cache.ts';
import { git } from '../measure/git-client.ts';
import { alone, compared, type Row } from '../row.ts';
import type { GitServer } from '../yardsticks/server.ts';

const FETCHES = 16;
const MEGABYTE = 1e6;

/** Asks for all tips but one, which gives nearly the same pack and is not the request that came before. */
export const allBut = (tips: readonly { readonly id: string }[], left: number): string[] =>
  tips.filter((_, index) => index !== (left + 1) % tips.length).map(({ id }) => id);

/** Sixteen full clones' answers at once, read and thrown away: what the server can deliver, without anybody's indexing. */
export const drain = async (
  server: GitServer,
  name: RepositoryName,
  wants: readonly string[],
  count = FETCHES,
): Promise<number> => {
  const { bytes } = await load({
    url: server.url,
    requests: [fullFetch(server.path(name), server.authorization, wants)],
    connections: count,
    count,
    reconnects: server.reconnects,
  });
  return bytes;
};

export async function fetches(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey();
  await bench.provide('large');
  const nginx = (await bench.nginx())?.guarded;
  if (nginx === undefined) return [];
  const tips = await bench.tips('large');
  const rate = { empty: [] as number[], warm: [] as number[], nginx: [] as number[] };
  const cpu = { empty: [] as number[], warm: [] as number[], nginx: [] as number[] };
  for (let round = 0; round < bench.rounds; round++) {
    const wants = allBut(tips, round);
    const measure = async (name: 'empty' | 'warm' | 'nginx', server: GitServer): Promise<void> => {
      let bytes = 0;
      const cost = await costOf(server.group, async () => {
        bytes = await drain(server, 'large', wants);
      });
      rate[name].push(bytes / MEGABYTE / cost.wall);
      cpu[name].push(cost.cpu);
    };
    await measure('empty', latchkey);
    await measure('nginx', nginx);
    await measure('warm', latchkey);
  }
  const repository = bench.describe('large');
  const rowsOf = (state: 'empty' | 'warm', throughput: number, share: number): Row[] => {
    const work = `${FETCHES} full fetches at once, drained, ${state === 'empty' ? 'empty cache' : 'warm'}`;
    return [
      compared(
        { work, repository, measure: 'throughput', unit: 'MB/s', bar: { is: 'at least', limit: throughput } },
        rate[state],
        nginx.name,
        rate.nginx,
      ),
      compared(
        { work, repository, measure: 'server CPU', unit: 's', bar: { is: 'at most', limit: share } },
        cpu[state],
        nginx.name,
        cpu.nginx,
      ),
    ];
  };
  return [...rowsOf('warm', 7, 1 / 12), ...rowsOf('empty', 4, 1 / 6)];
}

/** The same on a repository as it was pushed, with the memory of everything that the server is. */
export async function memory(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey();
  const from = await bench.repositories.path('pushed');
  await bench.provideEmpty('pushed', from);
  if ((await git(['ls-remote', latchkey.address('pushed')])) === '') {
    await git(['-C', from, 'push', '--quiet', latchkey.address('pushed'), ...EVERYTHING]);
  }
  const nginx = (await bench.nginx())?.guarded;
  const tips = await bench.tips('pushed');
  const idle = [latchkey.group.memoryBytes() / MEGABYTE];
  const peak = { ours: [] as number[], nginx: [] as number[] };
  for (let round = 0; round < bench.rounds; round++) {
    const wants = allBut(tips, round);
    const measure = async (server: GitServer): Promise<number> =>
      (await peakMemory(server.group, async () => void (await drain(server, 'pushed', wants)))) / MEGABYTE;
    peak.ours.push(await measure(latchkey));
    if (nginx !== undefined) peak.nginx.push(await measure(nginx));
  }
  const about = {
    work: `${FETCHES} full fetches at once, drained, empty cache`,
    repository: bench.describe('pushed'),
    unit: 'MB',
  } as const;
  return [
    ...(nginx === undefined
      ? []
      : [
          compared(
            { ...about, measure: 'memory at its peak', bar: { is: 'at most', limit: 1 / 8 } },
            peak.ours,
            nginx.name,
            peak.nginx,
          ),
        ]),
    alone(
      { ...about, measure: 'memory above idle', bar: { is: 'at most', limit: 100 } },
      peak.ours.map((value) => value - (idle[0] ?? 0)),
    ),
    alone({ ...about, work: 'before those fetches', measure: 'idle memory, all processes' }, idle),
  ];
}
