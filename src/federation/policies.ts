import { randomUUID } from 'node:crypto';
import { insertCredential, type NewCredential } from '../credentials/create.ts';
import { stateOf, type CredentialState } from '../credentials/credential.ts';
import { hasNotEnded } from '../credentials/ended.ts';
import { revokeCredentials } from '../credentials/revoke.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { Condition } from './conditions.ts';

/** What a trust policy demands of tokens, and how long what it issues lives; the rest of it is a credential's. */
export interface TrustPolicy {
  readonly id: string;
  readonly issuerId: string;
  readonly audience: string;
  readonly conditions: readonly Condition[];
  readonly lifetimeMs: number;
}

/** One with what its credential is now. */
export interface StandingPolicy extends TrustPolicy {
  readonly label: string;
  readonly scopes: readonly string[];
  readonly state: CredentialState;
}

/** Every one is held against every token. */
export const MOST_POLICIES = 50;

/** Makes a policy. Wants a transaction, and its repository held. Throws `Problem` where there are very many. */
export async function insertPolicy(
  db: Handle,
  wanted: Omit<NewCredential, 'kind'>,
  policy: Omit<TrustPolicy, 'id'>,
  now: number,
): Promise<string> {
  const { living } = await db
    .selectFrom('credential')
    .select(({ fn }) => fn.countAll<string | number>().as('living'))
    .where('owner_type', '=', wanted.owner.type)
    .where('owner_id', '=', wanted.owner.id)
    .where('kind', '=', 'trust_policy')
    .where('parent_id', 'is', null)
    .where((where) => hasNotEnded(where, now))
    .executeTakeFirstOrThrow();
  if (Number(living) >= MOST_POLICIES)
    throw new Problem(
      'conflict',
      `A repository has at most ${MOST_POLICIES} trust policies: revoke one that is not needed.`,
    );
  // It is no secret; a colon is in no digest, so no secret is ever taken for it.
  const digest = { digest: `policy:${randomUUID()}`, keyVersion: 0 };
  const id = await insertCredential(db, { ...wanted, kind: 'trust_policy' }, digest, now);
  await db
    .insertInto('trust_policy')
    .values({
      credential_id: id,
      issuer_id: policy.issuerId,
      audience: policy.audience,
      conditions: JSON.stringify(policy.conditions),
      lifetime_ms: policy.lifetimeMs,
    })
    .execute();
  return id;
}

/** The policies of a repository that have not ended, the oldest first: the first that accepts a token issues. */
export async function policiesOf(
  db: Handle,
  repositoryId: string,
  now: number,
): Promise<readonly StandingPolicy[]> {
  const rows = await db
    .selectFrom('credential')
    .innerJoin('trust_policy', 'trust_policy.credential_id', 'credential.id')
    .selectAll('trust_policy')
    .select(['label', 'paused_at', 'not_before', 'expires_at', 'retires_at', 'revoked_at'])
    .where('owner_type', '=', 'repository')
    .where('owner_id', '=', repositoryId)
    // By the index of what came of nothing: the job tokens of years are of the same owner.
    .where('kind', '=', 'trust_policy')
    .where('parent_id', 'is', null)
    .where((where) => hasNotEnded(where as never, now))
    .orderBy('created_at')
    .orderBy('credential.id')
    .execute();
  const scopes = await inParts(
    rows.map(({ credential_id }) => credential_id),
    (part) =>
      db
        .selectFrom('credential_scope')
        .selectAll()
        .where('credential_id', 'in', part)
        .orderBy('scope')
        .execute(),
  );
  const scopesOf = Map.groupBy(scopes, ({ credential_id }) => credential_id);
  return rows.map((row) => ({
    ...policyFrom(row),
    label: row.label,
    scopes: (scopesOf.get(row.credential_id) ?? []).map(({ scope }) => scope),
    state: stateOf(row, now).state,
  }));
}

/** Of these credentials, those that are policies, ended ones too. */
export async function policiesById(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TrustPolicy>> {
  const rows = await inParts(ids, (part) =>
    db.selectFrom('trust_policy').selectAll().where('credential_id', 'in', part).execute(),
  );
  return new Map(rows.map((row) => [row.credential_id, policyFrom(row)]));
}

/** Ends every policy of an issuer with all that came of it. Returns how many ended. */
export async function revokePoliciesOf(
  db: Handle,
  issuerId: string,
  by: string | null,
  now: number,
): Promise<number> {
  const rows = await db
    .selectFrom('trust_policy')
    .select('credential_id')
    .where('issuer_id', '=', issuerId)
    .orderBy('credential_id')
    .execute();
  let ended = 0;
  for (const { credential_id: id } of rows) ended += await revokeCredentials(db, { id }, by, now);
  return ended;
}

/** How many policies of each issuer have not ended, by issuer id. */
export async function policyCounts(db: Handle, now: number): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('credential')
    .innerJoin('trust_policy', 'trust_policy.credential_id', 'credential.id')
    .select(({ fn }) => ['issuer_id', fn.countAll<string | number>().as('count')])
    .where((where) => hasNotEnded(where as never, now))
    .groupBy('issuer_id')
    .execute();
  return new Map(rows.map(({ issuer_id, count }) => [issuer_id, Number(count)]));
}

const policyFrom = (row: {
  readonly credential_id: string;
  readonly issuer_id: string;
  readonly audience: string;
  readonly conditions: string;
  readonly lifetime_ms: number;
}): TrustPolicy => ({
  id: row.credential_id,
  issuerId: row.issuer_id,
  audience: row.audience,
  conditions: JSON.parse(row.conditions) as Condition[],
  lifetimeMs: row.lifetime_ms,
});
