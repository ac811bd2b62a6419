import { randomUUID } from 'node:crypto';
import type { Database, Handle } from '../store/handle.ts';

/** A token that a policy did not accept, and what was wrong with it. */
export interface RefusedToken {
  readonly at: number;
  readonly address: string;
  /** Its `sub`, or empty. */
  readonly subject: string;
  /** A sentence for each line that did not hold. */
  readonly why: readonly string[];
}

export const REFUSALS_KEPT = 20;
/** Of them, of one job: whoever varies what they send pushes out nobody else. */
const KEPT_OF_ONE = 5;
const FLUSH_EVERY_MS = 1000;
/** Of all policies, what waits to be written; whoever sends more within a second is not told of. */
const MOST_WAITING = 1000;
const MOST_LINES = 10;
const LONGEST_LINE = 600;

/**
 * The last tokens that each policy refused: kept in memory and written in batches, so that whoever asks learns nothing of a
 * repository from how long the answer takes.
 */
export class RefusedTokens {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<string, RefusedToken[]>();
  #size = 0;
  #writing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  note(policyId: string, refused: RefusedToken): void {
    const why = refused.why.slice(0, MOST_LINES).map((line) => line.slice(0, LONGEST_LINE));
    const kept = { ...refused, why };
    const before = this.#waiting.get(policyId) ?? [];
    const different = before.filter((each) => !isAlike(each, kept));
    const own = different.filter(({ subject }) => subject === kept.subject);
    const tooMany = new Set(own.slice(0, Math.max(0, own.length + 1 - KEPT_OF_ONE)));
    const others = different.filter((each) => !tooMany.has(each)).slice(1 - REFUSALS_KEPT);
    if (others.length === before.length && this.#size >= MOST_WAITING) return;
    this.#waiting.set(policyId, [...others, kept]);
    this.#size += others.length + 1 - before.length;
  }

  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(): Promise<void> {
    // In the order of ids, so that two nodes that write of the same policies do not wait crosswise.
    const some = [...this.#waiting].toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.#waiting.clear();
    this.#size = 0;
    for (const [policyId, refused] of some) {
      try {
        await this.#database.transaction().execute((trx) => keep(trx, policyId, refused));
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

/** The same again says nothing new: only when it was last. */
const isAlike = (one: RefusedToken, other: RefusedToken): boolean =>
  one.subject === other.subject && one.address === other.address && one.why.join() === other.why.join();

async function keep(db: Handle, policyId: string, refused: readonly RefusedToken[]): Promise<void> {
  for (const { address, subject, why } of refused)
    await db
      .deleteFrom('trust_policy_refusal')
      .where('credential_id', '=', policyId)
      .where('address', '=', address)
      .where('subject', '=', subject)
      .where('why', '=', JSON.stringify(why))
      .execute();
  await db
    .insertInto('trust_policy_refusal')
    .values(
      refused.map(({ at, address, subject, why }) => ({
        id: randomUUID(),
        credential_id: policyId,
        at,
        address,
        subject,
        why: JSON.stringify(why),
      })),
    )
    .execute();
  for (const subject of new Set(refused.map((each) => each.subject)))
    await db
      .deleteFrom('trust_policy_refusal')
      .where('credential_id', '=', policyId)
      .where('subject', '=', subject)
      .where('id', 'not in', (where) =>
        where
          .selectFrom('trust_policy_refusal')
          .select('id')
          .where('credential_id', '=', policyId)
          .where('subject', '=', subject)
          .orderBy('at', 'desc')
          .orderBy('id')
          .limit(KEPT_OF_ONE),
      )
      .execute();
  await db
    .deleteFrom('trust_policy_refusal')
    .where('credential_id', '=', policyId)
    .where('id', 'not in', (where) =>
      where
        .selectFrom('trust_policy_refusal')
        .select('id')
        .where('credential_id', '=', policyId)
        .orderBy('at', 'desc')
        .orderBy('id')
        .limit(REFUSALS_KEPT),
    )
    .execute();
}

/** The last ones that a policy refused, the latest first. */
export async function lastRefused(db: Handle, policyId: string): Promise<readonly RefusedToken[]> {
  const rows = await db
    .selectFrom('trust_policy_refusal')
    .select(['at', 'address', 'subject', 'why'])
    .where('credential_id', '=', policyId)
    .orderBy('at', 'desc')
    .orderBy('id')
    .limit(REFUSALS_KEPT)
    .execute();
  return rows.map(({ at, address, subject, why }) => ({
    at,
    address,
    subject,
    why: JSON.parse(why) as string[],
  }));
}
