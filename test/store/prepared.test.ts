import { beforeAll, describe, expect, it } from 'vitest';
import { prepared } from '../../src/store/prepared.ts';
import { openHost, type TestHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

function preparedQueries(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  let built = 0;
  const named = prepared((db, username: string, administrator: number) => {
    built += 1;
    return db
      .selectFrom('account')
      .select(['username', 'is_administrator'])
      .where('is_administrator', '=', administrator)
      .where((where) => where.or([where('username', '=', username), where('username_key', '=', username)]))
      .where('state', '=', 'active');
  });
  beforeAll(async () => {
    host = await openHost(kind);
    for (const name of ['ada', 'bob']) await host.person(name);
  });

  it('are built once and run with what each run gives, wherever that stands', async () => {
    const { database } = host.services;
    const before = built;
    expect(await named(database, 'ada', 0)).toMatchObject([{ username: 'ada' }]);
    expect(await named(database, 'bob', 0)).toMatchObject([{ username: 'bob' }]);
    expect(await named(database, 'bob', 1)).toEqual([]);
    expect(await named(database, "' or 1=1 --", 0)).toEqual([]);
    expect(built).toBe(before + 1);
  });

  it('see what the transaction wrote that they run in, and others do not', async () => {
    const { database } = host.services;
    const undone = database.transaction().execute(async (trx) => {
      await trx.updateTable('account').set({ is_administrator: 1 }).where('username', '=', 'bob').execute();
      expect(await named(trx, 'bob', 1)).toMatchObject([{ username: 'bob' }]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await named(database, 'bob', 1)).toEqual([]);
  });
}

describe('prepared queries on SQLite', () => preparedQueries('sqlite'));
await describeOnPostgres('prepared queries on PostgreSQL', () => preparedQueries('postgres'));
