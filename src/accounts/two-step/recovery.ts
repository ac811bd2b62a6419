import { randomBytes } from 'node:crypto';
import { Secret, type DigestKeys } from '../../credentials/index.ts';
import type { Handle } from '../../store/handle.ts';

export const RECOVERY_CODES = 10;
/** Crockford's base32: no letter that looks like a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 80 bits: nobody guesses one, however often they may try. */
const CHARACTERS = 16;
const GROUP = 4;
const CODE = /^[0-9a-hjkmnp-tv-z]{16}$/;

/** `abcd-efgh-jkmn-pqrs`, as it is shown. */
function newCode(): string {
  // 32 letters divide 256: every letter is as likely as any other.
  const letters = Array.from(randomBytes(CHARACTERS), (byte) => ALPHABET.charAt(byte % ALPHABET.length));
  return Array.from({ length: CHARACTERS / GROUP }, (_, index) =>
    letters.slice(index * GROUP, (index + 1) * GROUP).join(''),
  ).join('-');
}

/** As it was made, however it was typed: capitals, spaces, and the letters that people take for digits. */
const plain = (typed: string): string =>
  typed.toLowerCase().replace(/[\s-]/g, '').replace(/[il]/g, '1').replace(/o/g, '0');

/** Whether it has the form of a recovery code, right or wrong. */
export const isRecoveryCode = (typed: string): boolean => CODE.test(plain(typed));

const digested = (accountId: string, typed: string): Secret =>
  new Secret(`recovery-code ${accountId} ${plain(typed)}`);

/** Makes ten codes in the place of all that there were; only their digests are kept. */
export async function replaceRecoveryCodes(
  db: Handle,
  keys: DigestKeys,
  accountId: string,
  now: number,
): Promise<readonly Secret[]> {
  await db.deleteFrom('recovery_code').where('account_id', '=', accountId).execute();
  const codes = Array.from({ length: RECOVERY_CODES }, newCode);
  await db
    .insertInto('recovery_code')
    .values(
      codes.map((code) => ({
        digest: keys.digest(digested(accountId, code)).digest,
        account_id: accountId,
        used_at: null,
        created_at: now,
      })),
    )
    .execute();
  return codes.map((code) => new Secret(code));
}

/** Takes a code, once: of two that bring the same one at the same time, one finds it used. */
export async function takeRecoveryCode(
  db: Handle,
  keys: DigestKeys,
  accountId: string,
  typed: string,
  now: number,
): Promise<boolean> {
  if (!isRecoveryCode(typed)) return false;
  const { numUpdatedRows } = await db
    .updateTable('recovery_code')
    .set({ used_at: now })
    .where('account_id', '=', accountId)
    .where('digest', 'in', keys.candidates(digested(accountId, typed)))
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** How many codes are left. */
export async function recoveryCodesLeft(db: Handle, accountId: string): Promise<number> {
  const rows = await db
    .selectFrom('recovery_code')
    .select('digest')
    .where('account_id', '=', accountId)
    .where('used_at', 'is', null)
    .execute();
  return rows.length;
}

export async function removeRecoveryCodes(db: Handle, accountId: string): Promise<void> {
  await db.deleteFrom('recovery_code').where('account_id', '=', accountId).execute();
}
