import type { StatsFs } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { whyNotReady } from '../../src/acts/host/readiness.ts';
import { enterAsJob } from '../../src/entry/index.ts';
import { openHost } from './host.ts';

vi.mock('node:fs/promises', { spy: true });

it('a host is ready while its repositories can be written: their folder is there, with room on its disk', async () => {
  const { services } = await openHost();
  const grant = await enterAsJob(services, 'readiness', 'host.inspect', [{ type: 'host' }]);
  expect(await whyNotReady(services, grant)).toBeNull();
  const found = async (change: Partial<StatsFs>) =>
    Object.assign(await statfs(services.storage.root), { files: 1000, ffree: 10 }, change);
  for (const without of [{ bavail: 0 }, { ffree: 0 }]) {
    vi.mocked(statfs).mockResolvedValueOnce(await found(without));
    expect(await whyNotReady(services, grant)).toBe('There is no room left on the disk of the repositories.');
  }
  // Some file systems do not say how much there is of them.
  vi.mocked(statfs).mockResolvedValueOnce(await found({ blocks: 0, bavail: 0, files: 0, ffree: 0 }));
  expect(await whyNotReady(services, grant)).toBeNull();
  await rm(services.storage.root, { recursive: true });
  expect(await whyNotReady(services, grant)).toBe('The folder of the repositories cannot be written.');
});
