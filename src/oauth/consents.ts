import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { findEach, originOf } from '../credentials/index.ts';
import { hasNotEnded } from '../credentials/ended.ts';
import { decodeBound, encodeBound, type Bound, type HeldBound, type Scope } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import type { OauthConsentTable } from '../store/schema.ts';
import { words } from './words.ts';

/** What a person let an application do: never edited, only withdrawn. */
export interface Consent {
  readonly id: string;
  readonly consumerId: string;
  readonly accountId: string;
  readonly type: 'tokens' | 'app_password';
  readonly scopes: readonly string[];
  /** One layer, as what comes of it will carry it. */
  readonly bounds: readonly HeldBound[];
  readonly label: string | null;
  readonly expiresAt: number | null;
}

export interface NewConsent {
  readonly consumerId: string;
  readonly accountId: string;
  readonly type: 'tokens' | 'app_password';
  readonly scopes: readonly Scope[];
  readonly bounds: readonly Bound[];
  readonly label: string | null;
  readonly expiresAt: number | null;
}

/** What an account lets a consumer do by consents to tokens that are alike. */
export interface Allowance {
  readonly consumerId: string;
  readonly consumerName: string;
  readonly consumerUrl: string;
  readonly scopes: readonly string[];
  readonly bounds: readonly HeldBound[];
  /** When it was allowed last. */
  readonly allowedAt: number;
  readonly lastUsedAt: number | null;
}

function boundsIn(json: string): readonly HeldBound[] {
  const parsed: unknown = JSON.parse(json);
  return Array.isArray(parsed)
    ? parsed.map((each: { kind?: unknown; value?: unknown }) => decodeBound(String(each.kind), each.value))
    : [{ kind: 'unknown', name: 'unreadable' }];
}

const consentFrom = (row: Selectable<OauthConsentTable>): Consent => ({
  id: row.id,
  consumerId: row.consumer_id,
  accountId: row.account_id,
  type: row.type,
  scopes: words(row.scopes),
  bounds: boundsIn(row.bounds),
  label: row.label,
  expiresAt: row.expires_at,
});

export async function createConsent(db: Handle, wanted: NewConsent, now: number): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('oauth_consent')
    .values({
      id,
      consumer_id: wanted.consumerId,
      account_id: wanted.accountId,
      type: wanted.type,
      scopes: wanted.scopes.join(' '),
      bounds: JSON.stringify(wanted.bounds.map((bound) => ({ kind: bound.kind, value: encodeBound(bound) }))),
      label: wanted.label,
      expires_at: wanted.expiresAt,
      created_at: now,
      revoked_at: null,
    })
    .execute();
  return id;
}

/**
 * The consent, locked until the transaction ends, so that nobody withdraws it while something is made of it and nobody
 * else makes something of it meanwhile. Undefined when it was withdrawn, its consumer deleted, or its account disabled.
 */
export async function holdConsent(db: Handle, id: string): Promise<Consent | undefined> {
  const row = await db
    .updateTable('oauth_consent')
    .set((where) => ({ created_at: where.ref('created_at') }))
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .where((where) =>
      where(
        'account_id',
        'in',
        where.selectFrom('account').select('account.id').where('account.state', '=', 'active'),
      ),
    )
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : consentFrom(row);
}

const standing = (db: Handle, accountId: string) =>
  db
    .selectFrom('oauth_consent')
    .innerJoin('oauth_consumer', 'oauth_consumer.id', 'oauth_consent.consumer_id')
    .where('oauth_consent.account_id', '=', accountId)
    .where('oauth_consent.type', '=', 'tokens')
    .where('oauth_consent.revoked_at', 'is', null);

/** What still stands of an account's consents to tokens for these consumers, the latest first. */
export async function allowancesOf(
  db: Handle,
  accountId: string,
  consumerIds: readonly string[],
): Promise<Allowance[]> {
  if (consumerIds.length === 0) return [];
  // Whoever signs in by an application each day has consented to the same each day: one line says it.
  const rows = await standing(db, accountId)
    .leftJoin('oauth_token', 'oauth_token.consent_id', 'oauth_consent.id')
    .leftJoin('credential', 'credential.id', 'oauth_token.credential_id')
    .select((where) => [
      'oauth_consumer.id as consumer_id',
      'oauth_consumer.name as consumer_name',
      'oauth_consumer.url as consumer_url',
      'oauth_consent.scopes',
      'oauth_consent.bounds',
      where.fn.max('oauth_consent.created_at').as('allowed_at'),
      where.fn.max('credential.last_used_at').as('last_used_at'),
    ])
    .where('oauth_consumer.id', 'in', consumerIds)
    .groupBy(['oauth_consumer.id', 'oauth_consent.scopes', 'oauth_consent.bounds'])
    .orderBy('allowed_at', 'desc')
    .orderBy('consumer_id')
    .execute();
  return rows.map((row) => ({
    consumerId: row.consumer_id,
    consumerName: row.consumer_name,
    consumerUrl: row.consumer_url,
    scopes: words(row.scopes),
    bounds: boundsIn(row.bounds),
    allowedAt: Number(row.allowed_at),
    // The aggregate is null where there is no row, whatever its type says.
    lastUsedAt: typeof row.last_used_at === 'number' ? row.last_used_at : null,
  }));
}

