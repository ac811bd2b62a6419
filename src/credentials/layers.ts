import { encodeBound, type Bound } from '../gate/index.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';

/** Every use of a credential is held against every layer. */
const MOST_LAYERS = 50;

/**
 * Pushes a layer of bounds onto a credential's stack: from now on these must allow, too. Nothing is ever edited or taken
 * off, so a credential can only become narrower. Wants a transaction. Throws `Problem` when there are very many already.
 */
export async function pushLayer(db: Handle, credentialId: string, bounds: readonly Bound[]): Promise<void> {
  if (bounds.length === 0) return;
  // Locks the credential, so that two who narrow it at once lay one layer upon the other.
  await db
    .updateTable('credential')
    .set((where) => ({ created_at: where.ref('created_at') }))
    .where('id', '=', credentialId)
    .execute();
  const { layers } = await db
    .selectFrom('credential_bound')
    .select(({ fn }) => fn.max('layer').as('layers'))
    .where('credential_id', '=', credentialId)
    .executeTakeFirstOrThrow();
  // The aggregate is null where there is no row.
  const layer = typeof layers === 'number' ? layers + 1 : 0;
  if (layer >= MOST_LAYERS) {
    throw new Problem(
      'conflict',
      `The credential was narrowed ${layer} times, which is as often as it can be: create a new one.`,
    );
  }
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

/** Lays the bounds of one credential, and what was used up of them, upon one that follows it and has none yet. Wants a transaction. */
export async function carryBounds(db: Handle, fromId: string, toId: string): Promise<void> {
  const bounds = await db
    .selectFrom('credential_bound')
    .selectAll()
    .where('credential_id', '=', fromId)
    .execute();
  if (bounds.length === 0) return;
  const uses = await db
    .selectFrom('credential_use')
    .selectAll()
    .where('credential_id', '=', fromId)
    .execute();
  await db
    .insertInto('credential_bound')
    .values(bounds.map((bound) => ({ ...bound, credential_id: toId })))
    .execute();
  if (uses.length === 0) return;
  await db
    .insertInto('credential_use')
    .values(uses.map((use) => ({ ...use, credential_id: toId })))
    .execute();
}
