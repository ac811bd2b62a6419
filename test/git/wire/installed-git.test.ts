import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { InstalledGit } from '../../../src/git/wire/installed-git.ts';
import { KeptSpoken } from '../../../src/git/wire/kept-spoken.ts';
import { workFolder } from '../../support/git.ts';

const NOBODY = 65_534;

afterAll(() => vi.unstubAllEnvs());

/** To the user root no folder is closed. */
function asOtherThanRoot<Result>(work: () => Result): Result {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

it('is found behind a folder that may not be entered, a file, and a git that cannot be run', async () => {
  const [closed, file, other] = [workFolder('closed'), workFolder('file'), workFolder('other')];
  mkdirSync(closed);
  chmodSync(closed, 0);
  writeFileSync(file, '');
  mkdirSync(other);
  writeFileSync(`${other}/git`, 'no program', { mode: 0o644 });
  vi.stubEnv('PATH', [closed, file, other, process.env['PATH']].join(delimiter));
  const onError = vi.fn();
  const installed = new InstalledGit(new KeptSpoken(workFolder('kept'), 'main.ts'), onError);
  expect(await asOtherThanRoot(() => installed.speaks('sha1'))).toBeDefined();
  expect(onError).not.toHaveBeenCalled();
});
