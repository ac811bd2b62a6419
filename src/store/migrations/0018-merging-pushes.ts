import { sql, type Kysely } from 'kysely';

/** Pushes that merge a pull request say which one, so that whoever completes one closes it; and of one there is one at a time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push').addColumn('pull_request', 'integer').execute();
  await db.schema.alterTable('push').addColumn('merged_commit', 'text').execute();
  await sql`create unique index push_merging on push (repository_id, pull_request)
    where state = 'intended' and pull_request is not null`.execute(db);
}
