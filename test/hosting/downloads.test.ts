import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { DownloadFetches } from '../../src/hosting/download-fetches.ts';
import {
  announceDownloads,
  countDownloads,
  findDownload,
  forgetDownload,
  forgetRepository,
  listDownloads,
  markDeleted,
  nameDownload,
  namelessDownloads,
  takeNameOf,
  type DownloadAuthor,
} from '../../src/hosting/index.ts';
import { openDatabase } from '../../src/store/open.ts';
import { openHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

function onDatabase(kind: 'sqlite' | 'postgres'): void {
  it(`a download has a name from one moment on, and no two of a repository have the same, on ${kind}`, async () => {
    const host = await openHost(kind);
    const { database } = host.services;
    const ada = await host.person('ada');
    const workspace = await host.workspace('acme', 'ada');
    const app = await host.repository(workspace, 'app');
    const other = await host.repository(workspace, 'other');
    const token = await host.accessToken('acme/app', ['repository:write']);
    const bot = await database.selectFrom('app_user').select('id').executeTakeFirstOrThrow();
    const by: DownloadAuthor = { actor_type: 'account', actor_id: ada.id, credential_id: null };
    const announced = async (repositoryId: string, size: number, who = by) => {
      const id = randomUUID();
      await announceDownloads(database, repositoryId, [{ id, size, sha256: 'a'.repeat(64) }], who, 10);
      return id;
    };
    const named = async (repositoryId: string, name: string, at: number, who = by) => {
      const id = await announced(repositoryId, 3_000_000_000, who);
      await nameDownload(database, { repositoryId, id, name }, at);
      return id;
    };

    const first = await named(app, 'a', 20);
    const nameless = [await announced(app, 1), await announced(other, 2)];
    expect(await countDownloads(database, app)).toBe(1);
    expect(await listDownloads(database, app)).toEqual([
      {
        id: first,
        name: 'a',
        size: 3_000_000_000,
        sha256: 'a'.repeat(64),
        createdAt: 20,
        fetches: 0,
        uploader: {
          type: 'account',
          id: ada.id,
          accountId: ada.accountId,
          username: 'ada',
          displayName: ada.displayName,
        },
      },
    ]);
    // Letters make a difference, and so does the repository; one name twice does not come to be.
    await named(app, 'A', 30, { actor_type: 'app_user', actor_id: bot.id, credential_id: token.id });
    await named(other, 'a', 30);
    await expect(named(app, 'a', 40)).rejects.toThrow();
    await named(app, 'ü “🔑”', 40, { ...by, actor_id: 'gone' });
    expect((await listDownloads(database, app)).map(({ name }) => name)).toEqual(['ü “🔑”', 'A', 'a']);
    expect((await findDownload(database, app, 'ü “🔑”'))?.uploader).toBeNull();
    expect((await findDownload(database, app, 'A'))?.uploader).toMatchObject({
      type: 'app_user',
      id: bot.id,
      kind: 'repository_access_token',
    });
    expect(await findDownload(database, app, 'b')).toBeUndefined();

    expect(await takeNameOf(database, app, 'b')).toBeUndefined();
    expect(await takeNameOf(database, app, 'a')).toBe(first);
    expect(await findDownload(database, app, 'a')).toBeUndefined();
    expect((await findDownload(database, other, 'a'))?.name).toBe('a');
    const left = await namelessDownloads(database, 100);
    expect(left).toEqual(
      expect.arrayContaining([
        { id: first, repositoryId: app },
        { id: nameless[0], repositoryId: app },
        { id: nameless[1], repositoryId: other },
      ]),
    );
    expect(await namelessDownloads(database, 10)).toEqual([]);
    // What has a name again, or still, is not forgotten.
    await forgetDownload(database, first);
    await forgetDownload(database, (await findDownload(database, app, 'A'))?.id ?? '');
    expect((await listDownloads(database, app)).length).toBe(2);
    expect((await namelessDownloads(database, 100)).map(({ id }) => id)).not.toContain(first);

    await markDeleted(database, app, 1);
    await forgetRepository(database, app, 2);
    expect(await countDownloads(database, app)).toBe(0);
    expect(await namelessDownloads(database, 100)).toEqual([{ id: nameless[1], repositoryId: other }]);
    expect(await countDownloads(database, other)).toBe(1);
  });

  it(`fetches are counted by several processes at once, and kept while they cannot be written, on ${kind}`, async () => {
    const host = await openHost(kind);
    const { database } = host.services;
    await host.person('ada');
    const app = await host.repository(await host.workspace('acme', 'ada'), 'app');
    const ids: string[] = Array.from({ length: 450 }, () => randomUUID());
    const by: DownloadAuthor = { actor_type: 'account', actor_id: 'ada', credential_id: null };
    await announceDownloads(
      database,
      app,
      ids.map((id) => ({ id, size: 1, sha256: 'a'.repeat(64) })),
      by,
      10,
    );
    const counted = async () =>
      new Map(
        (await database.selectFrom('download').select(['id', 'fetches']).execute()).map(
          (row) => [row.id, row.fetches] as const,
        ),
      );
    const each = (fetches: number) => new Map(ids.map((id) => [id, fetches]));
    const other = await openDatabase(host.location);
    const problems: unknown[] = [];
    const counters = [database, other].map((db) => new DownloadFetches(db, (error) => problems.push(error)));
    try {
      for (const [index, counter] of counters.entries()) {
        // In different orders, some of them twice, and one that is not there.
        for (const id of index === 0 ? ids : ids.toReversed()) counter.count(id);
        counter.count(ids[7] ?? '');
        counter.count(randomUUID());
      }
      expect(await counted()).toEqual(each(0));
      await Promise.all(counters.map((counter) => counter.flush()));
      expect(await counted()).toEqual(each(2).set(ids[7] ?? '', 4));
      await Promise.all(counters.map((counter) => counter.flush()));
      expect(await counted()).toEqual(each(2).set(ids[7] ?? '', 4));
      expect(problems).toEqual([]);

      let isBroken = true;
      const failing = database.withPlugin({
        transformQuery: ({ node }) => {
          if (isBroken && node.kind === 'UpdateQueryNode') throw new Error('not now');
          return node;
        },
        transformResult: async ({ result }) => result,
      });
      const unlucky = new DownloadFetches(failing, (error) => problems.push(error));
      unlucky.count(ids[7] ?? '');
      await unlucky.flush();
      expect(problems).toEqual([new Error('not now')]);
      unlucky.count(ids[7] ?? '');
      isBroken = false;
      await unlucky.close();
      expect((await counted()).get(ids[7] ?? '')).toBe(6);
    } finally {
      await Promise.all(counters.map((counter) => counter.close()));
      await other.destroy();
    }
  });
}

onDatabase('sqlite');
await describeOnPostgres('on PostgreSQL', () => onDatabase('postgres'));
