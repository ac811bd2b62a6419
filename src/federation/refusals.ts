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
const FLUSH_EVERY_MS = 1000;
/** Policies of which something is waiting to be written. */
const MOST_WAITING = 1000;

/**
 * The last tokens that each policy refused: kept in memory and written in batches, so that whoever asks learns nothing of a
 * repository from how long the answer takes.
 */
export class RefusedTokens {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<string, RefusedToken[]>();
  #writing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  note(policyId: string, refused: RefusedToken): void {
    const last = this.#waiting.get(policyId) ?? [];
    if (last.length === 0 && this.#waiting.size >= MOST_WAITING) return;
    this.#waiting.set(policyId, [...last, refused].slice(-REFUSALS_KEPT));
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
    try {
      for (const [policyId, refused] of some)
        await this.#database.transaction().execute((trx) => keep(trx, policyId, refused));
    } catch (error) {
      this.#onError(error);
    }
  }
}

async function keep(db: Handle, policyId: string, refused: readonly RefusedToken[]): Promise<void> {
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
