import { randomInt, randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { DigestKeys } from '../credentials/digest-keys.ts';
import { revokeCredentials } from '../credentials/revoke.ts';
import { Secret } from '../credentials/secret.ts';
import { expandScopes, isScope } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import type { OauthDeviceTable } from '../store/schema.ts';
import type { Asked } from './asked.ts';
import { holdConsent } from './consents.ts';
import type { Consumer } from './consumers.ts';
import { newHandle } from './handle-secret.ts';
import { verifies } from './pkce.ts';
import { issueForConsent, type Lifetimes, type Outcome } from './tokens.ts';

export const DEVICE_MS = 10 * 60_000;
const INTERVAL_MS = 5_000;
/** No vowels, so that no words come out, and nothing that looks like something else (RFC 8628 §6.1): 34 bits. */
const USER_CODE_ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const USER_CODE_CHARACTERS = 8;
const USER_CODE = new RegExp(`^[${USER_CODE_ALPHABET}]{${USER_CODE_CHARACTERS}}$`);

/** A device that waits, as the person who entered its code sees it. */
export interface Device {
  readonly id: string;
  readonly consumerId: string;
  readonly asked: Asked;
  /** The network address that asked. */
  readonly address: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What a person typed, as it was shown, `XXXX-XXXX`; undefined when it cannot be one of ours. */
export function userCodeForm(typed: string): string | undefined {
  const letters = typed.toUpperCase().replaceAll(/[^A-Z]/g, '');
  return USER_CODE.test(letters) ? hyphenated(letters) : undefined;
}

const hyphenated = (letters: string): string => `${letters.slice(0, 4)}-${letters.slice(4)}`;

const newUserCode = (): string =>
  hyphenated(
    Array.from({ length: USER_CODE_CHARACTERS }, () =>
      USER_CODE_ALPHABET.charAt(randomInt(USER_CODE_ALPHABET.length)),
    ).join(''),
  );

const userCodeSecret = (code: string): Secret => new Secret(`user code ${code}`);

const deviceFrom = (row: Selectable<OauthDeviceTable>): Device => ({
  id: row.id,
  consumerId: row.consumer_id,
  // Written by `createDevice` from the same type, and by nobody else.
  asked: JSON.parse(row.request),
  address: row.address,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
});

/** Begins the flow of RFC 8628. Both codes are in the answer and nowhere else. */
export async function createDevice(
  db: Handle,
  keys: DigestKeys,
  wanted: {
    readonly consumerId: string;
    readonly asked: Asked;
    readonly challenge: string | null;
    readonly address: string;
  },
  now: number,
): Promise<{
  readonly deviceCode: Secret;
  readonly userCode: string;
  readonly expiresMs: number;
  readonly intervalMs: number;
}> {
  const deviceCode = newHandle('lkdc_');
  const userCode = newUserCode();
  await db
    .insertInto('oauth_device')
    .values({
      id: randomUUID(),
      digest: keys.digest(deviceCode).digest,
      user_code_digest: keys.digest(userCodeSecret(userCode)).digest,
      consumer_id: wanted.consumerId,
      request: JSON.stringify(wanted.asked),
      address: wanted.address,
      challenge: wanted.challenge,
      claimed_by: null,
      consent_id: null,
      family_id: randomUUID(),
      denied_at: null,
      created_at: now,
      expires_at: now + DEVICE_MS,
      used_at: null,
      interval_ms: INTERVAL_MS,
      polled_at: null,
    })
    .execute();
  return { deviceCode, userCode, expiresMs: DEVICE_MS, intervalMs: INTERVAL_MS };
}

/**
 * Binds a waiting device to the account that entered its code: from then on nobody else may see or answer it. Undefined
 * for a code that is wrong, has expired, was answered, or is another person's; these are not told apart.
 */
export async function claimDevice(
  db: Handle,
  keys: DigestKeys,
  userCode: string,
  accountId: string,
  now: number,
): Promise<Device | undefined> {
  const row = await db
    .updateTable('oauth_device')
    .set({ claimed_by: accountId })
    .where('user_code_digest', 'in', keys.candidates(userCodeSecret(userCode)))
    .where('consent_id', 'is', null)
    .where('denied_at', 'is', null)
    .where('expires_at', '>', now)
    .where((where) => where.or([where('claimed_by', 'is', null), where('claimed_by', '=', accountId)]))
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : deviceFrom(row);
}

/** A device that this account claimed and has not answered. */
export async function deviceById(
  db: Handle,
  id: string,
  accountId: string,
  now: number,
): Promise<Device | undefined> {
  const row = await db
    .selectFrom('oauth_device')
    .selectAll()
    .where('id', '=', id)
    .where('claimed_by', '=', accountId)
    .where('consent_id', 'is', null)
    .where('denied_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row === undefined ? undefined : deviceFrom(row);
}

/** The answer of whoever claimed it, once: a consent, or null for no. Returns whether it counted. Wants a transaction. */
export async function answerDevice(
  db: Handle,
  id: string,
  accountId: string,
  consentId: string | null,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('oauth_device')
    .set(consentId === null ? { denied_at: now } : { consent_id: consentId })
    .where('id', '=', id)
    .where('claimed_by', '=', accountId)
    .where('consent_id', 'is', null)
    .where('denied_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** A device asks whether it was approved (RFC 8628 §3.4). Wants a transaction. */
export async function pollDevice(
  db: Handle,
  keys: DigestKeys,
  wanted: {
    readonly consumer: Consumer;
    readonly deviceCode: Secret;
    readonly verifier: string | undefined;
  },
  lifetimes: Lifetimes,
  now: number,
): Promise<Outcome> {
  const { consumer, deviceCode } = wanted;
  const row = await db
    .selectFrom('oauth_device')
    .selectAll()
    .where('digest', 'in', keys.candidates(deviceCode))
    .executeTakeFirst();
  if (row === undefined || row.consumer_id !== consumer.id)
    return { refused: 'invalid_grant', why: 'The specified device_code is not valid.' };
  if (!verifies(row.challenge, wanted.verifier))
    return { refused: 'invalid_grant', why: 'The code_verifier does not belong to the device_code.' };
  if (row.denied_at !== null) return { refused: 'access_denied', why: 'The person said no.' };
  if (row.expires_at <= now && row.used_at === null)
    return { refused: 'expired_token', why: 'The device_code has expired. Begin again.' };
  if (await isTooSoon(db, row.id, now))
    return {
      refused: 'slow_down',
      why: 'Wait longer between two requests: five seconds more than before.',
    };
  if (row.consent_id === null)
    return { refused: 'authorization_pending', why: 'Nobody has answered yet. Ask again later.' };
  const consent = await holdConsent(db, row.consent_id);
  if (consent === undefined)
    return { refused: 'access_denied', why: 'The authorization was withdrawn. Ask again.' };
  const { numUpdatedRows } = await db
    .updateTable('oauth_device')
    .set({ used_at: now })
    .where('id', '=', row.id)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow();
  const { family_id: familyId } = row;
  if (numUpdatedRows !== 1n) {
    const ended = await revokeCredentials(db, { family: familyId }, null, now);
    return {
      refused: 'invalid_grant',
      why: 'The specified device_code was used already.',
      ...(ended > 0 && { alarm: { familyId, accountId: consent.accountId, ended } }),
    };
  }
  const held = expandScopes(consumer.scopes);
  const scopes = consent.scopes.filter(isScope).filter((scope) => held.has(scope));
  return issueForConsent(db, keys, { consumer, consent, familyId, scopes }, lifetimes, now);
}

/** Atomic: of two polls at once one is too soon, and makes the device wait longer from then on. */
async function isTooSoon(db: Handle, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('oauth_device')
    .set({ polled_at: now })
    .where('id', '=', id)
    .where((where) =>
      where.or([
        where('polled_at', 'is', null),
        where(where('polled_at', '+', where.ref('interval_ms')), '<=', now),
      ]),
    )
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 1n) return false;
  await db
    .updateTable('oauth_device')
    .set((where) => ({ polled_at: now, interval_ms: where('interval_ms', '+', INTERVAL_MS) }))
    .where('id', '=', id)
    .execute();
  return true;
}
