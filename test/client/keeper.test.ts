import { link, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { changeKept } from '../../src/client/keeper.ts';
import { atEndOfFile } from '../support/cleanup.ts';

vi.mock('node:fs/promises', { spy: true });

async function keeper(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-keeper-'));
  atEndOfFile(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'credentials.json');
}

it.each(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
  'one only changes at a time where links to files are refused with %s',
  async (code) => {
    const path = await keeper();
    vi.mocked(link).mockRejectedValue(Object.assign(new Error('no links'), { code }));
    let inside = 0;
    let most = 0;
    const change = () =>
      changeKept(path, async (kept) => {
        most = Math.max(most, (inside += 1));
        await setTimeout(5);
        inside -= 1;
        return { kept, result: undefined };
      });
    await Promise.all([change(), change(), change()]);
    expect(most).toBe(1);
    expect(await readdir(join(path, '..'))).toEqual([]);
    vi.mocked(link).mockRestore();
  },
);

it('a lock that is about to name its holder is waited for', async () => {
  const path = await keeper();
  await writeFile(`${path}.lock`, '');
  const changed = changeKept(path, async (kept) => ({ kept, result: 'changed' }));
  expect(await Promise.race([changed, setTimeout(300, 'waits')])).toBe('waits');
  expect((await stat(`${path}.lock`)).size).toBe(0);
  await rm(`${path}.lock`);
  expect(await changed).toBe('changed');
});
