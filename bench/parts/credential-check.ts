import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bench } from '../bench.ts';
import { alone, compared, type Row } from '../row.ts';

const FEW = 1_000;
const MANY = 1_000_000;
const CHECKS = 20_000;
const program = fileURLToPath(new URL('credential-process.ts', import.meta.url));

/** The check of a credential among a million, beside the same among a thousand. */
export async function credentialCheck(bench: Bench): Promise<Row[]> {
  const run = async (
    count: number,
    checks: number,
  ): Promise<{ readonly wall: number; readonly cpu: number }> => {
    const folder = join(bench.folder, `credentials-${count}`);
    const { stdout } = await promisify(execFile)(process.execPath, [
      program,
      folder,
      String(count),
      String(checks),
    ]);
    return checks === 0 ? { wall: 0, cpu: 0 } : (JSON.parse(stdout) as { wall: number; cpu: number });
  };
  process.stderr.write('Making a database of a million credentials; it takes a minute or two.\n');
  for (const count of [FEW, MANY]) await run(count, 0);
  const few: number[] = [];
  const many: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    const large = await run(MANY, CHECKS);
    many.push(large.wall);
    cpu.push(large.cpu);
    few.push((await run(FEW, CHECKS)).wall);
  }
  const about = {
    work: 'whole credential check, random keys of 1,000,000',
    repository: '–',
    unit: 'µs',
  } as const;
  return [
    compared(
      { ...about, measure: 'time', bar: { is: 'at most', limit: 1.5 } },
      many,
      'the same of 1,000',
      few,
    ),
    alone({ ...about, measure: 'CPU', bar: { is: 'at most', limit: 60 } }, cpu),
  ];
}
