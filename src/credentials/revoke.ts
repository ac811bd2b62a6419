import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { CredentialKind } from '../gate/index.ts';
import type { CredentialOwner } from './credential.ts';
import type { Handle } from '../store/handle.ts';
import type { Schema } from '../store/schema.ts';

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
  const { numUpdatedRows } = await db
    .updateTable('credential')
    .set({ revoked_at: now, revoked_by: revokedBy })
    .where('revoked_at', 'is', null)
    .where(namedBy(filter))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) await revokeDerived(db, filter, revokedBy, now);
  return Number(numUpdatedRows);
}

const namedBy =
  (filter: RevocationFilter) =>
  (where: ExpressionBuilder<Schema, 'credential'>): Expression<SqlBool> => {
    if ('family' in filter) return where('family_id', '=', filter.family);
    const owner = 'allOf' in filter ? filter.allOf : filter.owner;
    return where.and([
      ...('id' in filter ? [where('id', '=', filter.id)] : []),
      ...(owner === undefined
        ? []
        : [where('owner_type', '=', owner.type), where('owner_id', '=', owner.id)]),
    ]);
  };

/**
 * Never by a list of ids: years of expired tokens may hang on one secret, and a statement takes 32,766 values. Its own
 * statement, so that what was derived while the first one waited for a lock is seen.
 */
async function revokeDerived(
  db: Handle,
  filter: RevocationFilter,
  revokedBy: string | null,
  now: number,
): Promise<void> {
  await db
    .withRecursive('derived(id)', (query) =>
      query
        .selectFrom('credential')
        .select('id')
        .where('revoked_at', 'is', null)
        .where('parent_id', 'in', (where) =>
          where.selectFrom('credential').select('id').where(namedBy(filter)),
        )
        .unionAll(
          query
            .selectFrom('credential as child')
            .innerJoin('derived', 'derived.id', 'child.parent_id')
            .select('child.id')
            .where('child.revoked_at', 'is', null),
        ),
    )
    .updateTable('credential')
    .set({ revoked_at: now, revoked_by: revokedBy })
    .where('revoked_at', 'is', null)
    .where('id', 'in', (where) => where.selectFrom('derived').select('derived.id'))
    .execute();
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
