import { randomUUID } from 'node:crypto';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import { orTaken } from '../store/taken.ts';
import { insertCredential, type NewCredential } from './create.ts';
import { stateOf } from './credential.ts';
import { findByDigest, type FoundCredential } from './find.ts';
import { livePlaces } from './key-places.ts';
import type { PublicKey } from './public-key.ts';

/** A key as its managers see it. */
export interface KeptKey {
  /** The `uuid` of the REST API. */
  readonly uuid: string;
  readonly type: string;
  /** As a `.pub` file has it, without the comment. */
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly comment: string;
}

/** Stands where a secret has its digest. A colon is in no digest, so no secret is ever taken for a key. */
const nameOf = (fingerprint: string): string => `ssh:${fingerprint}`;

const DUPLICATE =
  'Someone has already registered that SSH key. SSH keys must be unique on this host: use another one.';
const duplicate = (): Problem => new Problem('taken', DUPLICATE, { fields: { key: [DUPLICATE] } });

/** The credential of a key by its fingerprint, the latest one where a key was added again after it had ended. */
export const findByFingerprint = (db: Handle, fingerprint: string): Promise<FoundCredential | undefined> =>
  findByDigest(db, nameOf(fingerprint));

/**
 * Makes a credential of a public key. Wants a transaction. Throws `Problem` while anybody has a live credential of this
 * key: the unique name decides, also between two who add it at once.
 */
export async function addKey(
  db: Handle,
  wanted: Omit<NewCredential, 'scopes'>,
  key: PublicKey,
  now: number,
): Promise<string> {
  await releaseEnded(db, key.fingerprint, now);
  const digest = { digest: nameOf(key.fingerprint), keyVersion: 0 };
  const id = await insertCredential(db, { ...wanted, scopes: [] }, digest, now).catch(orTaken(duplicate));
  await db
    .insertInto('ssh_public_key')
    .values({
      credential_id: id,
      uuid: randomUUID(),
      type: key.type,
      blob: key.blob,
      fingerprint: key.fingerprint,
      comment: key.comment,
    })
    .execute();
  return id;
}

/** A key that has ended gives up its name, so that it can be added anew; its row and its history stay. */
async function releaseEnded(db: Handle, fingerprint: string, now: number): Promise<void> {
  const found = await findByFingerprint(db, fingerprint);
  if (found === undefined) return;
  const { row, kind } = found;
  const { state } = stateOf(row, now);
  const isUnused = kind === 'access_key' && (await livePlaces(db, row.id, now)).length === 0;
  if (state !== 'revoked' && state !== 'expired' && !isUnused) throw duplicate();
  await db
    .updateTable('credential')
    .set({
      digest: `${nameOf(fingerprint)} ${row.id}`,
      ...(isUnused && row.revoked_at === null && { revoked_at: now }),
    })
    .where('id', '=', row.id)
    .where('digest', '=', nameOf(fingerprint))
    .execute();
}

/** The public halves of these credentials, by credential id. */
export async function keysOf(db: Handle, ids: readonly string[]): Promise<ReadonlyMap<string, KeptKey>> {
  const rows = await inParts(ids, (part) =>
    db.selectFrom('ssh_public_key').selectAll().where('credential_id', 'in', part).execute(),
  );
  return new Map(
    rows.map(({ credential_id, uuid, type, blob, fingerprint, comment }) => [
      credential_id,
      { uuid, type, publicKey: `${type} ${blob}`, fingerprint, comment },
    ]),
  );
}
