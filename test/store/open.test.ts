import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { openDatabase, type DatabaseLocation } from '../../src/store/open.ts';
import { atEndOfFile } from '../support/cleanup.ts';
import { describeOnPostgres, freshDatabase } from '../support/postgres.ts';
import { workspaceRow } from './workspace-row.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-store-'));
  atEndOfFile(() => rm(path, { recursive: true, force: true }));
  return path;
}

const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

function migrates(empty: () => Promise<DatabaseLocation>): void {
  it('makes the schema on an empty database, and finds it made the next time', async () => {
    const location = await empty();
    const first = await openDatabase(location);
    await first
      .insertInto('audit')
      .values({
        at: 1,
        actor_type: 'operator',
        actor_id: null,
        credential_id: null,
        address: null,
        operation: 'test',
        target_type: null,
        target_id: null,
        detail: '{}',
      })
      .execute();
    await first.destroy();
    const again = await openDatabase(location);
    expect(await again.selectFrom('audit').select(['sequence', 'at']).execute()).toEqual([
      { sequence: 1, at: 1 },
    ]);
    await again.destroy();
  });

  it('of a newer Latchkey is left alone, with a sentence that says so', async () => {
    const location = await empty();
    const database = await openDatabase(location);
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', '2099')`.execute(
      database,
    );
    await database.destroy();
    const message = await messageOf(openDatabase(location));
    expect(message).toMatch(/newer version of Latchkey/);
    expect(message).not.toMatch(/\n|corrupted/);
  });

  it('finds the repositories that were there before names had a key of their own, and what was observed before the ledger', async () => {
    const location = await empty();
    const before = await openDatabase(location);
    for (const table of [
      'unwanted_mail',
      'pull_request_notice',
      'default_reviewer',
      'pull_request_activity',
      'pull_request_task',
      'pull_request_comment',
      'pull_request_participant',
      'pull_request',
      'trust_policy_refusal',
      'trust_policy',
      'token_issuer',
      'used_assertion',
    ])
      await sql`drop table ${sql.table(table)}`.execute(before);
    await sql`alter table branch_restriction drop column value`.execute(before);
    await sql`drop index push_merging`.execute(before);
    for (const column of ['pull_request', 'merged_commit'])
      await sql`alter table push drop column ${sql.ref(column)}`.execute(before);
    await sql`drop table commit_status`.execute(before);
    await sql`drop table lfs_lock`.execute(before);
    await sql`drop table download`.execute(before);
    await sql`drop table webhook_delivery`.execute(before);
    await sql`drop table webhook`.execute(before);
    await sql`drop table credential_ledger`.execute(before);
    await sql`drop table credential_alarm`.execute(before);
    await sql`drop index credential_child`.execute(before);
    await sql`create index credential_parent on credential (parent_id)`.execute(before);
    await sql`drop index credential_living_child`.execute(before);
    await sql`drop index credential_of_its_own`.execute(before);
    await sql`create table credential_observation (credential_id text, operation text, address text, count bigint,
      first_at bigint, last_at bigint)`.execute(before);
    await sql`insert into credential_observation values ('cred_x', 'source.read', '192.0.2.1', 3, 5, 172800001)`.execute(
      before,
    );
    await sql`alter table repository drop column name_key`.execute(before);
    await sql`delete from kysely_migration where name >= '0006'`.execute(before);
    await before.insertInto('workspace').values(workspaceRow('acme')).execute();
    await sql`insert into project values ('p', 'acme', 'P', 'P', '', 0, 0)`.execute(before);
    for (const name of ['Über Ärger', 'ASCII', 'plain']) {
      await sql`insert into repository (id, workspace_id, project_id, slug, slug_key, name, description, website, language,
        is_private, has_wiki, fork_policy, created_at, updated_at)
        values (${name}, 'acme', 'p', ${name}, ${name}, ${name}, '', '', '', 1, 0, 'no_forks', 0, 7)`.execute(
        before,
      );
    }
    const rule = { repository_id: 'plain', kind: 'push' as const, pattern: 'main', created_at: 3 };
    const { id } = await before
      .insertInto('branch_restriction')
      .values(rule)
      .returning('id')
      .executeTakeFirstOrThrow();
    const named = { subject_type: 'account' as const, subject_id: 'a' };
    await before
      .insertInto('branch_restriction_subject')
      .values({ restriction_id: id, ...named })
      .execute();
    await before.destroy();
    const after = await openDatabase(location);
    // A branch that was closed to pushes stays closed to what came later, for everybody but the same.
    const rules = after
      .selectFrom('branch_restriction')
      .innerJoin('branch_restriction_subject', 'branch_restriction.id', 'restriction_id')
      .select(['repository_id', 'kind', 'pattern', 'subject_type', 'subject_id'])
      .orderBy('kind');
    expect(await rules.execute()).toEqual(
      ['push', 'restrict_merges'].map((kind) => ({
        repository_id: 'plain',
        kind,
        pattern: 'main',
        ...named,
      })),
    );
    const rows = after.selectFrom('repository').select(['name', 'name_key', 'updated_at']);
    expect(new Set(await rows.execute())).toEqual(
      new Set([
        { name: 'Über Ärger', name_key: 'über ärger', updated_at: 7 },
        { name: 'ASCII', name_key: 'ascii', updated_at: 7 },
        { name: 'plain', name_key: 'plain', updated_at: 7 },
      ]),
    );
    // And what networks would have refused is in the ledger.
    const observed = {
      day: 2,
      operation: 'source.read',
      outcome: 'observed',
      address: '192.0.2.1',
      count: 3,
    };
    expect(await after.selectFrom('credential_ledger').selectAll().execute()).toMatchObject([
      { ...observed, credential_id: 'cred_x', target_id: '', agent: '', first_at: 5, last_at: 172_800_001 },
    ]);
    await after.destroy();
  });

  it('takes back everything of a transaction that failed, and nothing else', async () => {
    const database = await openDatabase(await empty());
    const failing = database.transaction().execute(async (trx) => {
      await trx.insertInto('workspace').values(workspaceRow('lost')).execute();
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('on purpose');
    });
    // Asked while the transaction is open: it must stand, whatever becomes of the other.
    const kept = database.insertInto('workspace').values(workspaceRow('kept')).execute();
    await expect(failing).rejects.toThrow('on purpose');
    await kept;
    expect(await database.selectFrom('workspace').select('slug').execute()).toEqual([{ slug: 'kept' }]);
    await database.destroy();
  });
}

