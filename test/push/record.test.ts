import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, inject, it } from 'vitest';
import { completePush, insertPush, openPushes, rangesPushedBy } from '../../src/push/index.ts';
import { openDatabase } from '../../src/store/open.ts';
import type { Database } from '../../src/store/handle.ts';
import { atEndOfFile } from '../support/cleanup.ts';
import { freshDatabase } from '../support/postgres.ts';

let database: Database;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-record-'));
  database = await openDatabase(
    inject('database') === 'postgres'
      ? { postgres: (await freshDatabase()).url }
      : { sqlite: join(folder, 'latchkey.db') },
  );
  atEndOfFile(async () => {
    await database.destroy();
    rmSync(folder, { recursive: true });
  });
});

const id = (digit: string) => digit.repeat(40);
const principal = {
  type: 'credential',
  credentialId: 'cred_1',
  originId: 'cred_1',
  kind: 'repository_access_token',
  label: 'bot',
  scopes: [],
  bounds: [],
  owner: {
    type: 'repository',
    repositoryId: 'r',
    workspaceId: 'w',
    appUser: { id: 'bot', displayName: 'bot', email: 'bot@bots.example.org' },
  },
} as const;

it('holds a push open until it is told what moved', async () => {
  const commands = Array.from({ length: 1201 }, (_, index) => ({
    ref: `refs/heads/b${index}`,
    old: id('0'),
    new: id('1'),
  }));
  const push = { repositoryId: 'r', data: 'repository', commands, principal, address: '127.0.0.1' } as const;
  const pushId = await database.transaction().execute((trx) => insertPush(trx, push, 1000));
  expect(await openPushes(database)).toEqual([
    { id: pushId, repositoryId: 'r', data: 'repository', createdAt: 1000, commands },
  ]);
  expect(await rangesPushedBy(database, 'r', 'bot')).toEqual([]);
  const moved = new Set(commands.slice(600).map(({ ref }) => ref));
  await database.transaction().execute((trx) => completePush(trx, pushId, moved, 2000));
  expect(await openPushes(database)).toEqual([]);
  expect(await rangesPushedBy(database, 'r', 'bot')).toEqual(commands.slice(600));
  expect(await rangesPushedBy(database, 'r', 'other')).toEqual([]);
  expect(await rangesPushedBy(database, 'other', 'bot')).toEqual([]);
});

it('keeps a push of which nothing moved as abandoned', async () => {
  const commands = [{ ref: 'refs/heads/main', old: id('1'), new: id('2') }];
  const push = { repositoryId: 'r', data: 'wiki', commands, principal, address: null } as const;
  const pushId = await database.transaction().execute((trx) => insertPush(trx, push, 1000));
  await database.transaction().execute((trx) => completePush(trx, pushId, new Set(), 2000));
  const row = await database
    .selectFrom('push')
    .select(['state', 'actor_type', 'actor_id', 'credential_id'])
    .where('id', '=', pushId)
    .executeTakeFirst();
  expect(row).toEqual({
    state: 'abandoned',
    actor_type: 'app_user',
    actor_id: 'bot',
    credential_id: 'cred_1',
  });
});
