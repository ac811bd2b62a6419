import { randomBytes, randomUUID } from 'node:crypto';
import type { AnyScope, Bound, CredentialKind, SecretForm, SecretKind } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import type { CredentialOwner } from './credential.ts';
import type { Digest, DigestKeys } from './digest-keys.ts';
import { pushLayer } from './layers.ts';
import { generatePublicId, generateSecret, type Secret } from './secret.ts';

const ACCOUNT_ID_BYTES = 12;
const OWNED_BY_BOTS: ReadonlySet<CredentialOwner['type']> = new Set([
  'repository',
  'project',
  'workspace',
  'places',
]);

export interface NewCredential {
  readonly kind: CredentialKind;
  /** Of an access key, which is its own owner, the id is not known before and left empty. */
  readonly owner: CredentialOwner;
  readonly label: string;
  readonly scopes: readonly AnyScope[];
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
  /** The first layer of its bounds; none confines it to nothing more than its scopes. */
  readonly bounds: readonly Bound[];
  /** Rows that follow each other by rotation share it; its own id when none is given. */
  readonly familyId?: string;
  /** The credential that it is derived from: it is within that one's bounds as well, and ends with it. */
  readonly parentId?: string;
  /** Account id, or null for the operator. */
  readonly createdBy: string | null;
}

/**
 * Makes a credential that is a secret, and with the first access token of a family the app user that they act as. The secret is returned here and nowhere
 * else. Call it inside a transaction: the rows belong together.
 */
export async function createCredential(
  db: Handle,
  keys: DigestKeys,
  wanted: NewCredential & { readonly kind: SecretKind },
  now: number,
  form: SecretForm = wanted.kind,
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const secret = generateSecret(form);
  return { id: await insertCredential(db, wanted, keys.digest(secret), now), secret };
}

/** The rows of a credential of any kind, in the transaction of the caller. Returns its public id. */
export async function insertCredential(
  db: Handle,
  wanted: NewCredential,
  { digest, keyVersion }: Digest,
  now: number,
): Promise<string> {
  const id = generatePublicId();
  await db
    .insertInto('credential')
    .values({
      id,
      kind: wanted.kind,
      owner_type: wanted.owner.type,
      owner_id: wanted.owner.type === 'places' ? id : wanted.owner.id,
      parent_id: wanted.parentId ?? null,
      family_id: wanted.familyId ?? id,
      label: wanted.label,
      digest,
      digest_key_version: keyVersion,
      paused_at: null,
      not_before: wanted.notBefore,
      expires_at: wanted.expiresAt,
      retires_at: null,
      revoked_at: null,
      revoked_by: null,
      created_at: now,
      created_by: wanted.createdBy,
      last_used_at: null,
    })
    .execute();
  if (wanted.scopes.length > 0) {
    await db
      .insertInto('credential_scope')
      .values(wanted.scopes.map((scope) => ({ credential_id: id, scope })))
      .execute();
  }
  await pushLayer(db, id, wanted.bounds);
  // Its successors and what is derived from it act as the same one. An account is somebody already, and a consumer has an app user of its own.
  if (
    OWNED_BY_BOTS.has(wanted.owner.type) &&
    wanted.familyId === undefined &&
    wanted.parentId === undefined
  ) {
    await db
      .insertInto('app_user')
      .values({
        id: randomUUID(),
        account_id: randomBytes(ACCOUNT_ID_BYTES).toString('hex'),
        credential_id: id,
        display_name: wanted.label,
        created_at: now,
      })
      .execute();
  }
  return id;
}
