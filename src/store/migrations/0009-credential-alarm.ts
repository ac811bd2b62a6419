import { sql, type Kysely } from 'kysely';

/** On which days a secret that was replaced or revoked was used all the same, and when somebody was told. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('credential_alarm')
    // No reference, as in the ledger beside which it is written.
    .addColumn('credential_id', 'text', (column) => column.notNull())
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('told_at', 'bigint')
    .addPrimaryKeyConstraint('credential_alarm_key', ['credential_id', 'day'])
    .execute();
  // Looked for every few seconds.
  await db.schema
    .createIndex('credential_alarm_untold')
    .on('credential_alarm')
    .column('day')
    .where(sql.ref('told_at'), 'is', null)
    .execute();
}
