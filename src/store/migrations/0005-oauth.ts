import { sql, type Kysely } from 'kysely';

/** OAuth: consumers, what people consented to, codes, devices, and which credentials are tokens of whom. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;

  await schema
    .createTable('oauth_consumer')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('workspace_id', 'text', (column) => column.references('workspace.id'))
    .addColumn('key', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('name_key', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('is_private', 'integer', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('callbacks', 'text', (column) => column.notNull())
    .addColumn('app_user_account_id', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text')
    .addColumn('deleted_at', 'bigint')
    .execute();
  await schema
    .createIndex('oauth_consumer_name')
    .unique()
    .on('oauth_consumer')
    .columns(['workspace_id', 'name_key'])
    .where(sql.ref('deleted_at'), 'is', null)
    .execute();

  // What `latchkey login` calls itself at every host. It belongs to nobody here, keeps no secret, and may ask for anything.
  await sql`insert into oauth_consumer
    (id, workspace_id, key, name, name_key, description, url, is_private, scopes, callbacks, app_user_account_id, created_at)
    values ('00000000-0000-4000-8000-00006c617463', null, 'latchkey', 'Latchkey command line', 'latchkey command line',
      'The latchkey login of a machine on which somebody works with Git.', '', 0, '', '[]', 'latchkey', 0)`.execute(
    db,
  );

  await schema
    .createTable('oauth_consent')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('consumer_id', 'text', (column) => column.notNull().references('oauth_consumer.id'))
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('bounds', 'text', (column) => column.notNull())
    .addColumn('label', 'text')
    .addColumn('expires_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();
  await schema.createIndex('oauth_consent_account').on('oauth_consent').column('account_id').execute();
  await schema.createIndex('oauth_consent_consumer').on('oauth_consent').column('consumer_id').execute();

  await schema
    .createTable('oauth_code')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('consumer_id', 'text', (column) => column.notNull().references('oauth_consumer.id'))
    .addColumn('consent_id', 'text', (column) => column.notNull().references('oauth_consent.id'))
    .addColumn('redirect_uri', 'text')
    .addColumn('challenge', 'text')
    .addColumn('family_id', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .execute();
  await schema.createIndex('oauth_code_expiry').on('oauth_code').column('expires_at').execute();

  await schema
    .createTable('oauth_device')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('digest', 'text', (column) => column.notNull().unique())
    .addColumn('user_code_digest', 'text', (column) => column.notNull().unique())
    .addColumn('consumer_id', 'text', (column) => column.notNull().references('oauth_consumer.id'))
    .addColumn('request', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('claimed_by', 'text')
    .addColumn('consent_id', 'text', (column) => column.references('oauth_consent.id'))
    .addColumn('challenge', 'text')
    .addColumn('family_id', 'text', (column) => column.notNull())
    .addColumn('denied_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .addColumn('interval_ms', 'bigint', (column) => column.notNull())
    .addColumn('polled_at', 'bigint')
    .execute();
  await schema.createIndex('oauth_device_expiry').on('oauth_device').column('expires_at').execute();

  await schema
    .createTable('oauth_token')
    .addColumn('credential_id', 'text', (column) => column.primaryKey().references('credential.id'))
    .addColumn('consumer_id', 'text', (column) => column.notNull().references('oauth_consumer.id'))
    .addColumn('consent_id', 'text', (column) => column.references('oauth_consent.id'))
    .addColumn('access_id', 'text')
    .addColumn('used_at', 'bigint')
    .addColumn('successor_id', 'text')
    .execute();
  await schema.createIndex('oauth_token_consent').on('oauth_token').column('consent_id').execute();
  await schema.createIndex('oauth_token_consumer').on('oauth_token').column('consumer_id').execute();
}
