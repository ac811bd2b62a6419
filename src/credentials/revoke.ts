import type { CredentialKind } from '../gate/index.ts';
import type { CredentialOwner } from './credential.ts';
import type { Handle } from '../store/handle.ts';

/** Which credentials to end: one by its id, of a certain owner or of anybody, all of an owner, or all of a family. */
export type RevocationFilter =
  | { readonly id: string; readonly owner?: CredentialOwner }
  | { readonly allOf: CredentialOwner }
  | { readonly family: string };

/**
 * Ends credentials that had not been ended, and with each everything derived from it. Returns how many ended: 0 when
 * there was nothing to end, so that callers can tell a repeated revocation from the first. The look-up is by owner *and*
 * id, so that knowing an id is never enough.
 */
export async function revokeCredentials(
  db: Handle,
  filter: RevocationFilter,
  revokedBy: string | null,
  now: number,
): Promise<number> {
  let query = db
    .updateTable('credential')
    .set({ revoked_at: now, revoked_by: revokedBy })
    .where('revoked_at', 'is', null);
  const owner = 'allOf' in filter ? filter.allOf : 'id' in filter ? filter.owner : undefined;
  if ('family' in filter) query = query.where('family_id', '=', filter.family);
  if ('id' in filter) query = query.where('id', '=', filter.id);
  if (owner !== undefined)
    query = query.where('owner_type', '=', owner.type).where('owner_id', '=', owner.id);
  const ended = await query.returning('id').execute();
  await revokeDerived(
    db,
    ended.map(({ id }) => id),
    revokedBy,
    now,
  );
  return ended.length;
}

async function revokeDerived(
  db: Handle,
  parents: readonly string[],
  revokedBy: string | null,
  now: number,
): Promise<void> {
  if (parents.length === 0) return;
  const children = await db
    .updateTable('credential')
    .set({ revoked_at: now, revoked_by: revokedBy })
    .where('parent_id', 'in', parents)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  await revokeDerived(
    db,
    children.map(({ id }) => id),
    revokedBy,
    now,
  );
}

/** Lets the live credentials of an owner and kind work until `at` and no longer; what ends sooner stays so. */
export async function retireCredentials(
  db: Handle,
  owner: CredentialOwner,
  kind: CredentialKind,
  at: number,
): Promise<void> {
  await db
    .updateTable('credential')
    .set({ retires_at: at })
    .where('owner_type', '=', owner.type)
    .where('owner_id', '=', owner.id)
    .where('kind', '=', kind)
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('retires_at', 'is', null), where('retires_at', '>', at)]))
    .execute();
}