/** One page of the consumers that an account lets do something, the one allowed last first, and how many there are in all. */
export async function pageOfAllowed(
  db: Handle,
  accountId: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly consumerIds: string[]; readonly size: number }> {
  const { size } = await standing(db, accountId)
    .select(({ fn }) => fn.count<string | number>('oauth_consumer.id').distinct().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await standing(db, accountId)
    .select((where) => ['oauth_consumer.id', where.fn.max('oauth_consent.created_at').as('allowed_at')])
    .groupBy('oauth_consumer.id')
    .orderBy('allowed_at', 'desc')
    .orderBy('oauth_consumer.id')
    .offset(offset)
    .limit(limit)
    .execute();
  return { consumerIds: rows.map(({ id }) => id), size: Number(size) };
}

/** A consumer to which an account once allowed tokens, with when it withdrew the last of that. */
export interface FormerlyAllowed {
  readonly consumerId: string;
  readonly name: string;
  readonly url: string;
  readonly withdrawnAt: number;
}

/** Undefined where there was nothing to withdraw. */
export async function formerlyAllowed(
  db: Handle,
  of: { readonly accountId: string; readonly consumerId: string },
): Promise<FormerlyAllowed | undefined> {
  const row = await db
    .selectFrom('oauth_consent')
    .innerJoin('oauth_consumer', 'oauth_consumer.id', 'oauth_consent.consumer_id')
    .select(['oauth_consumer.name', 'oauth_consumer.url', 'oauth_consent.revoked_at'])
    .where('oauth_consent.account_id', '=', of.accountId)
    .where('oauth_consent.consumer_id', '=', of.consumerId)
    .where('oauth_consent.type', '=', 'tokens')
    .where('oauth_consent.revoked_at', 'is not', null)
    .orderBy('oauth_consent.revoked_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined || row.revoked_at === null
    ? undefined
    : { consumerId: of.consumerId, name: row.name, url: row.url, withdrawnAt: row.revoked_at };
}

/** By which consumers tokens, and what was derived of tokens, act for an account, by credential id; what is no such token is absent. */
export async function consumersOfTokens(
  db: Handle,
  credentialIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (credentialIds.length === 0) return new Map();
  const origins = new Map(
    [...(await findEach(db, credentialIds))].map(([id, found]) => [id, originOf(found).row.id]),
  );
  if (origins.size === 0) return new Map();
  const rows = await db
    .selectFrom('oauth_token')
    .select(['credential_id', 'consumer_id'])
    .where('credential_id', 'in', [...new Set(origins.values())])
    .where('consent_id', 'is not', null)
    .execute();
  const consumers = new Map(rows.map((row) => [row.credential_id, row.consumer_id]));
  return new Map(
    [...origins].flatMap(([id, origin]) => {
      const consumer = consumers.get(origin);
      return consumer === undefined ? [] : [[id, consumer] as const];
    }),
  );
}

/**
 * Withdraws what an account let a consumer do: its consents, codes that wait, and every token. Returns how many consents
 * ended. Wants a transaction. App passwords that were made by consent are credentials of the account and stay.
 */
export async function endConsents(
  db: Handle,
  of: { readonly accountId: string; readonly consumerId: string },
  now: number,
): Promise<number> {
  const ended = await db
    .updateTable('oauth_consent')
    .set({ revoked_at: now })
    .where('account_id', '=', of.accountId)
    .where('consumer_id', '=', of.consumerId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  if (ended.length === 0) return 0;
  await db
    .updateTable('credential')
    .set({ revoked_at: now, revoked_by: of.accountId })
    .where((where) => hasNotEnded(where, now))
    .where(({ selectFrom, eb }) =>
      eb(
        'id',
        'in',
        selectFrom('oauth_token')
          .innerJoin('oauth_consent', 'oauth_consent.id', 'oauth_token.consent_id')
          .select('oauth_token.credential_id')
          .where('oauth_consent.account_id', '=', of.accountId)
          .where('oauth_consent.consumer_id', '=', of.consumerId),
      ),
    )
    .execute();
  return ended.length;
}
