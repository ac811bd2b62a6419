import { setTimeout as delay } from 'node:timers/promises';
import type { Grant } from '../../gate/index.ts';
import { holdRepository } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { findDelivery, findWebhook, queueTest } from '../../webhooks/index.ts';
import { change } from '../transaction.ts';
import { noSuchWebhook, webhookNamed } from './view.ts';

/** `waits`: so far, nothing came of it. */
export type TestOutcome = 'delivered' | 'failed' | 'waits';

/** What is due is looked for every second; a server that takes longer than the rest of this is not waited for. */
const PATIENCE_MS = 2500;
const LOOK_EVERY_MS = 100;

/**
 * Has a test delivered to a webhook, in its turn among the other deliveries and by their rules, and waits a little for what
 * comes of it. Where one waits already, it is that one. Throws `Problem` where there is no webhook of that id.
 */
export async function sendTest(
  services: Services,
  grant: Grant<'webhook.change'>,
  name: string,
  patienceMs = PATIENCE_MS,
): Promise<TestOutcome> {
  const [, repository] = grant.targets;
  const { id: webhook } = await webhookNamed(services, repository.id, name);
  const { id } = await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, repository);
      if ((await findWebhook(trx, repository.id, webhook)) === undefined) throw noSuchWebhook(name);
      return queueTest(trx, webhook, now);
    },
    ({ isNew }) =>
      isNew ? { target: { type: 'repository', id: repository.id }, detail: { webhook, did: 'test' } } : null,
  );
  return outcomeOf(services, id, performance.now() + patienceMs);
}

async function outcomeOf({ database }: Services, id: string, until: number): Promise<TestOutcome> {
  for (;;) {
    const delivery = await findDelivery(database, id);
    if (delivery?.state === 'delivered') return 'delivered';
    if (delivery !== undefined && delivery.problem !== null) return 'failed';
    if (performance.now() > until) return 'waits';
    await delay(LOOK_EVERY_MS);
  }
}
