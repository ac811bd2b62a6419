import { sql, type Kysely } from 'kysely';

/**
 * What was derived from a credential and lives is counted whenever one more is, its uses of some months are told with those of
 * what it came of, and the pages of an account list what was not derived: what has ended long ago, and what was derived, may be a
 * thousand times as much, and is not looked at.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('credential_child')
    .on('credential')
    .columns(['parent_id', 'expires_at'])
    .execute();
  await db.schema.dropIndex('credential_parent').execute();
  await db.schema
    .createIndex('credential_living_child')
    .on('credential')
    .columns(['parent_id', 'expires_at'])
    .where(sql.ref('revoked_at'), 'is', null)
    .execute();
  await db.schema
    .createIndex('credential_of_its_own')
    .on('credential')
    .columns(['owner_type', 'owner_id', 'kind'])
    .where(sql.ref('parent_id'), 'is', null)
    .execute();
}
