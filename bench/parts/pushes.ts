import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { git } from '../measure/git-client.ts';
import { costOf } from '../measure/process-group.ts';
import { paired, type Row } from '../row.ts';
import type { GitServer } from '../yardsticks/server.ts';

/** Pushes to each that are not counted: a host runs for weeks, and until its code is compiled a push costs several times as much. */
const WARM_UP = 30;

/** One commit, pushed with the real client; its round trip that is answered with 401 counts on our side. */
export async function push(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey();
  await bench.provide('tiny');
  const nginx = (await bench.nginx())?.open;
  if (nginx === undefined) return [];
  const work = join(bench.folder, 'pushed-from');
  mkdirSync(work, { recursive: true });
  await git(['clone', '--quiet', await bench.repositories.path('tiny'), work]);
  let made = 0;
  const pushTo = async (server: GitServer): Promise<{ wall: number; cpu: number }> => {
    made += 1;
    writeFileSync(join(work, 'pushed.txt'), `change ${made}\n`);
    await git(['add', 'pushed.txt'], work);
    await git(['commit', '--quiet', '--message', `change ${made}`], work);
    const { wall, cpu } = await costOf(server.group, async () => {
      await git(['push', '--quiet', server.address('tiny'), 'HEAD:refs/heads/main'], work);
    });
    return { wall: wall * 1000, cpu: cpu * 1000 };
  };
  const ours: { wall: number; cpu: number }[] = [];
  const theirs: { wall: number; cpu: number }[] = [];
  for (let push = 0; push < WARM_UP; push++) {
    for (const server of [latchkey, nginx]) await pushTo(server);
  }
  for (let pair = 0; pair < bench.pairs; pair++) {
    if (pair % 2 === 0) ours.push(await pushTo(latchkey));
    theirs.push(await pushTo(nginx));
    if (pair % 2 === 1) ours.push(await pushTo(latchkey));
  }
  const about = {
    work: 'push of one commit, real client, our 401 counted',
    repository: bench.describe('tiny'),
    unit: 'ms',
  } as const;
  const cpu = { ...about, measure: 'server CPU', bar: { is: 'at most', limit: 1.2 } } as const;
  return [
    paired(
      cpu,
      ours.map((cost) => cost.cpu),
      nginx.name,
      theirs.map((cost) => cost.cpu),
    ),
    paired(
      { ...about, measure: 'wall' },
      ours.map(({ wall }) => wall),
      nginx.name,
      theirs.map(({ wall }) => wall),
    ),
  ];
}
