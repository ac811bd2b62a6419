import type { Kysely } from 'kysely';

/** Branch restrictions that say how many there must be of something before a pull request is merged. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('branch_restriction').addColumn('value', 'integer').execute();
}
