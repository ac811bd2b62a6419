import { ACCESS_TOKEN_KINDS, isAnyScope } from '../gate/index.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { chooseNotBefore } from './choices.ts';
import { createCredential } from './create.ts';
import type { DigestKeys } from './digest-keys.ts';
import { hasNotEnded } from './ended.ts';
import type { FoundCredential } from './find.ts';
import { carryBounds } from './layers.ts';
import type { Secret } from './secret.ts';

/** Kinds of which one can be replaced by another one of the same. */
export const REPLACEABLE_KINDS = ['app_password', 'api_token', ...ACCESS_TOKEN_KINDS] as const;
export type ReplaceableKind = (typeof REPLACEABLE_KINDS)[number];

export const isReplaceable = (kind: string): kind is ReplaceableKind =>
  REPLACEABLE_KINDS.some((each) => each === kind);

/**
 * Makes the successor of a credential: a secret of its own with the same owner, label, scopes and bounds, in the same
 * family and so acting as the same bot. The one before works on until `retiresAt` at most, and so does whatever came before
 * that one. Wants a transaction. Throws `Problem` where a later one of the family lives: of many who replace one at once,
 * one does.
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
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const { kind, retiresAt, expiresAt, createdBy } = wanted;
  const notBefore = row.not_before !== null && row.not_before > now ? row.not_before : null;
  chooseNotBefore(notBefore, expiresAt);
  const living = await livingOf(db, row.family_id, now);
  const before = living.filter((each) => each.id === row.id || !isLater(each, row));
  // In the order of ids, as everybody who locks several credentials does: the writing of uses would wait crosswise.
  for (const id of before.map((each) => each.id).sort()) await retire(db, id, retiresAt);
  // Whoever was quicker had the lock: what they made is seen now.
  const later = (await livingOf(db, row.family_id, now)).findLast((each) => isLater(each, row));
  if (later !== undefined)
    throw new Problem(
      'conflict',
      `It was replaced before: ${later.id} took its place, and can be replaced itself${later.paused_at === null ? '' : ' once it is resumed'}.`,
    );
  const created = await createCredential(
    db,
    keys,
    {
      kind,
      owner: { type: row.owner_type, id: row.owner_id },
      label: row.label,
      scopes: scopes.filter(isAnyScope),
      notBefore,
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

interface Member {
  readonly id: string;
  readonly created_at: number;
  readonly paused_at: number | null;
  readonly retires_at: number | null;
}

/** One that nothing has taken the place of comes last, whatever the clocks of two machines said. */
const isLater = (each: Member, { id, created_at }: { readonly id: string; readonly created_at: number }) =>
  each.id !== id && (each.retires_at === null || each.created_at > created_at);

const livingOf = (db: Handle, familyId: string, now: number): Promise<Member[]> =>
  db
    .selectFrom('credential')
    .select(['id', 'created_at', 'paused_at', 'retires_at'])
    .where('family_id', '=', familyId)
    .where((where) => hasNotEnded(where, now))
    .orderBy('created_at')
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
