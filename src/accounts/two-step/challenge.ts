import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret, type DigestKeys } from '../../credentials/index.ts';
import type { Handle } from '../../store/handle.ts';

const NONCE_BYTES = 16;
const TIME_BYTES = 6;
const HEAD_BYTES = NONCE_BYTES + TIME_BYTES;
const MAC_BYTES = 32;
const VALID_MS = 10 * 60_000;

/**
 * Challenges that authenticators sign (WebAuthn §13.4.3). One is made for every page that asks for a passkey, strangers'
 * pages among them, so nothing is stored for it: it carries its own end and proves to be ours, for this purpose. What is
 * stored is that it was answered, by a signature that held: a second answer finds it used.
 */
export function issueChallenge(keys: DigestKeys, purpose: string, now: number): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(HEAD_BYTES);
  randomBytes(NONCE_BYTES).copy(head);
  head.writeUIntBE(now + VALID_MS, NONCE_BYTES, TIME_BYTES);
  const mac = Buffer.from(keys.digest(signed(head, purpose)).digest, 'base64url');
  return Uint8Array.from([...head, ...mac]);
}

/** Whether a challenge (base64url) is one of ours, for this purpose, and not too old. Says nothing of whether it was used. */
export function isChallenge(keys: DigestKeys, purpose: string, challenge: string, now: number): boolean {
  const bytes = Buffer.from(challenge, 'base64url');
  if (bytes.length !== HEAD_BYTES + MAC_BYTES) return false;
  const head = bytes.subarray(0, HEAD_BYTES);
  const mac = bytes.subarray(HEAD_BYTES);
  const genuine = keys
    .candidates(signed(head, purpose))
    .some((digest) => timingSafeEqual(Buffer.from(digest, 'base64url'), mac));
  return genuine && endOf(bytes) > now;
}

/** Uses a challenge up. @returns false when it was used before */
export async function takeChallenge(db: Handle, challenge: string, now: number): Promise<boolean> {
  await db.deleteFrom('passkey_challenge').where('expires_at', '<=', now).execute();
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('passkey_challenge')
    .values({
      digest: createHash('sha256').update(challenge).digest('base64url'),
      expires_at: endOf(Buffer.from(challenge, 'base64url')),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

const endOf = (bytes: Buffer): number => bytes.readUIntBE(NONCE_BYTES, TIME_BYTES);

const signed = (head: Buffer, purpose: string): Secret =>
  new Secret(`passkey-challenge ${head.toString('base64url')} ${purpose}`);
