import type { SelectQueryBuilder } from 'kysely';
import type { KeyPlace, RefusalCode } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { prepared } from '../store/prepared.ts';
import type { Schema } from '../store/schema.ts';
import { wasTransferredSince } from './transferred.ts';

export const DAY_MS = 86_400_000;
/** How long it is kept what a credential was used for. */
export const LEDGER_DAYS = 400;
/**
 * How a use ended: it was admitted; it was admitted and the credential's networks, which are only watched, would have
 * refused it; or the code of the refusal.
 */
export type Outcome = 'allowed' | 'observed' | RefusalCode;
/** Of what was let in. */
export const ADMITTED: readonly Outcome[] = ['allowed', 'observed'];

/** One way in which something was used. Where there are too many, `address` and `agent` are empty, and so is a target that is none or was not reached. */
export interface WayOfUse {
  readonly operation: string;
  /** Of the repository or workspace. */
  readonly targetId: string;
  readonly outcome: Outcome;
  readonly address: string;
  /** What the client calls itself, such as `git/2.39.5`. */
  readonly agent: string;
}

/** One way in which a credential was used. */
export interface Use extends WayOfUse {
  readonly credentialId: string;
}

/** How often, and when. */
export interface Counted {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Uses of one day, which is counted from 1 January 1970 in UTC. */
export interface DayOfUse extends Use, Counted {
  readonly day: number;
}

export const dayOf = (at: number): number => Math.floor(at / DAY_MS);

const add = prepared(
  (
    db,
    credentialId: string,
    day: number,
    operation: string,
    targetId: string,
    outcome: string,
    address: string,
    agent: string,
    count: number,
    firstAt: number,
    lastAt: number,
  ) =>
    db
      .insertInto('credential_ledger')
      .values({
        credential_id: credentialId,
        day,
        operation,
        target_id: targetId,
        outcome,
        address,
        agent,
        count,
        first_at: firstAt,
        last_at: lastAt,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['credential_id', 'day', 'operation', 'target_id', 'outcome', 'address', 'agent'])
          .doUpdateSet((where) => ({
            count: where('credential_ledger.count', '+', where.ref('excluded.count')),
            first_at: where
              .case()
              .when('credential_ledger.first_at', '>', where.ref('excluded.first_at'))
              .then(where.ref('excluded.first_at'))
              .else(where.ref('credential_ledger.first_at'))
              .end(),
            last_at: where
              .case()
              .when('credential_ledger.last_at', '<', where.ref('excluded.last_at'))
              .then(where.ref('excluded.last_at'))
              .else(where.ref('credential_ledger.last_at'))
              .end(),
          })),
      ),
);

/** Adds counts to those that are written already. Wants a transaction. */
export async function addUses(db: Handle, uses: readonly DayOfUse[]): Promise<void> {
  for (const use of uses) {
    const { credentialId, day, operation, targetId, outcome, address, agent, count, firstAt, lastAt } = use;
    await add(db, credentialId, day, operation, targetId, outcome, address, agent, count, firstAt, lastAt);
  }
}

/**
 * Whose uses: those of a credential itself, of everything or of one repository, or the repositories of one project, alone; those
 * of a credential and of everything that came of it; or those of every token by which a consumer ever acted for an account, with
 * what came of those. Ended ones are included.
 */
export type UsesOf =
  | { readonly credentialId: string; readonly place?: Pick<KeyPlace, 'on' | 'id'> | undefined }
  | { readonly lineOf: string }
  | { readonly consumerId: string; readonly accountId: string };

/** Which of them: those since a day, and where it is said, those that ended so, and those of the days of a last use since a moment. */
export type WhichUses = UsesOf & {
  readonly since: number;
  readonly outcomes?: readonly Outcome[];
  readonly lastSince?: number;
};

function among(db: Handle, which: WhichUses) {
  const { since, outcomes, lastSince } = which;
  let query = db.selectFrom('credential_ledger').where('day', '>=', since);
  if (outcomes !== undefined) query = query.where('outcome', 'in', outcomes);
  if (lastSince !== undefined) query = query.where('last_at', '>=', lastSince);
  if ('consumerId' in which)
    return query.where('credential_id', 'in', withDescendants(db, tokensOf(db, which), since));
  if ('lineOf' in which) {
    const itself = db.selectFrom('credential').select('credential.id').where('id', '=', which.lineOf);
    return query.where('credential_id', 'in', withDescendants(db, itself, since));
  }
  const own = query.where('credential_id', '=', which.credentialId);
  return which.place === undefined
    ? own
    : own
        .where('target_id', 'in', repositoriesOf(db, which.place))
        .where((where) =>
          where.not(wasTransferredSince(where, 'credential_ledger.target_id', 'credential_ledger.first_at')),
        );
}

/**
 * These and what came of them and had not expired by that day. A query and not what it finds: a job a minute leaves thousands
 * behind. What is derived always ends.
 */
const withDescendants = (
  db: Handle,
  these: SelectQueryBuilder<Schema, never, { id: string }>,
  since: number,
) =>
  db
    .withRecursive('line(id)', (query) =>
      these.unionAll(
        query
          .selectFrom('credential as child')
          .innerJoin('line', 'line.id', 'child.parent_id')
          .select('child.id')
          .where('child.expires_at', '>=', since * DAY_MS),
      ),
    )
    .selectFrom('line')
    .select('line.id');

/** A query and not what it finds: an application that has acted for years has left thousands of them. */
const tokensOf = (
  db: Handle,
  { consumerId, accountId }: { readonly consumerId: string; readonly accountId: string },
) =>
  db
    .selectFrom('oauth_token')
    .innerJoin('oauth_consent', 'oauth_consent.id', 'oauth_token.consent_id')
    .select('oauth_token.credential_id as id')
    .where('oauth_consent.account_id', '=', accountId)
    .where('oauth_consent.consumer_id', '=', consumerId);

const repositoriesOf = (db: Handle, { on, id }: Pick<KeyPlace, 'on' | 'id'>) =>
  db
    .selectFrom('repository')
    .select('repository.id')
    .where(on === 'repository' ? 'repository.id' : 'repository.project_id', '=', id);

/** In which ways it was used, each once, the latest first; `most` of them. */
export async function listUses(db: Handle, which: WhichUses, most: number): Promise<(WayOfUse & Counted)[]> {
  const rows = await among(db, which)
    .select(['operation', 'target_id', 'outcome', 'address', 'agent'])
    .select(({ fn }) => [
      fn.sum<number>('count').as('count'),
      fn.min('first_at').as('first_at'),
      fn.max('last_at').as('last_at'),
    ])
    .groupBy(['operation', 'target_id', 'outcome', 'address', 'agent'])
    .orderBy('last_at', 'desc')
    .orderBy('operation')
    .orderBy('target_id')
    .orderBy('outcome')
    .orderBy('address')
    .orderBy('agent')
    .limit(most)
    .execute();
  return rows.map((row) => ({
    operation: row.operation,
    targetId: row.target_id,
    outcome: row.outcome as Outcome,
    address: row.address,
    agent: row.agent,
    count: Number(row.count),
    firstAt: Number(row.first_at),
    lastAt: Number(row.last_at),
  }));
}

/** What it was let in for at all. */
export async function operationsOf(db: Handle, which: WhichUses): Promise<string[]> {
  const rows = await among(db, which)
    .select('operation')
    .where('outcome', 'in', ADMITTED)
    .distinct()
    .execute();
  return rows.map(({ operation }) => operation);
}

/** How often it was let in and refused, by day; days without a use are absent. */
export async function usesByDay(
  db: Handle,
  which: WhichUses,
): Promise<{ readonly day: number; readonly admitted: number; readonly refused: number }[]> {
  const rows = await among(db, which)
    .select(['day', 'outcome'])
    .select(({ fn }) => fn.sum<number>('count').as('count'))
    .groupBy(['day', 'outcome'])
    .orderBy('day')
    .execute();
  const days = Map.groupBy(rows, ({ day }) => day);
  const sum = (some: readonly { readonly count: number }[]) =>
    some.reduce((total, { count }) => total + Number(count), 0);
  return [...days].map(([day, counts]) => ({
    day,
    admitted: sum(counts.filter(({ outcome }) => isAdmitted(outcome))),
    refused: sum(counts.filter(({ outcome }) => !isAdmitted(outcome))),
  }));
}

export const isAdmitted = (outcome: string): boolean => ADMITTED.some((each) => each === outcome);
