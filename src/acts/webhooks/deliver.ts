import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import {
  endDelivery,
  endWaiting,
  findWebhook,
  forgetAgedDeliveries,
  forgetOldDeliveries,
  noteDelivered,
  noteFailed,
  putBackDelivery,
  repeatDelivery,
  secretOfWebhook,
  sendWebhook,
  signatureOf,
  takeDelivery,
  TEST_EVENT,
  webhooksDue,
  type Attempted,
  type DueDelivery,
  type DueWebhook,
  type Webhook,
} from '../../webhooks/index.ts';

/** Something that a webhook is to be told now. */
export interface Due {
  readonly webhook: Webhook;
  readonly delivery: DueDelivery;
}

/** What is told, as it is sent. */
export interface PreparedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** After the first failure, and after the second; after one more it is given up. */
const PAUSES_MS = [5_000, 60_000] as const;
/** Where this host itself cannot make it ready: at first, and at most, as it doubles; and after so long it is given up. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;
const GIVEN_UP_MS = 24 * 3600_000;

const NOTHING = { status: null, durationMs: null } as const;

/** Webhooks for which something is due, in the order of their ids and behind the one `after`. */
export const dueWebhooks = (
  { database, clock }: Services,
  _grant: Grant<'webhook.dispatch'>,
  part: { readonly after: string; readonly limit: number },
): Promise<DueWebhook[]> => webhooksDue(database, { now: clock(), ...part });

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

/** Takes what is due longest for a webhook of the grant's repository; undefined when nothing is, or there is no such webhook. */
export async function takeDue(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  webhookId: string,
): Promise<Due | undefined> {
  const { database, clock } = services;
  const [{ id }] = grant.targets;
  for (;;) {
    const webhook = await findWebhook(database, id, webhookId);
    if (webhook === undefined) return undefined;
    const delivery = await takeDelivery(database, webhookId, clock());
    if (delivery === undefined) return undefined;
    const due = { webhook, delivery };
    if (!webhook.isActive) await keepSilent(services, grant, due, 'The webhook was switched off.');
    else if (delivery.attempts > PAUSES_MS.length + 1)
      // Each time, this host ended in the middle of it, and not because it was told to.
      await end(services, due, 'failed', { ...NOTHING, problem: 'It could not be sent.' });
    else return due;
  }
}

/** Does not send it, for this reason. */
export async function keepSilent(
  services: Services,
  _grant: Grant<'webhook.deliver'>,
  due: Due,
  problem: string,
): Promise<void> {
  await end(services, due, 'silent', { ...NOTHING, problem });
}

/** Puts back what this host cannot make ready now. It does not count as a try; it is given up after a day. */
export async function putBack(services: Services, _grant: Grant<'webhook.deliver'>, due: Due): Promise<void> {
  const { database, clock } = services;
  const { delivery } = due;
  const now = clock();
  const age = now - delivery.createdAt;
  if (age >= GIVEN_UP_MS)
    await end(services, due, 'failed', {
      ...NOTHING,
      problem: 'This host could not make it ready for a day.',
    });
  else {
    const pause = Math.min(Math.max(age, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    await putBackDelivery(database, delivery, 'This host could not make it ready yet.', now + pause);
  }
}

/**
 * Makes ready what is sent, signed where the webhook has a secret. Throws where that cannot be read.
 *
 * @param payload what is told, to be sent as JSON
 */
export async function prepareDelivery(
  { database, seals }: Services,
  _grant: Grant<'webhook.deliver'>,
  { webhook, delivery }: Due,
  payload: object,
): Promise<PreparedDelivery> {
  const body = Buffer.from(JSON.stringify(payload));
  const secret = await secretOfWebhook(database, seals, webhook.id);
  const headers = {
    'user-agent': 'Bitbucket-Webhooks/2.0',
    'content-type': 'application/json',
    'x-event-key': delivery.event,
    'x-hook-uuid': webhook.id,
    'x-request-uuid': delivery.id,
    'x-attempt-number': String(delivery.attempts),
    ...(secret !== null && { 'x-hub-signature': signatureOf(body, secret) }),
  };
  return { headers, body };
}

/**
 * Sends what is due, and writes down how that went: what may go better later is tried again, twice, unless the one before
 * it failed as well, or it is a test.
 *
 * @param stopped ends the request under way, which then does not count as a try
 */
export async function sendDue(
  services: Services,
  _grant: Grant<'webhook.deliver'>,
  due: Due,
  { headers, body }: PreparedDelivery,
  stopped: AbortSignal,
): Promise<void> {
  const { database, outbound, clock } = services;
  const { webhook, delivery } = due;
  const { url, skipsCertVerification } = webhook;
  const sent = await sendWebhook(outbound, { url, headers, body, skipsCertVerification }, stopped);
  if (stopped.aborted && sent.status === null)
    return putBackDelivery(database, delivery, sent.problem, clock());
  const isTest = delivery.event === TEST_EVENT;
  const isRepeated = sent.isPassing && !webhook.isFailing && !isTest;
  const pause = isRepeated ? PAUSES_MS[delivery.attempts - 1] : undefined;
  if (pause !== undefined) return repeatDelivery(database, delivery, sent, clock() + pause);
  const isDelivered = sent.problem === null;
  if (!(await end(services, due, isDelivered ? 'delivered' : 'failed', sent))) return;
  if (isDelivered) await noteDelivered(database, webhook.id);
  // Whoever tries out an address that is not ready yet takes no try away from what happens later.
  else if (!isTest) await noteFailed(database, webhook.id);
}

async function end(
  { database, clock }: Services,
  { webhook, delivery }: Due,
  state: 'delivered' | 'failed' | 'silent',
  attempted: Attempted,
): Promise<boolean> {
  const isEnded = await endDelivery(database, delivery, state, attempted, clock());
  await forgetOldDeliveries(database, webhook.id);
  return isEnded;
}
