import type { Bench } from '../bench.ts';
import { git } from '../measure/git-client.ts';
import { fetchBody } from '../measure/git-requests.ts';
import { pssBytes } from '../measure/proc.ts';
import { costOf } from '../measure/process-group.ts';
import type { SshClient, SshServer } from '../measure/ssh-client.ts';
import { median } from '../measure/statistics.ts';
import { alone, compared, type Row } from '../row.ts';
import { allBut } from './fetches.ts';

/** Each round is the median of so many, in turn. */
const CALLS = 9;
const CLIENTS = 16;
const SAMPLE_MS = 60;
const MEGABYTE = 1e6;

/** Git over SSH with the stock client, beside the OpenSSH of the system with the same algorithms. */
export async function ssh(bench: Bench): Promise<Row[]> {
  const { server: ours, client } = await bench.latchkeySsh();
  await bench.provide('polled');
  await bench.provide('large');
  const theirs = await bench.openssh();
  // First, while idle means that nothing was done yet.
  const held = await memory(bench, client, ours);
  return [
    ...(theirs === undefined ? [] : await lsRemotes(bench, client, ours, theirs)),
    ...(theirs === undefined ? [] : await throughput(bench, client, ours, theirs)),
    ...held,
  ];
}

async function lsRemotes(
  bench: Bench,
  client: SshClient,
  ours: SshServer,
  theirs: SshServer,
): Promise<Row[]> {
  const measure = async (server: SshServer): Promise<{ readonly wall: number; readonly cpu: number }> =>
    costOf(server.group, async () => {
      await git([...client.gitOptions, 'ls-remote', '--quiet', client.address(server, 'polled')]);
    });
  const rounds = [ours, theirs].map((server) => ({ server, wall: [] as number[], cpu: [] as number[] }));
  for (let round = 0; round < bench.rounds; round++) {
    const calls = rounds.map(() => ({ wall: [] as number[], cpu: [] as number[] }));
    for (let call = 0; call < CALLS; call++) {
      for (const [index, { server }] of rounds.entries()) {
        const { wall, cpu } = await measure(server);
        calls[index]?.wall.push(wall * 1000);
        calls[index]?.cpu.push(cpu * 1000);
      }
    }
    for (const [index, { wall, cpu }] of calls.entries()) {
      rounds[index]?.wall.push(median(wall));
      rounds[index]?.cpu.push(median(cpu));
    }
  }
  const [us, them] = rounds;
  if (us === undefined || them === undefined) return [];
  const about = {
    work: 'git ls-remote over SSH, real client',
    repository: bench.describe('polled'),
    unit: 'ms',
  } as const;
  return [
    compared(
      { ...about, measure: 'wall', bar: { is: 'at most', limit: 0.4 } },
      us.wall,
      theirs.name,
      them.wall,
    ),
    compared({ ...about, measure: 'server CPU' }, us.cpu, theirs.name, them.cpu),
  ];
}

/** One full clone's answer, read and thrown away: first not asked for before, where both run the same Git, then kept. */
async function throughput(
  bench: Bench,
  client: SshClient,
  ours: SshServer,
  theirs: SshServer,
): Promise<Row[]> {
  const tips = await bench.tips('large');
  const empty = { rate: [] as number[], cpu: [] as number[] };
  const warm = { rate: [] as number[], cpu: [] as number[] };
  const other = { rate: [] as number[], cpu: [] as number[] };
  for (let round = 0; round < bench.rounds; round++) {
    const request = fetchBody(allBut(tips, round));
    for (const [into, server] of [
      [empty, ours],
      [other, theirs],
      [warm, ours],
    ] as const) {
      let bytes = 0;
      const { wall, cpu } = await costOf(server.group, async () => {
        bytes = await client.drain(server, 'large', request);
      });
      into.rate.push(bytes / MEGABYTE / wall);
      into.cpu.push(cpu);
    }
  }
  const repository = bench.describe('large');
  return (
    [
      ['empty cache', empty],
      ['warm', warm],
    ] as const
  ).flatMap(([state, { rate, cpu }]) => {
    const work = `full fetch over SSH, aes128-gcm, drained, ${state}`;
    return [
      compared(
        { work, repository, measure: 'throughput', unit: 'MB/s', bar: { is: 'at least', limit: 0.9 } },
        rate,
        theirs.name,
        other.rate,
      ),
      compared({ work, repository, measure: 'server CPU', unit: 's' }, cpu, theirs.name, other.cpu),
    ];
  });
}

async function memory(bench: Bench, client: SshClient, ours: SshServer): Promise<Row[]> {
  const tips = await bench.tips('large');
  const above: number[] = [];
  const idle = pssBytes(ours.group.pid);
  for (let round = 0; round < bench.rounds; round++) {
    const request = fetchBody(allBut(tips, round));
    let peak = idle;
    const timer = setInterval(() => {
      peak = Math.max(peak, pssBytes(ours.group.pid));
    }, SAMPLE_MS);
    try {
      await Promise.all(Array.from({ length: CLIENTS }, () => client.drain(ours, 'large', request)));
    } finally {
      clearInterval(timer);
    }
    above.push((peak - idle) / MEGABYTE);
  }
  return [
    alone(
      {
        work: `${CLIENTS} full fetches over SSH at once, drained`,
        measure: 'memory of the Node process above idle',
        repository: bench.describe('large'),
        unit: 'MB',
        bar: { is: 'at most', limit: 60 },
      },
      above,
    ),
  ];
}
