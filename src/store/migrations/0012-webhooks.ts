import type { Kysely } from 'kysely';

/** Addresses that are told what happens in a repository, and what they are told: what waits, and how the last ones went. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('webhook')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repository.id').onDelete('cascade'),
    )
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('events', 'text', (column) => column.notNull())
    .addColumn('active', 'integer', (column) => column.notNull())
    .addColumn('skip_cert_verification', 'integer', (column) => column.notNull())
    .addColumn('sealed_secret', 'text')
    .addColumn('maker_account_id', 'text', (column) => column.notNull())
    .addColumn('maker_credential_id', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('failing', 'integer', (column) => column.notNull())
    .addColumn('not_kept', 'integer', (column) => column.notNull())
    .addColumn('not_kept_since', 'bigint')
    .execute();
  await schema.createIndex('webhook_repository').on('webhook').columns(['repository_id', 'id']).execute();

  await schema
    .createTable('webhook_delivery')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('webhook_id', 'text', (column) =>
      column.notNull().references('webhook.id').onDelete('cascade'),
    )
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('about', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('status', 'integer')
    .addColumn('problem', 'text')
    .addColumn('duration_ms', 'integer')
    .addUniqueConstraint('webhook_delivery_subject', ['webhook_id', 'subject'])
    .execute();
  // Whether anything is due at all; what is due for one webhook; how its last ones went; what ended long ago.
  for (const [name, columns] of [
    ['webhook_delivery_due', ['next_at']],
    ['webhook_delivery_next', ['webhook_id', 'next_at']],
    ['webhook_delivery_last', ['webhook_id', 'created_at']],
    ['webhook_delivery_aged', ['ended_at']],
  ] as const)
    await schema
      .createIndex(name)
      .on('webhook_delivery')
      .columns([...columns])
      .execute();
}