describe('SQLite', () => {
  migrates(async () => ({ sqlite: join(await folder(), 'latchkey.db') }));

  it('says what is wrong with a file that is no database', async () => {
    const path = join(await folder(), 'latchkey.db');
    await writeFile(
      path,
      'this is not a database, it is a text that somebody put here by mistake. '.repeat(20),
    );
    expect(await messageOf(openDatabase({ sqlite: path }))).toMatch(/could not be opened.*not a database/);
  });

  it('says what is wrong with a folder that is not there', async () => {
    const message = await messageOf(openDatabase({ sqlite: join(await folder(), 'no', 'latchkey.db') }));
    expect(message).toMatch(/could not be opened.*unable to open/);
  });

  it('is kept so that what was answered survives a power cut', async () => {
    const database = await openDatabase({ sqlite: join(await folder(), 'latchkey.db') });
    const pragma = async (name: string) =>
      Object.values(
        (await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(database)).rows[0] ?? {},
      )[0];
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('foreign_keys')).toBe(1);
    await database.destroy();
  });

  it('refuses to store an object as if it were nothing', async () => {
    const database = await openDatabase({ sqlite: join(await folder(), 'latchkey.db') });
    const wrong = { toString: () => 'x' } as unknown as string;
    await expect(
      database.selectFrom('account').select('id').where('id', '=', wrong).execute(),
    ).rejects.toThrow(/cannot be stored/);
    await database.destroy();
  });
});

await describeOnPostgres('PostgreSQL', () => {
  migrates(async () => ({ postgres: (await freshDatabase()).url }));

  it('is made once by several who open it at once', async () => {
    const location = { postgres: (await freshDatabase()).url };
    const opened = await Promise.all([1, 2, 3, 4].map(() => openDatabase(location)));
    for (const database of opened) {
      expect(await database.selectFrom('account').selectAll().execute()).toEqual([]);
    }
    await Promise.all(opened.map((database) => database.destroy()));
  });

  it('that does not hold text as UTF-8 is refused before anything is made in it', async () => {
    for (const encoding of ['LATIN1', 'SQL_ASCII']) {
      const { url } = await freshDatabase(encoding);
      for (let times = 0; times < 2; times += 1) {
        expect(await messageOf(openDatabase({ postgres: url }))).toMatch(
          new RegExp(`holds text as ${encoding}, and must hold it as UTF8`),
        );
      }
    }
  });

  it('that is in use goes on in the encoding that it has', async () => {
    const { url } = await freshDatabase('LATIN1');
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(
      'create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)',
    );
    await client.end();
    const database = await openDatabase({ postgres: url });
    expect(await database.selectFrom('account').selectAll().execute()).toEqual([]);
    await database.destroy();
  });

  it('says what is wrong with a server that cannot be reached', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const message = await messageOf(openDatabase({ postgres: `postgres://u:topsecret@${host}:1/none` }));
      expect(message).toMatch(/could not be opened.*ECONNREFUSED/);
      expect(message).not.toContain('topsecret');
    }
  });

  it('tries a server that cannot be spoken to once, and not again to bring its schema up to date', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    atEndOfFile(async () => void server.close());
    const { port } = server.address() as AddressInfo;
    const message = await messageOf(openDatabase({ postgres: `postgres://u@127.0.0.1:${port}/none` }));
    expect(message).toMatch(/^The database could not be opened or brought up to date: /);
    expect(connections).toBe(1);
  });

  it('says what is wrong with a database that is not there', async () => {
    const url = new URL((await freshDatabase()).url);
    url.pathname = '/nobody_made_this';
    expect(await messageOf(openDatabase({ postgres: url.href }))).toMatch(/does not exist/);
  });
});
