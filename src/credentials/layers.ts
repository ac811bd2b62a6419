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

/**
 * Lays upon a credential what another one before it is confined to, as far as it is not yet confined so itself, with what
 * was used up of it. Wants a transaction that made the credential.
 */
export async function carryBounds(db: Handle, fromId: string, toId: string): Promise<void> {
  const held = new Map((await layersOf(db, toId)).map((layer) => [layer.says, layer]));
  for (const layer of await layersOf(db, fromId)) {
    const same = held.get(layer.says);
    const number = same?.number ?? Math.max(-1, ...[...held.values()].map((each) => each.number)) + 1;
    if (same === undefined) {
      await db
        .insertInto('credential_bound')
        .values(layer.bounds.map((bound) => ({ ...bound, credential_id: toId, layer: number })))
        .execute();
    }
    const uses = layer.uses.filter(
      ({ kind, used }) => used > (same?.uses.find((use) => use.kind === kind)?.used ?? 0),
    );
    for (const { kind, used } of uses) {
      await db
        .insertInto('credential_use')
        .values({ credential_id: toId, layer: number, kind, used })
        .onConflict((conflict) => conflict.columns(['credential_id', 'layer', 'kind']).doUpdateSet({ used }))
        .execute();
    }
    held.set(layer.says, { ...layer, number });
  }
}

async function layersOf(db: Handle, credentialId: string) {
  const rows = await db
    .selectFrom('credential_bound')
    .select(['layer', 'kind', 'value'])
    .where('credential_id', '=', credentialId)
    .orderBy('layer')
    .orderBy('kind')
    .execute();
  const uses = await db
    .selectFrom('credential_use')
    .select(['layer', 'kind', 'used'])
    .where('credential_id', '=', credentialId)
    .execute();
  return [...Map.groupBy(rows, ({ layer }) => layer)].map(([number, bounds]) => ({
    number,
    bounds: bounds.map(({ kind, value }) => ({ kind, value })),
    says: JSON.stringify(bounds.map(({ kind, value }) => [kind, value])),
    uses: uses
      .filter(({ layer }) => layer === number)
      .map(({ kind, used }) => ({ kind, used: Number(used) })),
  }));
}
