import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Handle } from '../store/handle.ts';
import { deliveryFrom, type Attempted, type Delivery } from './deliveries.ts';
import { TEST_EVENT, type ComingEvent } from './events.ts';

/** For one that was taken and of which nothing was heard again, as where the host ended in between. Longer than any takes. */
const TAKEN_MS = 60_000;
/** For each webhook; what comes beyond is counted and not kept. */
export const MOST_WAITING = 200;

/** Something that happened, to be told. */
export interface Happening {
  readonly repositoryId: string;
  readonly event: ComingEvent;
  /** What happened, such as the id of a push: it is told once, however often it is written down. */
  readonly subject: string;
  /** What must be remembered to tell it. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** One that was taken to be sent now. */
export interface DueDelivery extends Delivery {
  readonly about: unknown;
  /** When the claim runs out. It tells this claim from a later one, which counts as the only one. */
  readonly takenUntil: number;
}

/** A webhook for which something is due. */
export interface DueWebhook {
  readonly id: string;
  readonly repositoryId: string;
}

/**
 * Writes down for each active webhook of a repository that asked for it what it is to be told. Give it the transaction of
 * what happened, so that both stand or fall. May be repeated.
 */
export async function queueEvent(
  trx: Handle,
  { repositoryId, event, subject, about }: Happening,
  now: number,
): Promise<void> {
  const webhooks = await trx
    .selectFrom('webhook')
    .select(['id', 'events'])
    .select((select) =>
      // The last one that there is room for: whoever has it has no room. As many steps of the index and no more.
      select
        .selectFrom('webhook_delivery')
        .select('webhook_delivery.next_at')
        .whereRef('webhook_delivery.webhook_id', '=', 'webhook.id')
        .where('webhook_delivery.next_at', '>=', 0)
        .orderBy('webhook_delivery.next_at')
        .offset(MOST_WAITING - 1)
        .limit(1)
        .as('full'),
    )
    .where('repository_id', '=', repositoryId)
    .where('active', '=', 1)
    .orderBy('id')
    .execute();
  const wanted = webhooks.filter(({ events }) => events.split(' ').includes(event));
  await countNotKept(
    trx,
    wanted.filter(({ full }) => full !== null).map(({ id }) => id),
    now,
  );
  const rows = wanted
    .filter(({ full }) => full === null)
    .map(({ id }) => waitingRow(id, { event, subject, about }, now));
  if (rows.length === 0) return;
  await trx
    .insertInto('webhook_delivery')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['webhook_id', 'subject']).doNothing())
    .execute();
}

const waitingRow = (
  webhookId: string,
  { event, subject, about }: { readonly event: string } & Omit<Happening, 'repositoryId' | 'event'>,
  now: number,
) => ({
  id: randomUUID(),
  webhook_id: webhookId,
  event,
  subject,
  about: JSON.stringify(about),
  state: 'waiting' as const,
  attempts: 0,
  next_at: now,
  created_at: now,
  ended_at: null,
  status: null,
  problem: null,
  duration_ms: null,
});

/** Writes down a test for a webhook, unless one waits already. Wants a transaction that holds the repository. */
export async function queueTest(
  trx: Handle,
  webhookId: string,
  now: number,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const waiting = await trx
    .selectFrom('webhook_delivery')
    .select('id')
    .where('webhook_id', '=', webhookId)
    .where('next_at', '>=', 0)
    .where('event', '=', TEST_EVENT)
    .executeTakeFirst();
  if (waiting !== undefined) return { id: waiting.id, isNew: false };
  const row = waitingRow(webhookId, { event: TEST_EVENT, subject: `test ${randomUUID()}`, about: {} }, now);
  await trx.insertInto('webhook_delivery').values(row).execute();
  return { id: row.id, isNew: true };
}

async function countNotKept(trx: Handle, ids: readonly string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable('webhook')
    .set(({ eb, fn, val }) => ({
      not_kept: eb('not_kept', '+', 1),
      not_kept_since: fn.coalesce('not_kept_since', sql<number>`cast(${val(now)} as bigint)`),
    }))
    .where('id', 'in', ids)
    .execute();
}

