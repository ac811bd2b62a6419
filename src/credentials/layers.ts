import { encodeBound, type Bound } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';

/**
 * Pushes a layer of bounds onto a credential's stack: from now on these must allow, too. Nothing is ever edited or taken
 * off, so a credential can only become narrower. Wants a transaction.
 */
export async function pushLayer(db: Handle, credentialId: string, bounds: readonly Bound[]): Promise<void> {
  if (bounds.length === 0) return;
  const { layers } = await db
    .selectFrom('credential_bound')
    .select(({ fn }) => fn.max('layer').as('layers'))
    .where('credential_id', '=', credentialId)
    .executeTakeFirstOrThrow();
  // The aggregate is null where there is no row.
  const layer = typeof layers === 'number' ? layers + 1 : 0;
  await db
    .insertInto('credential_bound')
    .values(
      bounds.map((bound) => ({
        credential_id: credentialId,
        layer,
        kind: bound.kind,
        value: JSON.stringify(encodeBound(bound)),
      })),
    )
    .execute();
}
