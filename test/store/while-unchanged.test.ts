import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Database } from '../../src/store/handle.ts';
import { openDatabase } from '../../src/store/open.ts';
import { WhileUnchanged } from '../../src/store/while-unchanged.ts';
import { workFolder } from '../support/git.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { openHost } from '../acts/host.ts';

const addWorkspace = (db: Database, slug: string) =>
  db
    .insertInto('workspace')
    .values({
      id: slug,
      slug,
      slug_key: slug,
      name: slug,
      members_may_create_repositories: 1,
      tokens_may_live_forever: 1,
      created_at: 0,
      updated_at: 0,
    })
    .execute();
const countWorkspaces = async (db: Database): Promise<{ readonly count: number }> => ({
  count: (await db.selectFrom('workspace').select('id').execute()).length,
});
const nextEvent = () => new Promise((resolve) => setImmediate(resolve));

function counted(db: Database) {
  const kept = new WhileUnchanged<{ readonly count: number }>();
  let made = 0;
  return {
    of: (key: string, handle: Database = db) =>
      kept.of(handle, key, () => {
        made += 1;
        return countWorkspaces(handle);
      }),
    get made() {
      return made;
    },
  };
}

it('what was made of rows is made anew when anybody commits anything, and not before', async () => {
  const path = join(workFolder(), 'unchanged.db');
  const [one, two] = [await openDatabase({ sqlite: path }), await openDatabase({ sqlite: path })];
  try {
    const counts = counted(one);
    const first = await counts.of('all');
    await nextEvent();
    expect(await counts.of('all')).toBe(first);
    expect(await counts.of('others')).not.toBe(first);
    expect(counts.made).toBe(2);
    await addWorkspace(one, 'own');
    expect(await counts.of('all')).toEqual({ count: 1 });
    await addWorkspace(two, 'foreign');
    await nextEvent();
    expect(await counts.of('all')).toEqual({ count: 2 });
    expect(counts.made).toBe(4);
    // What was undone changes nothing.
    const undone = two.transaction().execute(async (trx) => {
      await trx.deleteFrom('workspace').execute();
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await nextEvent();
    expect(await counts.of('all')).toEqual({ count: 2 });
  } finally {
    await Promise.all([one.destroy(), two.destroy()]);
  }
});

it('what something was committed in the midst of is not kept', async () => {
  const path = join(workFolder(), 'midst.db');
  const database = await openDatabase({ sqlite: path });
  try {
    const kept = new WhileUnchanged<{ readonly count: number }>();
    const early = await kept.of(database, 'all', async () => {
      const count = await countWorkspaces(database);
      await addWorkspace(database, 'late');
      return count;
    });
    expect(early).toEqual({ count: 0 });
    expect(await kept.of(database, 'all', () => countWorkspaces(database))).toEqual({ count: 1 });
  } finally {
    await database.destroy();
  }
});

it('what a transaction wrote is seen in it, and kept nowhere', async () => {
  const database = await openDatabase({ sqlite: join(workFolder(), 'inside.db') });
  try {
    const counts = counted(database);
    expect(await counts.of('all')).toEqual({ count: 0 });
    const undone = database.transaction().execute(async (trx) => {
      await addWorkspace(trx, 'inside');
      expect(await counts.of('all', trx)).toEqual({ count: 1 });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await counts.of('all')).toEqual({ count: 0 });
  } finally {
    await database.destroy();
  }
});

it('of very many things only some are kept', async () => {
  const database = await openDatabase({ sqlite: join(workFolder(), 'many.db') });
  try {
    const counts = counted(database);
    for (let key = 0; key < 1500; key++) await counts.of(String(key));
    await counts.of('0');
    expect(counts.made).toBe(1501);
    const long = 'x'.repeat(5000);
    expect(await counts.of(long)).not.toBe(await counts.of(long));
  } finally {
    await database.destroy();
  }
});

await describeOnPostgres('what was made of rows on PostgreSQL', () => {
  it('is made anew every time', async () => {
    const host = await openHost('postgres');
    const counts = counted(host.services.database);
    const { count } = await counts.of('all');
    await addWorkspace(host.services.database, 'more');
    expect(await counts.of('all')).toEqual({ count: count + 1 });
  });
});
