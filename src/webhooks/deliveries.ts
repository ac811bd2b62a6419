import { randomUUID } from 'node:crypto';
import { sql, type Selectable } from 'kysely';
import type { Handle } from '../store/handle.ts';
import type { WebhookDeliveryTable } from '../store/schema.ts';
import type { ComingEvent } from './events.ts';

/** After the first failure, and after the second; after one more it is given up. */
export const PAUSES_MS = [5_000, 60_000] as const;
/** For one that was taken and of which nothing was heard again, as where the host ended in between. Longer than any takes. */
const TAKEN_MS = 60_000;
/** For each webhook; what comes beyond is not kept. */
const MOST_WAITING = 1000;
const MOST_ENDED = 100;
const KEPT_MS = 30 * 24 * 3600_000;

/** Something that happened, to be told. */
export interface Happening {
  readonly repositoryId: string;
  readonly event: ComingEvent;
  /** What happened, such as the id of a push: it is told once, however often it is written down. */
  readonly subject: string;
  /** What must be remembered to tell it. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** How one delivery is at present. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly event: string;
  /** `silent`: not sent, because whoever set the webhook up may not know it any more. */
  readonly state: WebhookDeliveryTable['state'];
  readonly attempts: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly status: number | null;
  readonly problem: string | null;
  readonly durationMs: number | null;
}

/** One that was taken to be sent now. */
export interface DueDelivery extends Delivery {
  readonly about: unknown;
}

const deliveryFrom = (row: Selectable<WebhookDeliveryTable>): Delivery => ({
  id: row.id,
  webhookId: row.webhook_id,
  event: row.event,
  state: row.state,
  attempts: row.attempts,
  createdAt: row.created_at,
  endedAt: row.ended_at,
  status: row.status,
  problem: row.problem,
  durationMs: row.duration_ms,
});

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
      select
        .selectFrom('webhook_delivery')
        .select(({ fn }) => fn.countAll<number | string>().as('count'))
        .whereRef('webhook_delivery.webhook_id', '=', 'webhook.id')
        .where('webhook_delivery.state', '=', 'waiting')
        .as('waiting'),
    )
    .where('repository_id', '=', repositoryId)
    .where('active', '=', 1)
    .execute();
  const rows = webhooks
    .filter(({ events, waiting }) => events.split(' ').includes(event) && Number(waiting) < MOST_WAITING)
    .map(({ id: webhook_id }) => ({
      id: randomUUID(),
      webhook_id,
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
    }));
  if (rows.length === 0) return;
  await trx
    .insertInto('webhook_delivery')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['webhook_id', 'subject']).doNothing())
    .execute();
}

/** Repositories for whose webhooks something is due, whichever waits longest first. */
export async function repositoriesDue(db: Handle, now: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .innerJoin('webhook', 'webhook.id', 'webhook_delivery.webhook_id')
    .select('webhook.repository_id')
    .where('webhook_delivery.next_at', '<=', now)
    .groupBy('webhook.repository_id')
    .orderBy(sql`min(webhook_delivery.next_at)`)
    .limit(limit)
    .execute();
  return rows.map(({ repository_id }) => repository_id);
}

/**
 * Takes what is due longest for the webhooks of a repository, to send it now. It comes up again after a while unless
 * `endDelivery` or `repeatDelivery` says what became of it: whoever ends in between sends it once more, and nothing is lost.
 * @returns undefined when nothing is due, or another node took it
 */
export async function takeDelivery(
  db: Handle,
  repositoryId: string,
  now: number,
): Promise<DueDelivery | undefined> {
  const row = await db
    .selectFrom('webhook_delivery')
    .innerJoin('webhook', 'webhook.id', 'webhook_delivery.webhook_id')
    .selectAll('webhook_delivery')
    .where('webhook.repository_id', '=', repositoryId)
    .where('webhook_delivery.next_at', '<=', now)
    .orderBy('webhook_delivery.next_at')
    .orderBy('webhook_delivery.created_at')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { numUpdatedRows } = await db
    .updateTable('webhook_delivery')
    .set({ attempts: row.attempts + 1, next_at: now + TAKEN_MS })
    .where('id', '=', row.id)
    .where('state', '=', 'waiting')
    .where('attempts', '=', row.attempts)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return undefined;
  return { ...deliveryFrom(row), attempts: row.attempts + 1, about: JSON.parse(row.about) };
}

/** How an attempt went. */
export interface Attempted {
  readonly status: number | null;
  /** In a sentence; null where all is well. */
  readonly problem: string | null;
  readonly durationMs: number | null;
}

/** Writes down how it ended: nothing of it is sent any more. */
export async function endDelivery(
  db: Handle,
  id: string,
  state: Exclude<Delivery['state'], 'waiting'>,
  { status, problem, durationMs }: Attempted,
  now: number,
): Promise<void> {
  await db
    .updateTable('webhook_delivery')
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
    .where('id', '=', id)
    .execute();
}

/** Writes down an attempt that failed, and when the next one is to be made. */
export async function repeatDelivery(
  db: Handle,
  id: string,
  { status, problem, durationMs }: Attempted,
  nextAt: number,
): Promise<void> {
  await db
    .updateTable('webhook_delivery')
    .set({ status, problem, duration_ms: durationMs, next_at: nextAt })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
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
    .where('state', '=', 'waiting')
    .where('webhook_id', 'in', (select) =>
      select.selectFrom('webhook').select('webhook.id').where('webhook.repository_id', '=', repositoryId),
    )
    .execute();
}

/** The last deliveries of a webhook, the newest first. */
export async function listDeliveries(db: Handle, webhookId: string, limit: number): Promise<Delivery[]> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(deliveryFrom);
}

/** The last one of each of these that was begun, by the id of the webhook. */
export async function lastDeliveries(
  db: Handle,
  webhookIds: readonly string[],
): Promise<ReadonlyMap<string, Delivery>> {
  const last = new Map<string, Delivery>();
  for (const id of webhookIds) {
    const [delivery] = await listDeliveries(db, id, 1);
    if (delivery !== undefined) last.set(id, delivery);
  }
  return last;
}

/** Forgets how older deliveries of a webhook went, some at a time. */
export async function forgetOldDeliveries(db: Handle, webhookId: string): Promise<void> {
  const old = await db
    .selectFrom('webhook_delivery')
    .select('id')
    .where('webhook_id', '=', webhookId)
    .where('ended_at', 'is not', null)
    .orderBy('ended_at', 'desc')
    .orderBy('id')
    .offset(MOST_ENDED)
    .limit(MOST_ENDED)
    .execute();
  if (old.length === 0) return;
  const ids = old.map(({ id }) => id);
  await db.deleteFrom('webhook_delivery').where('id', 'in', ids).execute();
}

/** The same of all webhooks for what ended long ago. */
export async function forgetAgedDeliveries(db: Handle, now: number): Promise<void> {
  await db
    .deleteFrom('webhook_delivery')
    .where('ended_at', '<', now - KEPT_MS)
    .execute();
}
