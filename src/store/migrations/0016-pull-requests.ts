import { PostgresAdapter, type Kysely } from 'kysely';

/** Pull requests of a repository: who takes part, what is said about them, what is to be done, what happened, and who is to be told by mail. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  const numbered = (name: string) =>
    isPostgres
      ? schema.createTable(name).addColumn('id', 'serial', (column) => column.primaryKey())
      : schema.createTable(name).addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement());

  await schema
    .createTable('pull_request')
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repository.id').onDelete('cascade'),
    )
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('draft', 'integer', (column) => column.notNull())
    .addColumn('source_branch', 'text', (column) => column.notNull())
    .addColumn('destination_branch', 'text', (column) => column.notNull())
    .addColumn('source_commit', 'text', (column) => column.notNull())
    .addColumn('destination_commit', 'text', (column) => column.notNull())
    .addColumn('close_source_branch', 'integer', (column) => column.notNull())
    .addColumn('author_type', 'text', (column) => column.notNull())
    .addColumn('author_id', 'text', (column) => column.notNull())
    .addColumn('credential_id', 'text')
    .addColumn('merge_commit', 'text')
    .addColumn('closed_by_type', 'text')
    .addColumn('closed_by_id', 'text')
    .addColumn('closed_at', 'bigint')
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('pull_request_key', ['repository_id', 'number'])
    .execute();
  // Lists, mostly of what is open; what a push of a branch concerns; and what a commit was for.
  for (const [name, columns] of [
    ['pull_request_state', ['repository_id', 'state', 'updated_at']],
    ['pull_request_source', ['repository_id', 'source_branch', 'state']],
    ['pull_request_destination', ['repository_id', 'destination_branch', 'state']],
    ['pull_request_source_commit', ['repository_id', 'source_commit']],
    ['pull_request_merge_commit', ['repository_id', 'merge_commit']],
  ] as const)
    await schema
      .createIndex(name)
      .on('pull_request')
      .columns([...columns])
      .execute();

  await schema
    .createTable('pull_request_participant')
    .addColumn('repository_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('actor_type', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('state', 'text')
    .addColumn('participated_at', 'bigint')
    .addColumn('told', 'integer', (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('pull_request_participant_key', [
      'repository_id',
      'number',
      'actor_type',
      'actor_id',
    ])
    .addForeignKeyConstraint(
      'pull_request_participant_of',
      ['repository_id', 'number'],
      'pull_request',
      ['repository_id', 'number'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute();

  await numbered('pull_request_comment')
    .addColumn('repository_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('parent_id', 'integer')
    .addColumn('actor_type', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('path', 'text')
    .addColumn('line_from', 'integer')
    .addColumn('line_to', 'integer')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('deleted_at', 'bigint')
    .addColumn('resolved_at', 'bigint')
    .addColumn('resolver_type', 'text')
    .addColumn('resolver_id', 'text')
    .addForeignKeyConstraint(
      'pull_request_comment_of',
      ['repository_id', 'number'],
      'pull_request',
      ['repository_id', 'number'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute();

  await numbered('pull_request_task')
    .addColumn('repository_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('comment_id', 'integer')
    .addColumn('actor_type', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('resolved_at', 'bigint')
    .addColumn('resolver_type', 'text')
    .addColumn('resolver_id', 'text')
    .addForeignKeyConstraint(
      'pull_request_task_of',
      ['repository_id', 'number'],
      'pull_request',
      ['repository_id', 'number'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute();

  await numbered('pull_request_activity')
    .addColumn('repository_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('actor_type', 'text')
    .addColumn('actor_id', 'text')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addForeignKeyConstraint(
      'pull_request_activity_of',
      ['repository_id', 'number'],
      'pull_request',
      ['repository_id', 'number'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute();

  for (const part of ['comment', 'task', 'activity'])
    await schema
      .createIndex(`pull_request_${part}_of_request`)
      .on(`pull_request_${part}`)
      .columns(['repository_id', 'number', 'id'])
      .execute();
  // What is said and done in all of a repository, by when it was.
  for (const part of ['comment', 'activity'])
    await schema
      .createIndex(`pull_request_${part}_of_repository`)
      .on(`pull_request_${part}`)
      .columns(['repository_id', 'id'])
      .execute();
  // Lists count what they do not read, and it stands in the rows behind texts.
  for (const [part, ended] of [
    ['comment', 'deleted_at'],
    ['task', 'resolved_at'],
  ] as const)
    await schema
      .createIndex(`pull_request_${part}_counts`)
      .on(`pull_request_${part}`)
      .columns(['repository_id', 'number', ended])
      .execute();
  await schema
    .createIndex('pull_request_comment_answers')
    .on('pull_request_comment')
    .columns(['parent_id'])
    .execute();

  await schema
    .createTable('default_reviewer')
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repository.id').onDelete('cascade'),
    )
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('account.id').onDelete('cascade'),
    )
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('default_reviewer_key', ['repository_id', 'account_id'])
    .execute();

  await numbered('pull_request_notice')
    .addColumn('repository_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('actor_type', 'text')
    .addColumn('actor_id', 'text')
    .addColumn('comment_id', 'integer')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addForeignKeyConstraint(
      'pull_request_notice_of',
      ['repository_id', 'number'],
      'pull_request',
      ['repository_id', 'number'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute();
  await schema
    .createIndex('pull_request_notice_at')
    .on('pull_request_notice')
    .columns(['at', 'repository_id', 'number'])
    .execute();
  await schema
    .createIndex('pull_request_notice_of_request')
    .on('pull_request_notice')
    .columns(['repository_id', 'number', 'at'])
    .execute();

  await schema
    .createTable('unwanted_mail')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('account.id').onDelete('cascade'),
    )
    .addColumn('about', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('unwanted_mail_key', ['account_id', 'about'])
    .execute();
}
