import type { RefusalCode } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { prepared } from '../store/prepared.ts';

export const DAY_MS = 86_400_000;
/** How long it is kept what a credential was used for. */
export const LEDGER_DAYS = 400;
/**
 * How a use ended: it was admitted; it was admitted and the credential's networks, which are only watched, would have
 * refused it; or the code of the refusal.
 */
export type Outcome = 'allowed' | 'observed' | RefusalCode;
const ADMITTED: readonly Outcome[] = ['allowed', 'observed'];

/** One way in which a credential was used. Where there are too many, `address` and `agent` are empty, and so is a target that is none or was not reached. */
export interface Use {
  readonly credentialId: string;
  readonly operation: string;
  /** Of the repository or workspace. */
  readonly targetId: string;
  readonly outcome: Outcome;
  readonly address: string;
  /** What the client calls itself, such as `git/2.39.5`. */
  readonly agent: string;
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

/** Which uses of a credential: those since a day, and of one outcome where it is named. */
export interface WhichUses {
  readonly credentialId: string;
  readonly since: number;
  readonly outcome?: Outcome;
}

const among = (db: Handle, { credentialId, since, outcome }: WhichUses) => {
  const query = db
    .selectFrom('credential_ledger')
    .where('credential_id', '=', credentialId)
    .where('day', '>=', since);
  return outcome === undefined ? query : query.where('outcome', '=', outcome);
};

/** In which ways a credential was used, each once, the latest first; `most` of them. */
export async function listUses(db: Handle, which: WhichUses, most: number): Promise<(Use & Counted)[]> {
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
    credentialId: which.credentialId,
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

/** What a credential was let in for at all. */
export async function operationsOf(db: Handle, which: WhichUses): Promise<string[]> {
  const rows = await among(db, which)
    .select('operation')
    .where('outcome', 'in', ADMITTED)
    .distinct()
    .execute();
  return rows.map(({ operation }) => operation);
}

/** How often a credential was let in and refused, by day; days without a use are absent. */
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
