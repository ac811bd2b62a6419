import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { CredentialRow, FoundCredential } from './find.ts';

/** How many generations of derived tokens there are at most: each costs a look at every use. */
export const MOST_GENERATIONS = 3;

/**
 * Whether it is a derived token: what came of a credential and is of its kind. (What a consumer's secret asked for has a parent
 * as well, and is of a kind of its own.)
 */
export const isDerived = ({ kind, parent }: Pick<FoundCredential, 'kind' | 'parent'>): boolean =>
  parent !== null && parent.kind === kind;

/** The row with the bot that a credential acts as, if any: its own, or that of what it came of. */
export const actingRow = ({ row, parent }: FoundCredential): FoundCredential['row'] =>
  row.app_user_id === null && parent !== null ? actingRow(parent) : row;

/** What a derived token came of in the end; everything else is its own. */
export const originOf = (found: FoundCredential): FoundCredential =>
  found.parent !== null && isDerived(found) ? originOf(found.parent) : found;

/** What of a row says when a credential opens something (`stateOf`). */
type Life = Pick<CredentialRow, 'paused_at' | 'not_before' | 'expires_at' | 'retires_at' | 'revoked_at'>;

/** When a credential ends by itself, or what it came of does: in milliseconds since 1970, null for never. */
export function endOfLine({ row, parent }: Pick<FoundCredential, 'row' | 'parent'>): number | null {
  const above = parent === null ? null : endOfLine(parent);
  return earliest(earliest(row.expires_at, row.retires_at), above);
}

/** A row as what it came of lets it stand. */
export type StandingRow = CredentialRow & {
  readonly isDerived: boolean;
  /** What it came of is paused, and it is not itself. */
  readonly isPausedAbove: boolean;
};

/**
 * Rows as what they are derived from lets them stand: a token begins, pauses and ends with the secret that asked for it. The
 * parents of all are read together.
 */
export async function asParentsStand(db: Handle, rows: readonly CredentialRow[]): Promise<StandingRow[]> {
  const parents = await parentsOf(db, rows);
  return rows.map((row) => {
    let life: Life = row;
    let above = row.parent_id;
    while (above !== null) {
      const parent = parents.get(above);
      if (parent === undefined) break;
      life = within(life, parent);
      above = parent.parent_id;
    }
    const isDerivedRow = row.parent_id !== null && parents.get(row.parent_id)?.kind === row.kind;
    const isPausedAbove = row.paused_at === null && life.paused_at !== null;
    return { ...row, ...life, isDerived: isDerivedRow, isPausedAbove };
  });
}

type Parent = Life & Pick<CredentialRow, 'id' | 'kind' | 'parent_id'>;

async function parentsOf(
  db: Handle,
  rows: readonly Pick<CredentialRow, 'parent_id'>[],
): Promise<ReadonlyMap<string, Parent>> {
  const ids = [...new Set(rows.flatMap(({ parent_id }) => parent_id ?? []))];
  if (ids.length === 0) return new Map();
  const parents = await inParts(ids, (part) =>
    db
      .selectFrom('credential')
      .select([
        'id',
        'kind',
        'parent_id',
        'paused_at',
        'not_before',
        'expires_at',
        'retires_at',
        'revoked_at',
      ])
      .where('id', 'in', part)
      .execute(),
  );
  return new Map([...(await parentsOf(db, parents)), ...parents.map((each) => [each.id, each] as const)]);
}

const within = (life: Life, parent: Life): Life => ({
  paused_at: life.paused_at ?? parent.paused_at,
  not_before: latest(life.not_before, parent.not_before),
  expires_at: earliest(life.expires_at, parent.expires_at),
  retires_at: earliest(life.retires_at, parent.retires_at),
  revoked_at: life.revoked_at ?? parent.revoked_at,
});

const earliest = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

const latest = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);
