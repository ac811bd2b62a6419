import type { HeldBound } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import { boundFrom, selectBounds } from './find.ts';

/** The scopes of each of these credentials, in the order of their names. */
export async function scopesOfEach(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await inParts(ids, (part) =>
    db
      .selectFrom('credential_scope')
      .selectAll()
      .where('credential_id', 'in', part)
      .orderBy('scope')
      .execute(),
  );
  return each(rows, ({ scope }) => scope);
}

/** The bounds of each of these credentials with the uses made of them, layer by layer. */
export async function boundsOfEach(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly HeldBound[]>> {
  const rows = await inParts(ids, (part) =>
    selectBounds(db).where('credential_bound.credential_id', 'in', part).execute(),
  );
  return each(rows, boundFrom);
}

const each = <Row extends { readonly credential_id: string }, Held>(
  rows: readonly Row[],
  heldIn: (row: Row) => Held,
): ReadonlyMap<string, readonly Held[]> =>
  new Map(
    [...Map.groupBy(rows, ({ credential_id }) => credential_id)].map(([id, of]) => [id, of.map(heldIn)]),
  );
