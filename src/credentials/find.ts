import type { Selectable } from 'kysely';
import {
  afterUses,
  CREDENTIAL_KIND_NAMES,
  decodeBound,
  type CredentialKind,
  type HeldBound,
} from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { prepared } from '../store/prepared.ts';
import type { CredentialTable } from '../store/schema.ts';
import type { DigestKeys } from './digest-keys.ts';
import type { Secret } from './secret.ts';

/** What deciding asks of a row. Each column costs, at every request: what lists show besides is not among them. */
const FOUND_COLUMNS = [
  'id',
  'kind',
  'owner_type',
  'owner_id',
  'parent_id',
  'family_id',
  'label',
  'paused_at',
  'not_before',
  'expires_at',
  'retires_at',
  'revoked_at',
  'created_at',
  'created_by',
] as const;

/** The bot that a credential acts as. */
interface AppUserColumns {
  readonly app_user_id: string | null;
  readonly app_user_account_id: string | null;
  readonly app_user_display_name: string | null;
}

/** All of a credential's row. */
export type CredentialRow = Selectable<CredentialTable> & AppUserColumns;

/** A credential's row with its scopes, its bounds and the bot it acts as. */
export interface FoundCredential {
  readonly row: Pick<Selectable<CredentialTable>, (typeof FOUND_COLUMNS)[number]> & AppUserColumns;
  readonly kind: CredentialKind;
  readonly scopes: readonly string[];
  /** Its own, behind those of whatever it is derived from: all must allow. */
  readonly bounds: readonly HeldBound[];
  /** What it is derived from, and with which it ends. */
  readonly parent: FoundCredential | null;
}

/**
 * The bot that a credential acts as, if any: it was made with the first of its family. Callers add the credential's
 * columns, and their own WHERE.
 */
const withAppUser = (db: Handle) =>
  db
    .selectFrom('credential')
    .leftJoin('app_user', 'app_user.credential_id', 'credential.family_id')
    .select([
      'app_user.id as app_user_id',
      'app_user.account_id as app_user_account_id',
      'app_user.display_name as app_user_display_name',
    ]);

/** A credential with the bot it acts as, if any; callers add their own WHERE. */
export const selectCredentials = (db: Handle) => withAppUser(db).selectAll('credential');

/** What deciding asks of a row; callers add their own WHERE. */
export const selectFound = (db: Handle) =>
  withAppUser(db).select(FOUND_COLUMNS.map((column) => `credential.${column}` as const));

export const isCredentialKind = (kind: string): kind is CredentialKind =>
  (CREDENTIAL_KIND_NAMES as readonly string[]).includes(kind);

const rowsByDigest = prepared((db, digest: string) =>
  selectFound(db).where('credential.digest', '=', digest),
);

const rowsById = prepared((db, id: string) => selectFound(db).where('credential.id', '=', id));

const scopesOf = prepared((db, id: string) =>
  db.selectFrom('credential_scope').select('scope').where('credential_id', '=', id).orderBy('scope'),
);

const boundsOf = prepared((db, id: string) =>
  selectBounds(db).where('credential_bound.credential_id', '=', id),
);

/**
 * The credential behind a genuine secret, or undefined when none has this secret. Whether it still works is for the
 * caller to say: an ended one is found too, so that its holder can be told.
 */
export async function findBySecret(
  db: Handle,
  keys: DigestKeys,
  secret: Secret,
): Promise<FoundCredential | undefined> {
  for (const digest of keys.candidates(secret)) {
    const found = await findByDigest(db, digest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The credential that the digest column names so: the digest of a secret, or the fingerprint of a key. */
export async function findByDigest(db: Handle, digest: string): Promise<FoundCredential | undefined> {
  const [row] = await rowsByDigest(db, digest);
  return row === undefined ? undefined : completeFound(db, row);
}

/** The credential of a public id. */
export async function findById(db: Handle, id: string): Promise<FoundCredential | undefined> {
  const [row] = await rowsById(db, id);
  return row === undefined ? undefined : completeFound(db, row);
}

/** The row with its scopes and bounds; undefined for a kind that this version does not know. */
async function completeFound(db: Handle, row: FoundCredential['row']): Promise<FoundCredential | undefined> {
  if (!isCredentialKind(row.kind)) return undefined;
  const parent = row.parent_id === null ? null : await findById(db, row.parent_id);
  if (parent === undefined) return undefined;
  const scopes = await scopesOf(db, row.id);
  const bounds = await boundsOf(db, row.id);
  return {
    row,
    kind: row.kind,
    scopes: scopes.map(({ scope }) => scope),
    bounds: [...(parent?.bounds ?? []), ...bounds.map(boundFrom)],
    parent,
  };
}

/** Bounds with the uses made of them, layer by layer; callers add their own WHERE. */
export const selectBounds = (db: Handle) =>
  db
    .selectFrom('credential_bound')
    .leftJoin('credential_use', (join) =>
      join
        .onRef('credential_use.credential_id', '=', 'credential_bound.credential_id')
        .onRef('credential_use.layer', '=', 'credential_bound.layer')
        .onRef('credential_use.kind', '=', 'credential_bound.kind'),
    )
    .select([
      'credential_bound.credential_id',
      'credential_bound.kind',
      'credential_bound.value',
      'credential_use.used',
    ])
    .orderBy('credential_bound.layer')
    .orderBy('credential_bound.kind');

export const boundFrom = (row: {
  readonly kind: string;
  readonly value: string;
  readonly used: number | null;
}): HeldBound => afterUses(heldBound(row.kind, row.value), row.used ?? 0);

/** A bound that cannot be read is unknown, and an unknown bound is refused everywhere. */
export const heldBound = (kind: string, value: string): HeldBound => decodeBound(kind, parsed(value));

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
