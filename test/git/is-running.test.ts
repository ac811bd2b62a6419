import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { afterEach, expect, it, vi } from 'vitest';
import { isRunning } from '../../src/git/is-running.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('is so of ourselves, and not of a process that has ended', async () => {
  expect(isRunning(process.pid)).toBe(true);
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  expect(isRunning(child.pid ?? 0)).toBe(false);
});

it('is so of what belongs to somebody else, and of what cannot be asked about', () => {
  for (const code of ['EPERM', 'EIO']) {
    vi.spyOn(process, 'kill').mockImplementationOnce(() => {
      throw Object.assign(new Error(code), { code });
    });
    expect([code, isRunning(1)]).toEqual([code, true]);
  }
  expect(isRunning(2 ** 40)).toBe(true);
});
