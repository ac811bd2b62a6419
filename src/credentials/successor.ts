import { isScope } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { createCredential } from './create.ts';
import type { DigestKeys } from './digest-keys.ts';
import { hasNotEnded } from './ended.ts';
import type { FoundCredential } from './find.ts';
import { carryBounds } from './layers.ts';
import type { Secret } from './secret.ts';

/** Kinds of which one can be replaced by another one of the same. */
export type ReplaceableKind = 'app_password' | 'repository_access_token';

export const isReplaceable = (kind: string): kind is ReplaceableKind =>
  kind === 'app_password' || kind === 'repository_access_token';

/**
 * Makes the successor of a credential: a secret of its own with the same owner, label, scopes and bounds, in the same
 * family and so acting as the same bot. The one before works on until `retiresAt` at most, and so does whatever came before
 * that one. Undefined where it has ended, or has a successor that lives: of many who replace one at once, one does. Wants a
 * transaction, which the caller rolls back then.
 */
export async function createSuccessor(
  db: Handle,
  keys: DigestKeys,
  { row, scopes }: FoundCredential,
  wanted: {
    readonly kind: ReplaceableKind;
    readonly retiresAt: number;
    readonly expiresAt: number | null;
    readonly createdBy: string | null;
  },
  now: number,
): Promise<{ readonly id: string; readonly secret: Secret } | undefined> {
  const { kind, retiresAt, expiresAt, createdBy } = wanted;
  const before = (await livingOf(db, row.family_id, now)).filter(
    ({ id, retires_at }) => id === row.id || retires_at !== null,
  );
  // In the order of ids, as everybody who locks several credentials does: the writing of uses would wait crosswise.
  const ids = before.map(({ id }) => id).sort();
  if (!ids.includes(row.id)) return undefined;
  for (const id of ids) await retire(db, id, retiresAt);
  // Whoever was quicker had the lock: what they made is seen now.
  if ((await livingOf(db, row.family_id, now)).some(({ retires_at }) => retires_at === null))
    return undefined;
  const created = await createCredential(
    db,
    keys,
    {
      kind,
      owner: { type: row.owner_type, id: row.owner_id },
      label: row.label,
      scopes: scopes.filter(isScope),
      notBefore: row.not_before !== null && row.not_before > now ? row.not_before : null,
      expiresAt,
      bounds: [],
      familyId: row.family_id,
      createdBy,
    },
    now,
  );
  await carryBounds(db, row.id, created.id);
  return created;
}

const livingOf = (db: Handle, familyId: string, now: number) =>
  db
    .selectFrom('credential')
    .select(['id', 'retires_at'])
    .where('family_id', '=', familyId)
    .where((where) => hasNotEnded(where, now))
    .execute();

/** What ends sooner stays so. */
const retire = (db: Handle, id: string, at: number) =>
  db
    .updateTable('credential')
    .set((where) => ({
      retires_at: where.case().when('retires_at', '<', at).then(where.ref('retires_at')).else(at).end(),
    }))
    .where('id', '=', id)
    .execute();
