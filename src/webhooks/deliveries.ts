import type { Selectable } from 'kysely';
import type { Handle } from '../store/handle.ts';
import type { WebhookDeliveryTable } from '../store/schema.ts';

/** Of each webhook, as many that ended are remembered. */
const MOST_ENDED = 100;
const KEPT_MS = 30 * 24 * 3600_000;
/** Forgotten in one statement, so that nobody waits long for it. */
const FORGOTTEN_AT_ONCE = 1000;

/** How an attempt went. */
export interface Attempted {
  readonly status: number | null;
  /** In a sentence; null where all is well. */
  readonly problem: string | null;
  readonly durationMs: number | null;
}

/** How one delivery is at present. */
export interface Delivery extends Attempted {
  readonly id: string;
  readonly webhookId: string;
  readonly event: string;
  /** `silent`: not sent, because whoever set the webhook up may not know it any more. */
  readonly state: WebhookDeliveryTable['state'];
  readonly attempts: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
}

export const deliveryFrom = (row: Selectable<WebhookDeliveryTable>): Delivery => ({
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

/** Undefined where it is forgotten, or its webhook is gone. */
export async function findDelivery(db: Handle, id: string): Promise<Delivery | undefined> {
  const row = await db.selectFrom('webhook_delivery').selectAll().where('id', '=', id).executeTakeFirst();
  return row && deliveryFrom(row);
}

/** The last deliveries of a webhook, the newest first. */
export async function listDeliveries(db: Handle, webhookId: string, limit: number): Promise<Delivery[]> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .orderBy('created_at', 'desc')
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
    .orderBy('created_at', 'desc')
    .offset(MOST_ENDED)
    .limit(MOST_ENDED)
    .execute();
  if (old.length === 0) return;
  const ids = old.map(({ id }) => id);
  await db.deleteFrom('webhook_delivery').where('id', 'in', ids).execute();
}

/** The same of all webhooks for what ended long ago. */
export async function forgetAgedDeliveries(db: Handle, now: number): Promise<void> {
  for (;;) {
    const { numDeletedRows } = await db
      .deleteFrom('webhook_delivery')
      .where('id', 'in', (select) =>
        select
          .selectFrom('webhook_delivery')
          .select('id')
          .where('ended_at', '<', now - KEPT_MS)
          .limit(FORGOTTEN_AT_ONCE),
      )
      .executeTakeFirst();
    if (numDeletedRows < FORGOTTEN_AT_ONCE) return;
  }
}
