import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { atEndOfFile } from './cleanup.ts';
import { projectRoot, run, type Outcome, type RunOptions } from './run.ts';

export const main = join(projectRoot, 'dist/main.js');
export const env = { NODE_COMPILE_CACHE: join(projectRoot, '.cache/compile'), LC_ALL: 'C.UTF-8' };
/** Runs a verb in a process of its own. */
export const latchkey = (args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  run(process.execPath, [main, ...args], { ...options, env: { ...env, ...options.env } });

/** An empty folder, removed with the test file. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-cli-'));
  atEndOfFile(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** One sentence on standard error, nothing on standard output, exit code 1; returns the sentence. */
export function refusedWith({ stdout, stderr, code }: Outcome): string {
  expect({ stdout, stderr, code }).toMatchObject({ stdout: '', code: 1 });
  expect(stderr).toMatch(/^latchkey: [^\n]+\n$/);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+|node:internal|undefined|\[object/);
  return stderr.slice('latchkey: '.length).trim();
}

/** A first account, which may come before the first start. */
export const begin = (data: string, env: Record<string, string> = {}, name = 'ada') => {
  const verb = ['user', 'create', name, '--email', `${name}@example.org`, '--password-stdin'];
  const where = data === '' ? [] : ['--data', data];
  return latchkey([...verb, ...where], { env, input: 'a long enough password' });
};
