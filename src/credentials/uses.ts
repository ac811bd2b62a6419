import type { Handle } from '../store/handle.ts';
import { heldBound } from './find.ts';

/** Claims one use under one counting bound: an atomic update that checks the limit, across all nodes. */
async function claim(
  db: Handle,
  bound: {
    readonly credentialId: string;
    readonly layer: number;
    readonly kind: 'uses' | 'pushes';
    readonly limit: number;
  },
): Promise<boolean> {
  const key = { credential_id: bound.credentialId, layer: bound.layer, kind: bound.kind };
  await db
    .insertInto('credential_use')
    .values({ ...key, used: 0 })
    .onConflict((conflict) => conflict.columns(['credential_id', 'layer', 'kind']).doNothing())
    .execute();
  const { numUpdatedRows } = await db
    .updateTable('credential_use')
    .set((where) => ({ used: where('used', '+', 1) }))
    .where('credential_id', '=', bound.credentialId)
    .where('layer', '=', bound.layer)
    .where('kind', '=', bound.kind)
    .where('used', '<', bound.limit)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/**
 * Claims a use (and, for a push, a push) under every bound that counts, of the credential and of what it is derived from;
 * all or none. Returns the first
 * bound that was used up, or null when the use was claimed. There is no refund. Wants a transaction that the caller rolls
 * back when a bound is returned.
 */
export async function claimUse(
  db: Handle,
  credentialId: string,
  pushes: boolean,
): Promise<{ readonly kind: 'uses' | 'pushes'; readonly limit: number } | null> {
  const { parent_id } = await db
    .selectFrom('credential')
    .select('parent_id')
    .where('id', '=', credentialId)
    .executeTakeFirstOrThrow();
  const above = parent_id === null ? null : await claimUse(db, parent_id, pushes);
  if (above !== null) return above;
  const bounds = await db
    .selectFrom('credential_bound')
    .select(['layer', 'kind', 'value'])
    .where('credential_id', '=', credentialId)
    .where('kind', 'in', pushes ? ['uses', 'pushes'] : ['uses'])
    // One order for everybody: two that claim the same bounds in different orders would wait for each other.
    .orderBy('layer')
    .orderBy('kind')
    .execute();
  for (const { layer, kind, value } of bounds) {
    const bound = heldBound(kind, value);
    // What cannot be read was refused before; it is not let through here either.
    if (bound.kind !== 'uses' && bound.kind !== 'pushes') return { kind: 'uses', limit: 0 };
    if (!(await claim(db, { credentialId, layer, kind: bound.kind, limit: bound.limit }))) return bound;
  }
  return null;
}