/** Webhooks behind an id for which something is due, in the order of their ids. */
export async function webhooksDue(
  db: Handle,
  { now, after, limit }: { readonly now: number; readonly after: string; readonly limit: number },
): Promise<DueWebhook[]> {
  // Mostly nothing is: then the webhooks are not gone through.
  const any = await db
    .selectFrom('webhook_delivery')
    .select('id')
    .where('next_at', '<=', now)
    .limit(1)
    .executeTakeFirst();
  if (any === undefined) return [];
  const rows = await db
    .selectFrom('webhook')
    .select(['id', 'repository_id'])
    .where('id', '>', after)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('webhook_delivery')
          .select('webhook_delivery.id')
          .whereRef('webhook_delivery.webhook_id', '=', 'webhook.id')
          .where('webhook_delivery.next_at', '<=', now),
      ),
    )
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id, repository_id }) => ({ id, repositoryId: repository_id }));
}

/**
 * Takes what is due longest for a webhook, to send it now. It comes up again after a while unless `endDelivery`,
 * `repeatDelivery` or `putBackDelivery` says what became of it: whoever ends in between sends it once more, and nothing is lost.
 * @returns undefined when nothing is due, or another node took it
 */
export async function takeDelivery(
  db: Handle,
  webhookId: string,
  now: number,
): Promise<DueDelivery | undefined> {
  const row = await db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const takenUntil = now + TAKEN_MS;
  const attempts = row.attempts + 1;
  const { numUpdatedRows } = await db
    .updateTable('webhook_delivery')
    .set({ attempts, next_at: takenUntil })
    .where('id', '=', row.id)
    .where('next_at', '=', row.next_at)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return undefined;
  return { ...deliveryFrom(row), attempts, takenUntil, about: JSON.parse(row.about) };
}

/** Of a delivery, what its claim is known by. */
type Taken = Pick<DueDelivery, 'id' | 'takenUntil'>;

/** A row that is still in this claim. One that ran out and was taken again is somebody else's, and one that ended stays so. */
const stillTaken = (db: Handle, { id, takenUntil }: Taken) =>
  db.updateTable('webhook_delivery').where('id', '=', id).where('next_at', '=', takenUntil);

/** Writes down how it ended: nothing of it is sent any more. @returns false where it is not in this claim any more */
export async function endDelivery(
  db: Handle,
  taken: Taken,
  state: Exclude<Delivery['state'], 'waiting'>,
  { status, problem, durationMs }: Attempted,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await stillTaken(db, taken)
    .set({
      state,
      status,
      problem,
      duration_ms: durationMs,
      next_at: null,
      ended_at: now,
      // What there was to tell is told; who looks at it later reads how it went.
      about: '{}',
    })
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Writes down an attempt that failed, and when the next one is to be made. */
export async function repeatDelivery(
  db: Handle,
  taken: Taken,
  { status, problem, durationMs }: Attempted,
  nextAt: number,
): Promise<void> {
  await stillTaken(db, taken).set({ status, problem, duration_ms: durationMs, next_at: nextAt }).execute();
}

/** Puts it back as though it had not been taken, until then: what kept it was this host and not whoever is told. */
export async function putBackDelivery(
  db: Handle,
  taken: Taken & Pick<DueDelivery, 'attempts'>,
  problem: string | null,
  nextAt: number,
): Promise<void> {
  await stillTaken(db, taken)
    .set({ attempts: taken.attempts - 1, problem, next_at: nextAt })
    .execute();
}

/** Ends all that waits for the webhooks of a repository, with one reason. */
export async function endWaiting(
  db: Handle,
  repositoryId: string,
  problem: string,
  now: number,
): Promise<void> {
  await db
    .updateTable('webhook_delivery')
    .set({ state: 'silent', problem, next_at: null, ended_at: now, about: '{}' })
    .where('next_at', '>=', 0)
    .where('webhook_id', 'in', (select) =>
      select.selectFrom('webhook').select('webhook.id').where('webhook.repository_id', '=', repositoryId),
    )
    .execute();
}
