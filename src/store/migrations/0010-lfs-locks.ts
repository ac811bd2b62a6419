import type { Kysely } from 'kysely';

/** Files of Git LFS that somebody keeps to themselves for a while; each path has one holder at a time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('lfs_lock')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repository.id').onDelete('cascade'),
    )
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('holder_type', 'text', (column) => column.notNull())
    .addColumn('holder_id', 'text', (column) => column.notNull())
    .addColumn('locked_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('lfs_lock_path', ['repository_id', 'path'])
    .execute();
}
