import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/store/open.ts';
import { workFolder } from '../support/git.ts';

it('a database that cannot grow says so, and works again when it can', async () => {
  const database = await openDatabase({ sqlite: join(workFolder(), 'full.db') });
  try {
    await sql`create table written (text text)`.execute(database);
    await sql`pragma max_page_count = 1`.execute(database);
    const write = (length: number) =>
      database.transaction().execute(async (trx) => {
        await sql`insert into written values ('small')`.execute(trx);
        await sql`insert into written values (${'x'.repeat(length)})`.execute(trx);
      });
    await expect(write(1_000_000)).rejects.toThrow('database or disk is full');
    await write(1);
    const rows = await sql<{ size: number }>`select length(text) as size from written`.execute(database);
    // Of what was refused, nothing stayed.
    expect(rows.rows).toEqual([{ size: 5 }, { size: 1 }]);
  } finally {
    await database.destroy();
  }
});
