import { createCredential } from '../credentials/create.ts';
import type { DigestKeys } from '../credentials/digest-keys.ts';
import { findBySecret } from '../credentials/find.ts';
import { carryBounds } from '../credentials/layers.ts';
import { isFamilyPaused } from '../credentials/pause.ts';
import { revokeCredentials } from '../credentials/revoke.ts';
import type { Secret } from '../credentials/secret.ts';
import { expandScopes, isScope, type Bound, type HeldBound, type Scope } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { asksInSpace } from './asked.ts';
import { holdConsent, type Consent } from './consents.ts';
import type { Consumer } from './consumers.ts';
import type { OauthErrorCode } from './oauth-error.ts';

/** How long tokens live, in milliseconds: an access token from its issue, a refresh token while it is not used. */
export interface Lifetimes {
  readonly accessMs: number;
  readonly refreshMs: number;
}

/** What a token request yields; the secrets are here and nowhere else. */
export type Issued =
  | {
      readonly type: 'tokens';
      readonly accessId: string;
      readonly access: Secret;
      readonly refresh: Secret | null;
      readonly scopes: readonly string[];
      readonly accountId: string | null;
    }
  | {
      readonly type: 'app_password';
      readonly credentialId: string;
      readonly secret: Secret;
      readonly scopes: readonly string[];
      readonly accountId: string;
      /** In milliseconds since 1970; null for one that does not expire. */
      readonly expiresAt: number | null;
    };

/**
 * A no is data here and not thrown: what it changed, such as the end of a family, must be committed. `alarm` names the
 * family that ended because something was used twice.
 */
export type Outcome =
  | { readonly issued: Issued }
  | {
      readonly refused: OauthErrorCode;
      readonly why: string;
      readonly alarm?: { readonly familyId: string; readonly accountId: string; readonly ended: number };
    };

/** How long a refresh that is repeated counts as one whose answer was lost. */
const LOST_ANSWER_MS = 30_000;

const isJudged = (bound: HeldBound): bound is Bound => bound.kind !== 'unknown';

interface Issue {
  readonly consumer: Consumer;
  readonly consent: Consent;
  readonly familyId: string;
  /** Of the access token; the refresh token keeps what the consent gave. */
  readonly scopes: readonly Scope[];
  /** The pairs that this one follows: what somebody confined them to afterwards confines it, too. */
  readonly after?: readonly Pair[];
}

interface Pair {
  readonly refreshId: string;
  readonly accessId: string | null;
}

/** Makes of a consent what it is for. Wants a transaction that holds the consent. */
export async function issueForConsent(
  db: Handle,
  keys: DigestKeys,
  { consumer, consent, familyId, scopes, after = [] }: Issue,
  lifetimes: Lifetimes,
  now: number,
): Promise<Outcome> {
  // Read back from the row: what this version cannot judge confines nothing, and so nothing is made of it.
  if (!consent.bounds.every(isJudged))
    return { refused: 'invalid_grant', why: 'The authorization cannot be judged by this host. Ask again.' };
  const common = {
    owner: { type: 'account', id: consent.accountId },
    notBefore: null,
    bounds: consent.bounds.filter(isJudged),
    createdBy: consent.accountId,
  } as const;
  if (consent.type === 'app_password') {
    if (consent.expiresAt !== null && consent.expiresAt <= now)
      return { refused: 'invalid_grant', why: 'What was approved has expired. Ask again.' };
    const { id, secret } = await createCredential(
      db,
      keys,
      {
        ...common,
        kind: 'app_password',
        label: consent.label ?? consumer.name,
        familyId,
        scopes,
        expiresAt: consent.expiresAt,
      },
      now,
    );
    return {
      issued: {
        type: 'app_password',
        credentialId: id,
        secret,
        scopes,
        accountId: consent.accountId,
        expiresAt: consent.expiresAt,
      },
    };
  }
  const family = { ...common, label: consumer.name, familyId } as const;
  const access = await createCredential(
    db,
    keys,
    { ...family, kind: 'oauth_access_token', scopes, expiresAt: now + lifetimes.accessMs },
    now,
  );
  const refresh = await createCredential(
    db,
    keys,
    {
      ...family,
      kind: 'oauth_refresh_token',
      scopes: consent.scopes.filter(isScope),
      expiresAt: now + lifetimes.refreshMs,
    },
    now,
  );
  for (const { refreshId, accessId } of after) {
    for (const id of [access.id, refresh.id]) await carryBounds(db, refreshId, id);
    if (accessId !== null) await carryBounds(db, accessId, access.id);
  }
  const token = { consumer_id: consumer.id, consent_id: consent.id, used_at: null, successor_id: null };
  await db
    .insertInto('oauth_token')
    .values([
      { ...token, credential_id: access.id, access_id: null },
      { ...token, credential_id: refresh.id, access_id: access.id },
    ])
    .execute();
  return {
    issued: {
      type: 'tokens',
      accessId: access.id,
      access: access.secret,
      refresh: refresh.secret,
      scopes,
      accountId: consent.accountId,
    },
  };
}

