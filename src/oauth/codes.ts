import { randomUUID } from 'node:crypto';
import type { DigestKeys } from '../credentials/digest-keys.ts';
import { revokeCredentials } from '../credentials/revoke.ts';
import type { Secret } from '../credentials/secret.ts';
import { expandScopes, isScope } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { holdConsent } from './consents.ts';
import type { Consumer } from './consumers.ts';
import { newHandle } from './handle-secret.ts';
import { verifies } from './pkce.ts';
import { issueForConsent, type Lifetimes, type Outcome } from './tokens.ts';

const CODE_MS = 2 * 60_000;

export interface CodeRequest {
  readonly consumerId: string;
  readonly consentId: string;
  /** As the request gave it; null when it gave none. */
  readonly redirectUri: string | null;
  readonly challenge: string | null;
}

/** An authorization code for a consent, good for two minutes and once. */
export async function createCode(
  db: Handle,
  keys: DigestKeys,
  request: CodeRequest,
  now: number,
): Promise<Secret> {
  const code = newHandle('lkac_');
  await db
    .insertInto('oauth_code')
    .values({
      digest: keys.digest(code).digest,
      consumer_id: request.consumerId,
      consent_id: request.consentId,
      redirect_uri: request.redirectUri,
      challenge: request.challenge,
      family_id: randomUUID(),
      expires_at: now + CODE_MS,
      used_at: null,
    })
    .execute();
  return code;
}

const refuse = (why: string): Outcome => ({ refused: 'invalid_grant', why });

/**
 * Exchanges a code, once, for its own consumer, at the callback and with the proof that it was asked with. What fails
 * before that leaves the code as it was; a second exchange ends all that came of the first (RFC 6749 §4.1.2). Wants a transaction.
 */
export async function redeemCode(
  db: Handle,
  keys: DigestKeys,
  wanted: {
    readonly consumer: Consumer;
    readonly code: Secret;
    readonly redirectUri: string | undefined;
    readonly verifier: string | undefined;
  },
  lifetimes: Lifetimes,
  now: number,
): Promise<Outcome> {
  const { consumer, code } = wanted;
  const row = await db
    .selectFrom('oauth_code')
    .selectAll()
    .where('digest', 'in', keys.candidates(code))
    .executeTakeFirst();
  if (row === undefined || row.consumer_id !== consumer.id) return refuse('The specified code is not valid.');
  const consent = await holdConsent(db, row.consent_id);
  if (consent === undefined) return refuse('The authorization was withdrawn. Ask again.');
  if (row.redirect_uri !== (wanted.redirectUri ?? null))
    return refuse('The redirect_uri must be the one that the code was asked for with.');
  if ((!consumer.isPrivate && row.challenge === null) || !verifies(row.challenge, wanted.verifier))
    return refuse('The code_verifier does not belong to the code.');
  const { numUpdatedRows } = await db
    .updateTable('oauth_code')
    .set({ used_at: now })
    .where('digest', '=', row.digest)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows !== 1n) {
    const ended = await revokeCredentials(db, { family: row.family_id }, null, now);
    return {
      refused: 'invalid_grant',
      why: 'The specified code was used already.',
      ...(ended > 0 && { alarm: { familyId: row.family_id, accountId: consent.accountId, ended } }),
    };
  }
  if (row.expires_at <= now) return refuse('The specified code has expired.');
  const held = expandScopes(consumer.scopes);
  const scopes = consent.scopes.filter(isScope).filter((scope) => held.has(scope));
  return issueForConsent(db, keys, { consumer, consent, familyId: row.family_id, scopes }, lifetimes, now);
}
