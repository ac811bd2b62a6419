import { PostgresAdapter, type Kysely } from 'kysely';

/** Branch restrictions, counted uses, and what bounds in observe mode would have refused. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;

  const restriction = schema.createTable('branch_restriction');
  await (db.getExecutor().adapter instanceof PostgresAdapter
    ? restriction.addColumn('id', 'serial', (column) => column.primaryKey())
    : restriction.addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
  )
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repository.id').onDelete('cascade'),
    )
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('pattern', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('branch_restriction_rule', ['repository_id', 'kind', 'pattern'])
    .execute();

  await schema
    .createTable('branch_restriction_subject')
    .addColumn('restriction_id', 'integer', (column) =>
      column.notNull().references('branch_restriction.id').onDelete('cascade'),
    )
    .addColumn('subject_type', 'text', (column) => column.notNull())
    .addColumn('subject_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('branch_restriction_subject_key', [
      'restriction_id',
      'subject_type',
      'subject_id',
    ])
    .execute();

  await schema
    .createTable('credential_use')
    .addColumn('credential_id', 'text', (column) => column.notNull().references('credential.id'))
    .addColumn('layer', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('used', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('credential_use_key', ['credential_id', 'layer', 'kind'])
    .execute();

  await schema
    .createTable('credential_observation')
    .addColumn('credential_id', 'text', (column) => column.notNull().references('credential.id'))
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('credential_observation_key', ['credential_id', 'operation', 'address'])
    .execute();
}
