import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/store/open.ts';
import { prepared } from '../../src/store/prepared.ts';
import { workFolder } from '../support/git.ts';
import { workspaceRow } from './workspace-row.ts';

const slugs = prepared((db, slug: string) =>
  db.selectFrom('workspace').select('slug').where('slug_key', '=', slug),
);

it('what is read sees what this process wrote before, and nothing of a transaction that is open', async () => {
  const path = join(workFolder(), 'reader.db');
  const database = await openDatabase({ sqlite: path });
  try {
    expect(await slugs(database, 'one')).toEqual([]);
    await database.insertInto('workspace').values(workspaceRow('one')).execute();
    // In the same go as the read before.
    expect(await slugs(database, 'one')).toHaveLength(1);
    const { promise: isRead, resolve: read } = Promise.withResolvers<void>();
    const writing = database.transaction().execute(async (trx) => {
      await trx.insertInto('workspace').values(workspaceRow('two')).execute();
      expect(await slugs(trx, 'two')).toHaveLength(1);
      await isRead;
    });
    await delay(20);
    // It waits for nobody, and sees nothing that may yet be undone.
    expect(await slugs(database, 'two')).toEqual([]);
    read();
    await writing;
    expect(await slugs(database, 'two')).toHaveLength(1);
    const undone = database.transaction().execute(async (trx) => {
      await trx.insertInto('workspace').values(workspaceRow('three')).execute();
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await slugs(database, 'three')).toEqual([]);
  } finally {
    await database.destroy();
  }
});

it('what another process wrote is seen from the next event on', async () => {
  const path = join(workFolder(), 'two.db');
  const one = await openDatabase({ sqlite: path });
  const two = await openDatabase({ sqlite: path });
  try {
    for (let round = 0; round < 50; round++) {
      const slug = `round-${round}`;
      expect(await slugs(one, slug)).toEqual([]);
      await sql`insert into workspace (id, slug, slug_key, name, members_may_create_repositories, tokens_may_live_forever, created_at, updated_at)
        values (${slug}, ${slug}, ${slug}, '', 1, 1, 0, 0)`.execute(two);
      // As between processes, where what was committed is told by an event.
      await new Promise((resolve) => setImmediate(resolve));
      expect(await slugs(one, slug)).toHaveLength(1);
    }
  } finally {
    await Promise.all([one.destroy(), two.destroy()]);
  }
});
