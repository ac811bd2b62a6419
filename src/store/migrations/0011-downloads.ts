import type { Kysely } from 'kysely';

/** Files beside a repository that people fetch by name; those without a name are to be removed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('download')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repository.id').onDelete('cascade'),
    )
    .addColumn('name', 'text')
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('actor_type', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('credential_id', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('download_name', ['repository_id', 'name'])
    .execute();
}
