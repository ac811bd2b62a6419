import type { Handle } from '../store/handle.ts';

/** Uses that a networks bound in observe mode would have refused. */
export interface Observation {
  readonly credentialId: string;
  readonly operation: string;
  readonly address: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Adds counts to those that are written already. In one order everywhere, as with the times of use: two processes must not wait for each other. */
export async function addObservations(db: Handle, observations: readonly Observation[]): Promise<void> {
  const inOrder = observations.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (const { credentialId, operation, address, count, firstAt, lastAt } of inOrder) {
    await db
      .insertInto('credential_observation')
      .values({ credential_id: credentialId, operation, address, count, first_at: firstAt, last_at: lastAt })
      .onConflict((conflict) =>
        conflict.columns(['credential_id', 'operation', 'address']).doUpdateSet((where) => ({
          count: where('credential_observation.count', '+', count),
          last_at: where
            .case()
            .when('credential_observation.last_at', '<', lastAt)
            .then(lastAt)
            .else(where.ref('credential_observation.last_at'))
            .end(),
        })),
      )
      .execute();
  }
}

const keyOf = ({ credentialId, operation, address }: Observation): string =>
  `${credentialId} ${operation} ${address}`;

/** What was observed of a credential, the latest first. */
export async function listObservations(db: Handle, credentialId: string): Promise<Observation[]> {
  const rows = await db
    .selectFrom('credential_observation')
    .selectAll()
    .where('credential_id', '=', credentialId)
    .orderBy('last_at', 'desc')
    .limit(1000)
    .execute();
  return rows.map((row) => ({
    credentialId: row.credential_id,
    operation: row.operation,
    address: row.address,
    count: row.count,
    firstAt: row.first_at,
    lastAt: row.last_at,
  }));
}