/**
 * An access token of a consumer's app user, derived from the secret that asked for it: within that one's bounds, and
 * ending with it. Wants a transaction.
 */
export async function issueForConsumer(
  db: Handle,
  keys: DigestKeys,
  wanted: { readonly consumer: Consumer; readonly secretId: string; readonly scopes: readonly Scope[] },
  { accessMs }: Lifetimes,
  now: number,
): Promise<Issued> {
  const { consumer, secretId, scopes } = wanted;
  const { id, secret } = await createCredential(
    db,
    keys,
    {
      kind: 'oauth_access_token',
      owner: { type: 'consumer', id: consumer.id },
      label: consumer.name,
      scopes,
      notBefore: null,
      expiresAt: now + accessMs,
      bounds: [],
      parentId: secretId,
      createdBy: null,
    },
    now,
  );
  await db
    .insertInto('oauth_token')
    .values({
      credential_id: id,
      consumer_id: consumer.id,
      consent_id: null,
      access_id: null,
      used_at: null,
      successor_id: null,
    })
    .execute();
  return { type: 'tokens', accessId: id, access: secret, refresh: null, scopes, accountId: null };
}

const UNKNOWN = 'Refresh token is invalid or expired.';
const PAUSED = 'This authorization is paused. Keep the refresh token: it works again once it is resumed.';

/**
 * Exchanges a refresh token, once. A repeat within 30 seconds, while nothing that came of the first is used, is taken for
 * a lost answer: a fresh pair replaces that one. Every other reuse ends the family (RFC 9700 §4.14.2), and so does the use
 * of a pair that was replaced: then the answer was not lost, and two hold the family. Of a family that is paused nothing is
 * exchanged and nothing ended, whichever of its refresh tokens is presented. Wants a transaction, and the uses of tokens
 * written.
 */
export async function rotate(
  db: Handle,
  keys: DigestKeys,
  wanted: { readonly consumer: Consumer; readonly secret: Secret; readonly scope: string | undefined },
  lifetimes: Lifetimes,
  now: number,
): Promise<Outcome> {
  const { consumer } = wanted;
  const found = await findBySecret(db, keys, wanted.secret);
  if (found === undefined || found.kind !== 'oauth_refresh_token')
    return { refused: 'invalid_grant', why: UNKNOWN };
  const { id, family_id: familyId, expires_at: expiresAt } = found.row;
  const before = await tokenRow(db, id);
  if (before === undefined || before.consumer_id !== consumer.id || before.consent_id === null)
    return { refused: 'invalid_grant', why: UNKNOWN };
  const consent = await holdConsent(db, before.consent_id);
  if (consent === undefined)
    return { refused: 'invalid_grant', why: 'The authorization was withdrawn. Ask again.' };
  // Only now: who holds the consent sees what everybody before them did.
  const { revoked, exchanged } = await stateNow(db, id);
  if ((revoked && !exchanged) || expiresAt === null || expiresAt <= now)
    return { refused: 'invalid_grant', why: UNKNOWN };
  // Not exchanged either, nor taken for a reuse: the line goes on where it stopped. `invalid_grant` would say that the token
  // is good for nothing any more (RFC 6749 §5.2), on which clients throw it away.
  if (await isFamilyPaused(db, familyId, now)) return { refused: 'unauthorized_client', why: PAUSED };
  const held = consent.scopes.filter(isScope).filter((scope) => expandScopes(consumer.scopes).has(scope));
  const scopes = narrowed(held, wanted.scope);
  if (scopes === undefined)
    return {
      refused: 'invalid_scope',
      why: 'A refresh may ask for what was granted or less, and never for more.',
    };
  const isFirst = !revoked && (await claim(db, id, now));
  if (isFirst) await retire(db, id, now);
  const lost = revoked || isFirst ? undefined : await replaceLost(db, id, now);
  if (!isFirst && lost === undefined) {
    const ended = await revokeCredentials(db, { family: familyId }, null, now);
    const alarm = { familyId, accountId: consent.accountId, ended };
    // One that had ended already alarms nobody again.
    return { refused: 'invalid_grant', why: UNKNOWN, ...(ended > 0 && { alarm }) };
  }
  const after = [{ refreshId: id, accessId: before.access_id }, ...(lost === undefined ? [] : [lost])];
  const outcome = await issueForConsent(
    db,
    keys,
    { consumer, consent, familyId, scopes, after },
    lifetimes,
    now,
  );
  if ('issued' in outcome && outcome.issued.type === 'tokens') {
    await rememberSuccessor(db, id, outcome.issued.accessId);
  }
  return outcome;
}

