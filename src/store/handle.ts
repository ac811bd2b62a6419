import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

/** The database, or a transaction in it. Every store function takes one first, so that nothing inside a transaction can use another connection by mistake. */
export type Handle = Kysely<Schema> | Transaction<Schema>;

export type Database = Kysely<Schema>;
