import { sql, type Kysely } from 'kysely';

/** CI jobs that enter by the word of whoever runs them: whose word counts, what for, and which of it was used up. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('token_issuer')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('immutable_claims', 'text', (column) => column.notNull())
    .addColumn('discovers', 'integer', (column) => column.notNull())
    .addColumn('keys', 'text', (column) => column.notNull())
    .addColumn('keys_read_at', 'bigint', (column) => column.notNull())
    .addColumn('keys_tried_at', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('removed_at', 'bigint')
    .execute();
  await schema
    .createIndex('token_issuer_name')
    .unique()
    .on('token_issuer')
    .column('issuer')
    .where(sql.ref('removed_at'), 'is', null)
    .execute();

  await schema
    .createTable('trust_policy')
    .addColumn('credential_id', 'text', (column) => column.primaryKey().references('credential.id'))
    .addColumn('issuer_id', 'text', (column) => column.notNull().references('token_issuer.id'))
    .addColumn('audience', 'text', (column) => column.notNull())
    .addColumn('conditions', 'text', (column) => column.notNull())
    .addColumn('lifetime_ms', 'integer', (column) => column.notNull())
    .execute();
  await schema.createIndex('trust_policy_issuer').on('trust_policy').column('issuer_id').execute();

  await schema
    .createTable('trust_policy_refusal')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('credential_id', 'text', (column) =>
      column.notNull().references('trust_policy.credential_id').onDelete('cascade'),
    )
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('why', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createIndex('trust_policy_refusal_last')
    .on('trust_policy_refusal')
    .columns(['credential_id', 'at'])
    .execute();

  await schema
    .createTable('used_assertion')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('used_assertion_once', ['issuer', 'digest'])
    .execute();
  await schema.createIndex('used_assertion_until').on('used_assertion').column('until').execute();
}
