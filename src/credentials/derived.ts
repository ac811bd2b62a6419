import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { CredentialRow } from './find.ts';

/** What of a row says when a credential opens something (`stateOf`). */
type Life = Pick<CredentialRow, 'paused_at' | 'not_before' | 'expires_at' | 'retires_at' | 'revoked_at'>;

/**
 * Rows as what they are derived from lets them stand: a token begins, pauses and ends with the secret that asked for it. The
 * parents of all are read together.
 */
export async function asParentsStand(db: Handle, rows: readonly CredentialRow[]): Promise<CredentialRow[]> {
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
    return { ...row, ...life };
  });
}

type Parent = Life & Pick<CredentialRow, 'id' | 'parent_id'>;

async function parentsOf(
  db: Handle,
  rows: readonly Pick<CredentialRow, 'parent_id'>[],
): Promise<ReadonlyMap<string, Parent>> {
  const ids = [...new Set(rows.flatMap(({ parent_id }) => parent_id ?? []))];
  if (ids.length === 0) return new Map();
  const parents = await inParts(ids, (part) =>
    db
      .selectFrom('credential')
      .select(['id', 'parent_id', 'paused_at', 'not_before', 'expires_at', 'retires_at', 'revoked_at'])
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
