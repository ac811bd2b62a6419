import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { hasNotEnded } from '../credentials/ended.ts';
import { SCOPE_NAMES } from '../gate/index.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { OauthConsumerTable } from '../store/schema.ts';
import { orTaken } from '../store/taken.ts';
import type { ChosenConsumer } from './choices.ts';
import { words } from './words.ts';

/** An application that may ask for tokens. */
export interface Consumer {
  readonly id: string;
  /** Null for the command line's own, which is there on every host and belongs to nobody. */
  readonly workspaceId: string | null;
  /** `client_id`. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly isPrivate: boolean;
  readonly scopes: readonly string[];
  readonly callbacks: readonly string[];
  /** What stands before the `@` of its app user's address. */
  readonly appUserAccountId: string;
  readonly createdAt: number;
  readonly createdBy: string | null;
}

const KEY_CHARACTERS = 18;
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789';
const newKey = (): string =>
  Array.from({ length: KEY_CHARACTERS }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');

const callbacksIn = (json: string): readonly string[] => {
  const parsed: unknown = JSON.parse(json);
  return Array.isArray(parsed) ? parsed.filter((each) => typeof each === 'string') : [];
};

/** What a consumer may ask for now. The command line may ask for anything: a person looks at what, each time. */
export const scopesOf = (
  row: Pick<Selectable<OauthConsumerTable>, 'workspace_id' | 'scopes'>,
): readonly string[] => (row.workspace_id === null ? SCOPE_NAMES : words(row.scopes));

const consumerFrom = (row: Selectable<OauthConsumerTable>): Consumer => ({
  id: row.id,
  workspaceId: row.workspace_id,
  key: row.key,
  name: row.name,
  description: row.description,
  url: row.url,
  isPrivate: row.is_private === 1,
  scopes: scopesOf(row),
  callbacks: callbacksIn(row.callbacks),
  appUserAccountId: row.app_user_account_id,
  createdAt: row.created_at,
  createdBy: row.created_by,
});

const live = (db: Handle) => db.selectFrom('oauth_consumer').selectAll().where('deleted_at', 'is', null);

/** Undefined for one that was deleted, too. */
export async function consumerById(db: Handle, id: string): Promise<Consumer | undefined> {
  const row = await live(db).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : consumerFrom(row);
}

/** Each of these that was not deleted, by id. */
export async function consumersOfEach(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Consumer>> {
  const rows = await inParts(ids, (part) => live(db).where('id', 'in', part).execute());
  return new Map(rows.map((row) => [row.id, consumerFrom(row)]));
}

/** By its `client_id`; undefined for one that was deleted, too. */
export async function consumerByKey(db: Handle, key: string): Promise<Consumer | undefined> {
  if (!/^[A-Za-z0-9]{1,64}$/.test(key)) return undefined;
  const row = await live(db).where('key', '=', key).executeTakeFirst();
  return row === undefined ? undefined : consumerFrom(row);
}

/** The consumers of a workspace, by name. */
export async function listConsumers(db: Handle, workspaceId: string): Promise<Consumer[]> {
  const rows = await live(db).where('workspace_id', '=', workspaceId).orderBy('name_key').execute();
  return rows.map(consumerFrom);
}

/** One page of the same, and how many there are in all. */
export async function pageOfConsumers(
  db: Handle,
  workspaceId: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly consumers: Consumer[]; readonly size: number }> {
  const among = live(db).where('workspace_id', '=', workspaceId);
  const { size } = await among
    .clearSelect()
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await among.orderBy('name_key').offset(offset).limit(limit).execute();
  return { consumers: rows.map(consumerFrom), size: Number(size) };
}

/** Those of a workspace that have these ids, by id. */
export async function consumersById(
  db: Handle,
  workspaceId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Consumer>> {
  if (ids.length === 0) return new Map();
  const rows = await live(db).where('workspace_id', '=', workspaceId).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, consumerFrom(row)]));
}

const taken = () =>
  new Problem('taken', 'This workspace has an OAuth consumer of this name already.', {
    fields: { name: ['This workspace has an OAuth consumer of this name already.'] },
  });

const columns = (chosen: ChosenConsumer) => ({
  name: chosen.name,
  name_key: chosen.name.toLowerCase(),
  description: chosen.description,
  url: chosen.url,
  scopes: chosen.scopes.join(' '),
  callbacks: JSON.stringify(chosen.callbacks),
});

/** Throws `Problem` when the name is taken in the workspace. */
export async function insertConsumer(
  db: Handle,
  workspaceId: string,
  chosen: ChosenConsumer & { readonly isPrivate: boolean },
  createdBy: string | null,
  now: number,
): Promise<Consumer> {
  const row = {
    ...columns(chosen),
    id: randomUUID(),
    workspace_id: workspaceId,
    key: newKey(),
    is_private: chosen.isPrivate ? 1 : 0,
    app_user_account_id: randomBytes(12).toString('hex'),
    created_at: now,
    created_by: createdBy,
    deleted_at: null,
  };
  await db.insertInto('oauth_consumer').values(row).execute().catch(orTaken(taken));
  return consumerFrom(row);
}

/**
 * Changes all but key and privacy. Its live tokens lose the scopes that it loses; none of them gains any. Returns whether
 * it was there.
 */
export async function updateConsumer(
  db: Handle,
  consumer: { readonly id: string; readonly workspaceId: string },
  chosen: ChosenConsumer,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('oauth_consumer')
    .set(columns(chosen))
    .where('id', '=', consumer.id)
    .where('workspace_id', '=', consumer.workspaceId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
    .catch(orTaken(taken));
  return numUpdatedRows === 1n;
}

/**
 * Ends a consumer with its secrets, every consent given to it and every token it has. The row stays, so that what it did
 * keeps a name. Returns whether it was there. Wants a transaction.
 */
export async function deleteConsumer(
  db: Handle,
  consumer: { readonly id: string; readonly workspaceId: string },
  by: string | null,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('oauth_consumer')
    .set({ deleted_at: now })
    .where('id', '=', consumer.id)
    .where('workspace_id', '=', consumer.workspaceId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows !== 1n) return false;
  await db
    .updateTable('oauth_consent')
    .set({ revoked_at: now })
    .where('consumer_id', '=', consumer.id)
    .where('revoked_at', 'is', null)
    .execute();
  await db
    .updateTable('credential')
    .set({ revoked_at: now, revoked_by: by })
    .where((where) => hasNotEnded(where, now))
    .where((where) =>
      where.or([
        where.and([where('owner_type', '=', 'consumer'), where('owner_id', '=', consumer.id)]),
        where(
          'id',
          'in',
          where.selectFrom('oauth_token').select('credential_id').where('consumer_id', '=', consumer.id),
        ),
      ]),
    )
    .execute();
  return true;
}
