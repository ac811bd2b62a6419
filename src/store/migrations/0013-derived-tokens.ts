import type { Kysely } from 'kysely';

/**
 * What was derived from a credential and has not expired is counted whenever one more is, and what expired stays for good:
 * the index leads past that.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('credential_parent_expiry')
    .on('credential')
    .columns(['parent_id', 'expires_at'])
    .execute();
  await db.schema.dropIndex('credential_parent').execute();
}
