import { sql, type Kysely } from 'kysely';

/**
 * What each credential was used for, counted by day; what its networks would have refused stands among it from now on.
 * Beside the credential's own row, so that a use never changes that.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('credential_ledger')
    // No reference: it would be looked up for each line, and one line that cannot be written would hold up all others.
    .addColumn('credential_id', 'text', (column) => column.notNull())
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('target_id', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('credential_ledger_key', [
      'credential_id',
      'day',
      'operation',
      'target_id',
      'outcome',
      'address',
      'agent',
    ])
    .execute();
  // What is old is found by its day.
  await db.schema.createIndex('credential_ledger_day').on('credential_ledger').column('day').execute();
  await sql`
    insert into credential_ledger
      (credential_id, day, operation, target_id, outcome, address, agent, count, first_at, last_at)
    select credential_id, last_at / 86400000, operation, '', 'observed', address, '', count, first_at, last_at
    from credential_observation
  `.execute(db);
  await db.schema.dropTable('credential_observation').execute();
}
