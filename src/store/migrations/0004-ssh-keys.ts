import { PostgresAdapter, type Kysely } from 'kysely';

/** The public halves of SSH keys and access keys, and where access keys may be used. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;

  await schema
    .createTable('ssh_public_key')
    .addColumn('credential_id', 'text', (column) => column.primaryKey().references('credential.id'))
    .addColumn('uuid', 'text', (column) => column.notNull().unique())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('blob', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .execute();

  const place = schema.createTable('access_key_place');
  await (db.getExecutor().adapter instanceof PostgresAdapter
    ? place.addColumn('id', 'serial', (column) => column.primaryKey())
    : place.addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
  )
    .addColumn('credential_id', 'text', (column) => column.notNull().references('credential.id'))
    .addColumn('place_type', 'text', (column) => column.notNull())
    .addColumn('place_id', 'text', (column) => column.notNull())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text')
    .addColumn('ended_at', 'bigint')
    .addColumn('live', 'integer')
    .addUniqueConstraint('access_key_place_live', ['credential_id', 'place_type', 'place_id', 'live'])
    .execute();
  await schema
    .createIndex('access_key_place_of')
    .on('access_key_place')
    .columns(['place_type', 'place_id'])
    .execute();
}
