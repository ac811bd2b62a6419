import { PostgresAdapter, sql, type CreateTableBuilder, type Kysely } from 'kysely';

/** The first schema. Columns are of types that SQLite and PostgreSQL share: text, integer, bigint. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;

  await schema
    .createTable('account')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().unique())
    .addColumn('username', 'text', (column) => column.notNull())
    .addColumn('username_key', 'text', (column) => column.notNull().unique())
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('email_key', 'text', (column) => column.notNull().unique())
    .addColumn('display_name', 'text', (column) => column.notNull())
    .addColumn('password', 'text', (column) => column.notNull())
    .addColumn('must_change_password', 'integer', (column) => column.notNull())
    .addColumn('is_administrator', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();

  await schema
    .createTable('session')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('digest', 'text', (column) => column.notNull().unique())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('user_agent', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await schema.createIndex('session_account').on('session').column('account_id').execute();

  await schema
    .createTable('workspace')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('slug', 'text', (column) => column.notNull())
    .addColumn('slug_key', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('members_may_create_repositories', 'integer', (column) => column.notNull())
    .addColumn('tokens_may_live_forever', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();

  await schema
    .createTable('workspace_member')
    .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspace.id'))
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('membership', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('workspace_member_key', ['workspace_id', 'account_id'])
    .execute();
  await schema.createIndex('workspace_member_account').on('workspace_member').column('account_id').execute();

  await schema
    .createTable('workspace_group')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspace.id'))
    .addColumn('slug', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('workspace_group_slug', ['workspace_id', 'slug'])
    .execute();

  await schema
    .createTable('workspace_group_member')
    .addColumn('group_id', 'text', (column) =>
      column.notNull().references('workspace_group.id').onDelete('cascade'),
    )
    .addColumn('account_id', 'text', (column) => column.notNull().references('account.id'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('workspace_group_member_key', ['group_id', 'account_id'])
    .execute();
  await schema
    .createIndex('workspace_group_member_account')
    .on('workspace_group_member')
    .column('account_id')
    .execute();

  await schema
    .createTable('project')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspace.id'))
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('project_key', ['workspace_id', 'key'])
    .execute();

  await schema
    .createTable('repository')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspace.id'))
    .addColumn('project_id', 'text', (column) => column.notNull().references('project.id'))
    .addColumn('slug', 'text', (column) => column.notNull())
    .addColumn('slug_key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('website', 'text', (column) => column.notNull())
    .addColumn('language', 'text', (column) => column.notNull())
    .addColumn('is_private', 'integer', (column) => column.notNull())
    .addColumn('has_wiki', 'integer', (column) => column.notNull())
    .addColumn('fork_policy', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('deleted_at', 'bigint')
    .execute();
  // A deleted repository keeps its row while it can be restored, but not its name.
  await schema
    .createIndex('repository_name')
    .unique()
    .on('repository')
    .columns(['workspace_id', 'slug_key'])
    .where(sql.ref('deleted_at'), 'is', null)
    .execute();
  await schema.createIndex('repository_project').on('repository').column('project_id').execute();

  await schema
    .createTable('repository_former_name')
    .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspace.id'))
    .addColumn('slug_key', 'text', (column) => column.notNull())
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repository.id').onDelete('cascade'),
    )
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('repository_former_name_key', ['workspace_id', 'slug_key'])
    .execute();

  await schema
    .createTable('repository_role')
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repository.id').onDelete('cascade'),
    )
    .addColumn('subject_type', 'text', (column) => column.notNull())
    .addColumn('subject_id', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('repository_role_key', ['repository_id', 'subject_type', 'subject_id'])
    .execute();
  await schema
    .createIndex('repository_role_subject')
    .on('repository_role')
    .columns(['subject_type', 'subject_id'])
    .execute();

  await schema
    .createTable('credential')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('owner_type', 'text', (column) => column.notNull())
    .addColumn('owner_id', 'text', (column) => column.notNull())
    .addColumn('parent_id', 'text', (column) => column.references('credential.id'))
    .addColumn('family_id', 'text', (column) => column.notNull())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull().unique())
    .addColumn('digest_key_version', 'integer', (column) => column.notNull())
    .addColumn('paused_at', 'bigint')
    .addColumn('not_before', 'bigint')
    .addColumn('expires_at', 'bigint')
    .addColumn('retires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('revoked_by', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text')
    .addColumn('last_used_at', 'bigint')
    .execute();
  await schema.createIndex('credential_owner').on('credential').columns(['owner_type', 'owner_id']).execute();
  await schema.createIndex('credential_parent').on('credential').column('parent_id').execute();
  await schema.createIndex('credential_family').on('credential').column('family_id').execute();

  await keyedByCredential(schema.createTable('credential_scope'))
    .addColumn('scope', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('credential_scope_key', ['credential_id', 'scope'])
    .execute();

  await keyedByCredential(schema.createTable('credential_bound'))
    .addColumn('layer', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('credential_bound_key', ['credential_id', 'layer', 'kind'])
    .execute();

  await schema
    .createTable('app_user')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().unique())
    .addColumn('credential_id', 'text', (column) => column.notNull().unique().references('credential.id'))
    .addColumn('display_name', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();

  await schema
    .createTable('push')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repository_id', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('credential_id', 'text')
    .addColumn('actor_type', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('address', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('completed_at', 'bigint')
    .execute();
  await schema.createIndex('push_repository').on('push').columns(['repository_id', 'created_at']).execute();
  await schema.createIndex('push_open').on('push').column('state').where('state', '=', 'intended').execute();

  await schema
    .createTable('push_ref')
    .addColumn('push_id', 'text', (column) => column.notNull().references('push.id').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('ref', 'text', (column) => column.notNull())
    .addColumn('old_id', 'text', (column) => column.notNull())
    .addColumn('new_id', 'text', (column) => column.notNull())
    .addColumn('moved', 'integer')
    .addPrimaryKeyConstraint('push_ref_key', ['push_id', 'position'])
    .execute();

  const audit = schema.createTable('audit');
  await (isPostgres(db)
    ? audit.addColumn('sequence', 'bigserial', (column) => column.primaryKey())
    : audit.addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
  )
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor_type', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text')
    .addColumn('credential_id', 'text')
    .addColumn('address', 'text')
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('target_type', 'text')
    .addColumn('target_id', 'text')
    .addColumn('detail', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('audit_target').on('audit').columns(['target_type', 'target_id']).execute();
}

const keyedByCredential = <Table extends string>(table: CreateTableBuilder<Table>) =>
  table.addColumn('credential_id', 'text', (column) => column.notNull().references('credential.id'));

/** Numbering by itself is the one thing that the two databases spell differently. */
const isPostgres = (db: Kysely<unknown>): boolean => db.getExecutor().adapter instanceof PostgresAdapter;
