import { expect, it } from 'vitest';
import { readSettings } from '../../src/config.ts';
import { chooseWorkspaceSlug } from '../../src/hosting/index.ts';
import { composeServer } from '../../src/server.ts';
import { openHost } from '../acts/host.ts';

it('no workspace may take the first segment of a path that the host itself answers', async () => {
  const host = await openHost();
  const { app, routes } = await composeServer(readSettings({ data: host.data }, {}), host.services);
  const own = new Set(
    routes
      .map(({ url }) => url.split('/')[1] ?? '')
      .filter((segment) => segment !== '' && !/^[:*]/.test(segment)),
  );
  await app.close();
  expect(own.size).toBeGreaterThan(3);
  const open = [...own].filter((segment) => {
    try {
      chooseWorkspaceSlug(segment);
      return true;
    } catch {
      return false;
    }
  });
  expect(open).toEqual([]);
});