const tokenRow = (db: Handle, id: string) =>
  db.selectFrom('oauth_token').selectAll().where('credential_id', '=', id).executeTakeFirst();

async function stateNow(db: Handle, id: string) {
  const row = await db
    .selectFrom('credential')
    .innerJoin('oauth_token', 'oauth_token.credential_id', 'credential.id')
    .select(['credential.revoked_at', 'oauth_token.used_at', 'credential.last_used_at'])
    .where('credential.id', '=', id)
    .executeTakeFirstOrThrow();
  return {
    revoked: row.revoked_at !== null,
    exchanged: row.used_at !== null,
    opened: row.last_used_at !== null,
  };
}

function narrowed(held: readonly Scope[], text: string | undefined): readonly Scope[] | undefined {
  const asked = asksInSpace(text ?? '');
  if (asked.length === 0) return held;
  const open = expandScopes(held);
  const scopes = asked.filter(isScope).filter((scope) => open.has(scope));
  return scopes.length === asked.length ? scopes : undefined;
}

/** Of many who exchange a refresh token at once, true for one. */
async function claim(db: Handle, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('oauth_token')
    .set({ used_at: now })
    .where('credential_id', '=', id)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** What was exchanged is in no list of what lives, and nothing is laid upon it. */
const retire = (db: Handle, id: string, now: number) =>
  db.updateTable('credential').set({ retires_at: now }).where('id', '=', id).execute();

/** Withdraws the pair that came of an earlier exchange: unused, and soon enough for its answer to have been lost. Undefined otherwise. */
async function replaceLost(db: Handle, id: string, now: number): Promise<Pair | undefined> {
  const token = await tokenRow(db, id);
  if (token === undefined || token.used_at === null || token.successor_id === null) return undefined;
  if (now - token.used_at > LOST_ANSWER_MS) return undefined;
  const successor = await tokenRow(db, token.successor_id);
  if (successor === undefined || (await stateNow(db, successor.credential_id)).revoked) return undefined;
  const { credential_id: refreshId, access_id: accessId } = successor;
  // Whoever opened something with the access token had the answer.
  if (accessId !== null && (await stateNow(db, accessId)).opened) return undefined;
  if (!(await claim(db, refreshId, now))) return undefined;
  await revokeCredentials(db, { id: refreshId }, null, now);
  if (accessId !== null) await revokeCredentials(db, { id: accessId }, null, now);
  return { refreshId, accessId };
}

async function rememberSuccessor(db: Handle, id: string, accessId: string): Promise<void> {
  await db
    .updateTable('oauth_token')
    .set((where) => ({
      successor_id: where
        .selectFrom('oauth_token as next')
        .select('next.credential_id')
        .where('next.access_id', '=', accessId),
    }))
    .where('credential_id', '=', id)
    .execute();
}
