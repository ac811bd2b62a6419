import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import { isCredentialKind, selectFound, type FoundCredential } from './find.ts';
import { boundsOfEach, scopesOfEach } from './held.ts';

/** What `findById` finds of each of these, by id, in a few statements for all of them; those that it does not find are not in it. */
export async function findEach(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, FoundCredential>> {
  if (ids.length === 0) return new Map();
  const rows = await inParts(ids, (part) => selectFound(db).where('credential.id', 'in', part).execute());
  const parents = await findEach(db, [...new Set(rows.flatMap(({ parent_id }) => parent_id ?? []))]);
  const scopes = await scopesOfEach(db, ids);
  const bounds = await boundsOfEach(db, ids);
  const found = new Map<string, FoundCredential>();
  for (const row of rows) {
    const { id, kind, parent_id } = row;
    const parent = parent_id === null ? null : parents.get(parent_id);
    if (!isCredentialKind(kind) || parent === undefined) continue;
    found.set(id, {
      row,
      kind,
      scopes: scopes.get(id) ?? [],
      bounds: [...(parent?.bounds ?? []), ...(bounds.get(id) ?? [])],
      parent,
    });
  }
  return found;
}
