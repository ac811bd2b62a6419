import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/store/open.ts';
import { workFolder } from '../support/git.ts';

it('while another process writes, this one waits for it and goes on with everything else', async () => {
  const path = join(workFolder(), 'busy.db');
  const database = await openDatabase({ sqlite: path });
  const other = new DatabaseSync(path);
  try {
    other.exec('begin immediate');
    let hasWritten = false;
    const written = Promise.all([
      sql`create table written (id integer)`.execute(database),
      database.transaction().execute(async (trx) => {
        await sql`insert into written values (1)`.execute(trx);
      }),
    ]).then(() => {
      hasWritten = true;
    });
    const began = performance.now();
    for (let tick = 0; tick < 20; tick++) await delay(5);
    // Asleep in SQLite, it would have come back after ten seconds only.
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(hasWritten).toBe(false);
    other.exec('rollback');
    await written;
    expect((await sql<{ id: number }>`select id from written`.execute(database)).rows).toEqual([{ id: 1 }]);
  } finally {
    other.close();
    await database.destroy();
  }
});
