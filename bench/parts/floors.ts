import { readdirSync, statSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { fetchBody } from '../measure/git-requests.ts';
import { ProcessGroup, costOf } from '../measure/process-group.ts';
import { alone, type Row } from '../row.ts';
import { allBut, drain } from './fetches.ts';

/** What no server can go below: Git alone over a pipe, and the bytes of the pack alone. */
export async function floors(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey();
  await bench.provide('large');
  const path = bench.servedPath('large');
  const tips = await bench.tips('large');
  const packs = join(path, 'objects/pack');
  const pack =
    readdirSync(packs)
      .filter((name) => name.endsWith('.pack'))
      .map((name) => join(packs, name))
      .toSorted((a, b) => statSync(b).size - statSync(a).size)[0] ?? '';
  const cpu = { pipe: [] as number[], shallow: [] as number[], cat: [] as number[], warm: [] as number[] };
  for (let round = 0; round < bench.rounds; round++) {
    const wants = allBut(tips, round);
    cpu.pipe.push(await cpuOf(['git', 'upload-pack', '--stateless-rpc', path], fetchBody(wants)));
    cpu.shallow.push(
      await cpuOf(['git', 'upload-pack', '--stateless-rpc', path], fetchBody([tips[round]?.id ?? ''], 1)),
    );
    cpu.cat.push(await cpuOf(['cat', pack], ''));
    if (round === 0) await drain(latchkey, 'large', allBut(tips, 0), 1);
    cpu.warm.push(
      (await costOf(latchkey.group, async () => void (await drain(latchkey, 'large', allBut(tips, 0), 1))))
        .cpu,
    );
  }
  const about = { measure: 'CPU', repository: bench.describe('large'), unit: 's' } as const;
  return [
    alone({ ...about, work: 'floor: git upload-pack over a pipe, full clone' }, cpu.pipe),
    alone({ ...about, work: 'floor: git upload-pack over a pipe, depth 1' }, cpu.shallow),
    alone({ ...about, work: 'floor: cat of the pack into a pipe' }, cpu.cat),
    alone({ ...about, work: 'beside them: Latchkey, full clone asked for before' }, cpu.warm),
  ];
}

/** CPU seconds of a program with all that it starts, whose output is read and thrown away. */
async function cpuOf(command: readonly [string, ...string[]], input: string): Promise<number> {
  const [program, ...args] = command;
  const group = new ProcessGroup(program, args, {
    env: { GIT_PROTOCOL: 'version=2', GIT_CONFIG_GLOBAL: '/dev/null', HOME: '/nonexistent' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const sink = spawn('sh', ['-c', 'cat > /dev/null'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = once(sink, 'exit');
  group.child.stdin?.on('error', () => {});
  group.child.stdin?.end(input);
  group.child.stdout?.pipe(sink.stdin);
  await ended;
  const cpu = group.cpuSeconds();
  await group.end();
  return cpu;
}
