import { heldScopes, isAnyScope, type AnyScope, type Bound, type DerivableKind } from '../gate/index.ts';
import { invalid, Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { chooseScopes } from './choices.ts';
import { createCredential } from './create.ts';
import { isDerived, MOST_GENERATIONS, originOf } from './derived.ts';
import type { DigestKeys } from './digest-keys.ts';
import { hasNotEnded } from './ended.ts';
import type { FoundCredential } from './find.ts';
import type { Secret } from './secret.ts';

const MINUTE_MS = 60_000;
const LEAST_MS = MINUTE_MS;
const USUAL_MS = 60 * MINUTE_MS;
const MOST_MS = 30 * 24 * 60 * MINUTE_MS;

/** Of all generations that came of one credential and live. */
const MOST_LIVING = 1000;
/** The same of a derived token: one job cannot use up what all jobs of its origin share. */
const MOST_LIVING_OF_DERIVED = 100;

/** How long a derived token lives. Seconds, as requests say it. */
export const DERIVED_SECONDS = { least: LEAST_MS / 1000, usual: USUAL_MS / 1000, most: MOST_MS / 1000 };

/**
 * The scopes of a derived token, each once. Throws `Problem` as `chooseScopes` does, and for one that its parent does not hold,
 * itself or within another.
 *
 * @param held what its parent holds now
 */
export function chooseDerivedScopes(
  kind: DerivableKind,
  asked: readonly string[],
  held: readonly string[],
): readonly AnyScope[] {
  const chosen = chooseScopes(kind, asked);
  const above = heldScopes(held);
  const beyond = chosen.filter((scope) => !above.has(scope));
  if (beyond.length > 0) {
    throw invalid(
      'scopes',
      `A derived token has nothing that its parent has not: that one holds ${held.filter(isAnyScope).join(', ')}, and not ${beyond.join(', ')}.`,
    );
  }
  return chosen;
}

/**
 * When a derived token ends: an hour from now where nothing is said, and never after its parent. Throws `Problem` for what is
 * no number of seconds from 60 to 2,592,000 (30 days), for a moment after that end, and where that comes within a minute.
 *
 * @param seconds from now
 * @param parentEnds in milliseconds since 1970; null where its parent does not end
 */
export function chooseDerivedExpiry(
  seconds: number | undefined,
  parentEnds: number | null,
  now: number,
): number {
  if (parentEnds !== null && parentEnds - now < LEAST_MS) {
    throw new Problem(
      'conflict',
      `What it would come of ends at ${new Date(parentEnds).toISOString()}, and a derived token lives for ${DERIVED_SECONDS.least} seconds at least.`,
    );
  }
  if (seconds === undefined) return Math.min(now + USUAL_MS, parentEnds ?? Infinity);
  const milliseconds = seconds * 1000;
  if (!Number.isInteger(seconds) || milliseconds < LEAST_MS || milliseconds > MOST_MS) {
    throw invalid(
      'expires_in',
      `A derived token lives for ${DERIVED_SECONDS.least} to ${DERIVED_SECONDS.most} seconds, which is 30 days: give a whole number of them.`,
    );
  }
  if (parentEnds !== null && now + milliseconds > parentEnds) {
    throw invalid(
      'expires_in',
      `A derived token ends with its parent at the latest, and that one ends at ${new Date(parentEnds).toISOString()}: give at most ${Math.floor((parentEnds - now) / 1000)} seconds.`,
    );
  }
  return now + milliseconds;
}

/**
 * Makes a token that is derived from another credential: of its kind and its owner, acting as the same bot, within its bounds
 * and ending with it. Wants a transaction. Throws `Problem` where its parent is a derived token of the last generation, or too
 * many live already that came of that one or of what it came of.
 */
export async function createDerived(
  db: Handle,
  keys: DigestKeys,
  parent: FoundCredential & { readonly kind: DerivableKind },
  wanted: {
    readonly label: string;
    readonly scopes: readonly AnyScope[];
    readonly bounds: readonly Bound[];
    readonly expiresAt: number;
  },
  now: number,
): Promise<{ readonly id: string; readonly secret: Secret }> {
  if (generationOf(parent) >= MOST_GENERATIONS) {
    throw new Problem(
      'conflict',
      `Derived tokens go ${MOST_GENERATIONS} generations deep, and this one is of the last: derive from what it came of.`,
    );
  }
  const origin = originOf(parent).row.id;
  // Locks it, so that of many who derive at once each counts what the others made.
  await db
    .updateTable('credential')
    .set((where) => ({ created_at: where.ref('created_at') }))
    .where('id', '=', origin)
    .execute();
  for (
    let above: FoundCredential | null = parent;
    above !== null;
    above = isDerived(above) ? above.parent : null
  )
    await refuseTooMany(db, above, now);
  const { kind, row } = parent;
  return createCredential(
    db,
    keys,
    {
      ...wanted,
      kind,
      owner: { type: row.owner_type, id: row.owner_id },
      notBefore: null,
      parentId: row.id,
      // Whom it concerns is whom its parent concerns.
      createdBy: row.created_by,
    },
    now,
    'derived',
  );
}

const generationOf = (found: FoundCredential): number =>
  found.parent !== null && isDerived(found) ? 1 + generationOf(found.parent) : 0;

async function refuseTooMany(db: Handle, above: FoundCredential, now: number): Promise<void> {
  const most = isDerived(above) ? MOST_LIVING_OF_DERIVED : MOST_LIVING;
  if ((await countLiving(db, above.row.id, most, now)) < most) return;
  throw new Problem(
    'conflict',
    `${most} derived tokens that came of ${above.row.id} have not ended, which is as many as there can be of ${isDerived(above) ? 'a derived token' : 'one credential'}: revoke some, or give them shorter lives.`,
  );
}

/** What lives is found by an index of its own: what ended is not looked at. */
async function countLiving(db: Handle, id: string, most: number, now: number): Promise<number> {
  const rows = await db
    .withRecursive('living(id)', (query) =>
      query
        .selectFrom('credential')
        .select('credential.id')
        .where('parent_id', '=', id)
        .where('expires_at', '>', now)
        .where((where) => hasNotEnded(where, now))
        .unionAll(
          query
            .selectFrom('credential')
            .innerJoin('living', 'living.id', 'credential.parent_id')
            .select('credential.id')
            .where('credential.expires_at', '>', now)
            .where((where) => hasNotEnded(where as never, now)),
        ),
    )
    .selectFrom('living')
    .select('living.id')
    .limit(most)
    .execute();
  return rows.length;
}
