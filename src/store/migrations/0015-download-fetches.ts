import type { Kysely } from 'kysely';

/** How often each download was fetched. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('download')
    .addColumn('fetches', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
}
