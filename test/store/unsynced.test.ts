import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Handle } from '../../src/store/handle.ts';
import { openDatabase } from '../../src/store/open.ts';
import { commitUnsynced } from '../../src/store/unsynced.ts';
import { openHost } from '../acts/host.ts';
import { workFolder } from '../support/git.ts';
import { describeOnPostgres } from '../support/postgres.ts';

const NORMAL = 1;
const FULL = 2;

describe('a transaction that does not wait for the disk, on SQLite', () => {
  const synchronous = async (db: Handle): Promise<unknown> =>
    (await sql<{ synchronous: number }>`pragma synchronous`.execute(db)).rows[0]?.synchronous;
  const add = (db: Handle) => sql`create table made (id integer)`.execute(db);

  it('is seen at once, and the next one waits again', async () => {
    const path = join(workFolder(), 'unsynced.db');
    const [database, other] = [await openDatabase({ sqlite: path }), await openDatabase({ sqlite: path })];
    try {
      await commitUnsynced(database, async (trx) => {
        expect(await synchronous(trx)).toBe(NORMAL);
        await add(trx);
      });
      expect(await synchronous(database)).toBe(FULL);
      expect((await sql`select * from made`.execute(other)).rows).toEqual([]);
      // Neither those that come at the same time.
      const seen: unknown[] = [];
      await Promise.all([
        commitUnsynced(database, async (trx) => void seen.push(await synchronous(trx))),
        database.transaction().execute(async (trx) => void seen.push(await synchronous(trx))),
        commitUnsynced(database, async (trx) => void seen.push(await synchronous(trx))),
      ]);
      expect(seen).toHaveLength(3);
      expect(seen.filter((how) => how === FULL)).toHaveLength(1);
      expect(await synchronous(database)).toBe(FULL);
    } finally {
      await Promise.all([database.destroy(), other.destroy()]);
    }
  });

  it('waits while another process writes, and nobody who reads waits for it', async () => {
    const path = join(workFolder(), 'waiting.db');
    const database = await openDatabase({ sqlite: path });
    const other = new DatabaseSync(path);
    try {
      other.exec('begin immediate');
      const order: string[] = [];
      const written = commitUnsynced(database, async (trx) => void (await add(trx))).then(() =>
        order.push('written'),
      );
      for (let i = 0; i < 5; i++) {
        await sql`select 1`.execute(database);
        await delay(10);
      }
      order.push('read');
      other.exec('commit');
      await written;
      expect(order).toEqual(['read', 'written']);
      // Whoever writes what has to last waits as ever.
      other.exec('begin immediate');
      const waited = sql`insert into made values (1)`.execute(database);
      await delay(20);
      other.exec('commit');
      await waited;
    } finally {
      other.close();
      await database.destroy();
    }
  });

  it('that fails changes nothing, and the next one waits again', async () => {
    const database = await openDatabase({ sqlite: join(workFolder(), 'failed.db') });
    try {
      const failed = commitUnsynced(database, async (trx) => {
        await add(trx);
        throw new Error('no');
      });
      await expect(failed).rejects.toThrow('no');
      expect(await synchronous(database)).toBe(FULL);
      await expect(sql`select * from made`.execute(database)).rejects.toThrow('no such table');
    } finally {
      await database.destroy();
    }
  });
});

await describeOnPostgres('a transaction that does not wait for the disk, on PostgreSQL', () => {
  const waits = async (db: Handle): Promise<unknown> =>
    (await sql<{ synchronous_commit: string }>`show synchronous_commit`.execute(db)).rows[0]
      ?.synchronous_commit;

  it('is alone in that', async () => {
    const { database } = (await openHost('postgres')).services;
    const before = await waits(database);
    await commitUnsynced(database, async (trx) => expect(await waits(trx)).toBe('off'));
    expect(await waits(database)).toBe(before);
    const failed = commitUnsynced(database, async () => {
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
  });
});
