import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import {
  endDelivery,
  endWaiting,
  findWebhook,
  forgetAgedDeliveries,
  forgetOldDeliveries,
  PAUSES_MS,
  repeatDelivery,
  repositoriesDue,
  secretOfWebhook,
  sendWebhook,
  signatureOf,
  takeDelivery,
  type DueDelivery,
  type Webhook,
} from '../../webhooks/index.ts';

/** Something that a webhook is to be told now. */
export interface Due {
  readonly webhook: Webhook;
  readonly delivery: DueDelivery;
}

const NOTHING = { status: null, durationMs: null } as const;

/** Repositories for whose webhooks something is due, whichever waits longest first. */
export const dueRepositories = (
  { database, clock }: Services,
  _grant: Grant<'webhook.dispatch'>,
  limit: number,
): Promise<string[]> => repositoriesDue(database, clock(), limit);

/** Ends what waits for the webhooks of a repository that is not there any more. */
export const endOfRepository = (
  { database, clock }: Services,
  _grant: Grant<'webhook.dispatch'>,
  repositoryId: string,
): Promise<void> =>
  endWaiting(database, repositoryId, 'The repository was deleted before it was sent.', clock());

/** Forgets what was delivered long ago. */
export const forgetDeliveries = (
  { database, clock }: Services,
  _grant: Grant<'webhook.dispatch'>,
): Promise<void> => forgetAgedDeliveries(database, clock());

/** Takes what is due longest for the webhooks of the grant's repository; undefined when nothing is. */
export async function takeDue(services: Services, grant: Grant<'webhook.deliver'>): Promise<Due | undefined> {
  const { database, clock } = services;
  const [{ id }] = grant.targets;
  for (;;) {
    const delivery = await takeDelivery(database, id, clock());
    if (delivery === undefined) return undefined;
    const webhook = await findWebhook(database, id, delivery.webhookId);
    // Deleted this moment, and what waited with it.
    if (webhook === undefined) continue;
    const due = { webhook, delivery };
    if (!webhook.isActive) await keepSilent(services, grant, due, 'The webhook was switched off.');
    else if (delivery.attempts > PAUSES_MS.length + 1)
      // Each time, this host ended in the middle of it.
      await end(services, due, 'failed', { ...NOTHING, problem: 'It could not be sent.' });
    else return due;
  }
}

/** Does not send it, for this reason. */
export const keepSilent = (
  services: Services,
  _grant: Grant<'webhook.deliver'>,
  due: Due,
  problem: string,
): Promise<void> => end(services, due, 'silent', { ...NOTHING, problem });

/**
 * Sends what is due, and writes down how that went: what may go better later is tried again, twice.
 *
 * @param payload what is told, to be sent as JSON
 * @param stopped ends the request under way, which is then tried again
 */
export async function sendDue(
  services: Services,
  _grant: Grant<'webhook.deliver'>,
  due: Due,
  payload: object,
  stopped: AbortSignal,
): Promise<void> {
  const { database, seals, outbound, clock } = services;
  const { webhook, delivery } = due;
  const body = Buffer.from(JSON.stringify(payload));
  const secret = await secretOfWebhook(database, seals, webhook.id);
  const { url, skipsCertVerification } = webhook;
  const headers = {
    'user-agent': 'Bitbucket-Webhooks/2.0',
    'content-type': 'application/json',
    'x-event-key': delivery.event,
    'x-hook-uuid': webhook.id,
    'x-request-uuid': delivery.id,
    'x-attempt-number': String(delivery.attempts),
    ...(secret !== null && { 'x-hub-signature': signatureOf(body, secret) }),
  };
  const sent = await sendWebhook(outbound, { url, headers, body, skipsCertVerification }, stopped);
  const pause = sent.isPassing ? PAUSES_MS[delivery.attempts - 1] : undefined;
  if (pause !== undefined) await repeatDelivery(database, delivery.id, sent, clock() + pause);
  else await end(services, due, sent.problem === null ? 'delivered' : 'failed', sent);
}

async function end(
  { database, clock }: Services,
  { webhook, delivery }: Due,
  ...[state, attempted]: [
    state: Parameters<typeof endDelivery>[2],
    attempted: Parameters<typeof endDelivery>[3],
  ]
): Promise<void> {
  await endDelivery(database, delivery.id, state, attempted, clock());
  await forgetOldDeliveries(database, webhook.id);
}
