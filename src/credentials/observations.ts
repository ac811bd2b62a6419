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

/** Adds counts to those that are written already. */
export async function addObservations(db: Handle, observations: readonly Observation[]): Promise<void> {
  for (const { credentialId, operation, address, count, firstAt, lastAt } of observations) {
    await db
      .insertInto('credential_observation')
      .values({ credential_id: credentialId, operation, address, count, first_at: firstAt, last_at: lastAt })
      .onConflict((conflict) =>
        conflict.columns(['credential_id', 'operation', 'address']).doUpdateSet((where) => ({
          count: where('credential_observation.count', '+', count),
          last_at: lastAt,
        })),
      )
      .execute();
  }
}

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
