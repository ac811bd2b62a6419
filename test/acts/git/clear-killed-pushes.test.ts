import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { clearKilledPushes } from '../../../src/acts/git/clear-killed-pushes.ts';
import { createRepository } from '../../../src/git/create.ts';
import * as inspect from '../../../src/git/inspect.ts';
import { startHousekeeping } from '../../../src/housekeeping.ts';
import type { Services } from '../../../src/services.ts';
import { openRest, type RestHost } from '../../doors/rest/rest-host.ts';

vi.mock('../../../src/git/inspect.ts', { spy: true });

let rest: RestHost;
beforeAll(async () => {
  rest = await openRest();
});
afterEach(() => vi.restoreAllMocks());

/** What a push leaves that is killed, an hour ago. */
function leftIn(folder: string): string[] {
  mkdirSync(join(folder, 'objects', 'tmp_objdir-incoming-abcdef'));
  const left = ['refs/heads/main.lock', 'objects/tmp_obj_0123456789ab', 'objects/tmp_objdir-incoming-abcdef'];
  const paths = left.map((name) => join(folder, name));
  for (const path of paths.slice(0, 2)) writeFileSync(path, '');
  const then = Date.now() / 1000 - 3600;
  for (const path of paths) utimesSync(path, then, then);
  return paths;
}

it('takes away what can be taken away, and says in the log what cannot', async () => {
  const { folder } = rest.git.app;
  const [lock = '', keeper = '', quarantine = ''] = leftIn(folder);
  const said: unknown[] = [];
  const log = { error: (...words: unknown[]) => said.push(words) };
  const services = { ...rest.host.services, log } as unknown as Services;
  const now = new Date();
  vi.mocked(inspect.removeStaleQuarantines).mockRejectedValueOnce(new Error('busy'));
  await clearKilledPushes(services, folder, now);
  expect([lock, keeper, quarantine].map(existsSync)).toEqual([false, false, true]);
  expect(said).toEqual([
    [{ path: folder, error: new Error('busy') }, 'The quarantines of killed pushes could not be removed.'],
  ]);
  await clearKilledPushes(services, folder, now);
  expect(existsSync(quarantine)).toBe(false);
  expect(said).toHaveLength(1);
});

it('leaves a repository alone that the database does not know', async () => {
  const { services } = rest.host;
  const path = services.storage.pathOf('01234567-89ab-4def-8123-456789abcdef', 'repository');
  mkdirSync(join(path, '..'), { recursive: true });
  await createRepository(path);
  await rest.git.app.git(['push', '-q', path, 'main']);
  const [foreign, known] = [leftIn(path), leftIn(rest.git.app.folder)];
  // By the clock that file times go by.
  rest.host.now = Date.now();
  await (await startHousekeeping(services)).stop();
  expect(foreign.map(existsSync)).toEqual([true, true, true]);
  expect(known.map(existsSync)).toEqual([false, false, false]);
});
