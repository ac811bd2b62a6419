import type { Selectable } from 'kysely';
import { randomUUID } from 'node:crypto';
import { invalid } from '../../problem.ts';
import type { Handle } from '../../store/handle.ts';
import type { PasskeyTable } from '../../store/schema.ts';
import { orTaken } from '../../store/taken.ts';

const NAME = /^[^\p{C}]{1,60}$/u;
/** More than anybody carries; without a bound a page would grow with it. */
export const MOST_PASSKEYS = 20;

/** A passkey or security key of an account. */
export interface Passkey {
  readonly id: string;
  readonly accountId: string;
  /** As the authenticator named it, base64url. */
  readonly credentialId: string;
  /** COSE. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly name: string;
  /** Host name under which it works. */
  readonly host: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

const passkeyFrom = (row: Selectable<PasskeyTable>): Passkey => ({
  id: row.id,
  accountId: row.account_id,
  credentialId: row.credential_id,
  publicKey: Uint8Array.from(Buffer.from(row.public_key, 'base64url')),
  counter: row.counter,
  transports: row.transports === '' ? [] : row.transports.split(','),
  name: row.name,
  host: row.host,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
});

/** Throws `Problem` unless it is 1 to 60 characters on one line. */
export function choosePasskeyName(typed: string): string {
  const name = typed.trim().normalize('NFC');
  if (!NAME.test(name)) throw invalid('name', 'A name has 1 to 60 characters on one line.');
  return name;
}

/** Throws `Problem` with the code `taken` for an authenticator that is registered already, by whomever. */
export async function addPasskey(
  db: Handle,
  passkey: Omit<Passkey, 'id' | 'createdAt' | 'lastUsedAt'>,
  now: number,
): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('passkey')
    .values({
      id,
      account_id: passkey.accountId,
      credential_id: passkey.credentialId,
      public_key: Buffer.from(passkey.publicKey).toString('base64url'),
      counter: passkey.counter,
      transports: passkey.transports.join(','),
      name: passkey.name,
      host: passkey.host,
      created_at: now,
      last_used_at: null,
    })
    .execute()
    .catch(orTaken(() => invalid('name', 'This passkey or security key is registered already.')));
  return id;
}

/** The oldest first. */
export async function listPasskeys(db: Handle, accountId: string): Promise<Passkey[]> {
  const rows = await db
    .selectFrom('passkey')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(passkeyFrom);
}

export async function passkeyByCredential(db: Handle, credentialId: string): Promise<Passkey | undefined> {
  const row = await db
    .selectFrom('passkey')
    .selectAll()
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
  return row === undefined ? undefined : passkeyFrom(row);
}

/**
 * Notes a use. A counter that moved is stored only over a smaller one, so that of two copies of a key that sign at once one
 * fails; one that stays 0 is that of a passkey that several devices share. @returns whether it was noted
 */
export async function notePasskeyUse(db: Handle, id: string, counter: number, now: number): Promise<boolean> {
  const noted = db.updateTable('passkey').set({ counter, last_used_at: now }).where('id', '=', id);
  const { numUpdatedRows } = await (counter === 0
    ? noted.where('counter', '=', 0)
    : noted.where('counter', '<', counter)
  ).executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function renamePasskey(
  db: Handle,
  accountId: string,
  id: string,
  name: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('passkey')
    .set({ name })
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** One passkey of an account, or all of them. @returns how many there were */
export async function removePasskeys(
  db: Handle,
  accountId: string,
  which: { readonly id: string } | 'all',
): Promise<number> {
  const all = db.deleteFrom('passkey').where('account_id', '=', accountId);
  const { numDeletedRows } = await (which === 'all'
    ? all
    : all.where('id', '=', which.id)
  ).executeTakeFirst();
  return Number(numDeletedRows);
}
