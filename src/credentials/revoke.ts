import type { CredentialKind } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import type { CredentialOwner } from './credential.ts';
import { hasNotEnded } from './ended.ts';
import { namedBy, type NamedCredentials } from './named.ts';

/**
 * Ends credentials that had not ended, and with each everything derived from it. What was revoked before, has expired or was
 * replaced keeps the end that it had. Returns how many ended: 0 when there was nothing to end, so that callers can tell a
 * repeated revocation from the first.
 */
export async function revokeCredentials(
  db: Handle,
  named: NamedCredentials,
  revokedBy: string | null,
  now: number,
): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('credential')
    .set({ revoked_at: now, revoked_by: revokedBy })
    .where((where) => hasNotEnded(where, now))
    .where(namedBy(named))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) await revokeDerived(db, named, revokedBy, now);
  return Number(numUpdatedRows);
}

/**
 * Never by a list of ids: years of expired tokens may hang on one secret, and a statement takes 32,766 values. Its own
 * statement, so that what was derived while the first one waited for a lock is seen.
 */
async function revokeDerived(
  db: Handle,
  named: NamedCredentials,
  revokedBy: string | null,
  now: number,
): Promise<void> {
  await db
    .withRecursive('derived(id)', (query) =>
      query
        .selectFrom('credential')
        .select('id')
        .where('revoked_at', 'is', null)
        // Of what has ended nothing is left that lives.
        .where((where) => hasNotEnded(where, now))
        // What came of one that had ended before ended with that.
        .where('parent_id', 'in', (where) =>
          where.selectFrom('credential').select('id').where(namedBy(named)).where('revoked_at', '=', now),
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
    .where((where) => hasNotEnded(where, now))
    .where('id', 'in', (where) => where.selectFrom('derived').select('derived.id'))
    .execute();
}

/** Lets the credentials of an owner and kind that have not ended work until `at` and no longer; what ends sooner stays so. */
export async function retireCredentials(
  db: Handle,
  owner: CredentialOwner,
  kind: CredentialKind,
  at: number,
  now: number,
): Promise<void> {
  await db
    .updateTable('credential')
    .set({ retires_at: at })
    .where('owner_type', '=', owner.type)
    .where('owner_id', '=', owner.id)
    .where('kind', '=', kind)
    .where((where) => hasNotEnded(where, now))
    .where((where) => where.or([where('retires_at', 'is', null), where('retires_at', '>', at)]))
    .execute();
}
