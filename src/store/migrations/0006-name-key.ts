import type { Kysely } from 'kysely';

/**
 * The names of repositories in lower case, which is what is searched. The databases do not say it themselves: SQLite
 * knows the letters of ASCII alone, and PostgreSQL those of the locale that it was set up with.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('repository')
    .addColumn('name_key', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  const named = db as Kysely<{ repository: { id: string; name: string; name_key: string } }>;
  for (const { id, name } of await named.selectFrom('repository').select(['id', 'name']).execute()) {
    await named
      .updateTable('repository')
      .set({ name_key: name.toLowerCase() })
      .where('id', '=', id)
      .execute();
  }
}
