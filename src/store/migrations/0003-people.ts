import type { Kysely } from 'kysely';

/** Two-step verification, confirmations, throttling, resets of passwords, and mail that waits to be sent. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;

  await schema.alterTable('account').addColumn('two_step_at', 'bigint').execute();
  await schema
    .alterTable('session')
    .addColumn('confirmed_at', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable('session')
    .addColumn('passed_two_step', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable('workspace')
    .addColumn('requires_two_step', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();

  await schema
    .createTable('host_policy')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('requires_two_step', 'integer', (column) => column.notNull())
    .execute();
  await (db as Kysely<{ host_policy: { id: number; requires_two_step: number } }>)
    .insertInto('host_policy')
    .values({ id: 1, requires_two_step: 0 })
    .execute();

  await schema
    .createTable('authenticator_app')
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('sealed_seed', 'text', (column) => column.notNull())
    .addColumn('last_step', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('authenticator_app_key', ['account_id', 'state'])
    .execute();

  await schema
    .createTable('passkey')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('credential_id', 'text', (column) => column.notNull().unique())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('transports', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .execute();
  await schema.createIndex('passkey_account').on('passkey').column('account_id').execute();

  await schema
    .createTable('passkey_challenge')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();

  await schema
    .createTable('recovery_code')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('used_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('recovery_code_account').on('recovery_code').column('account_id').execute();

  await schema
    .createTable('pending_sign_in')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('password', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();

  await schema
    .createTable('known_browser')
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('known_browser_key', ['digest', 'account_id'])
    .execute();

  await schema
    .createTable('attempt')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('attempt_until').on('attempt').column('until').execute();

  await schema
    .createTable('password_reset')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .execute();

  await schema
    .createTable('mail')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_at', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('mail_next').on('mail').column('next_at').execute();
}
