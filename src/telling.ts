import { whatSilences } from './acts/explain/webhook-maker.ts';
import {
  dueWebhooks,
  endOfRepository,
  forgetDeliveries,
  keepSilent,
  prepareDelivery,
  putBack,
  sendDue,
  takeDue,
  type Due,
  type PreparedDelivery,
} from './acts/webhooks/deliver.ts';
import { Turns, type DueWebhook } from './acts/webhooks/turns.ts';
import { enterAsJob } from './entry/index.ts';
import { Refused, type Grant } from './gate/index.ts';
import type { Services } from './services.ts';

const HOST = [{ type: 'host' }] as const;
const JOB = 'webhooks';
const LOOK_EVERY_MS = 1000;
const FORGET_EVERY_MS = 3600_000;
/** Then it is the turn of another webhook, whatever waits. */
const TURN_MS = 10_000;
/** How long a request under way may take after the host was told to stop. */
const STOP_MS = 3000;

/** With the first that is told: where workers answer, this process needs nothing else of the API. */
const payloads = () => import('./doors/rest/webhook-payload.ts');

/** What a turn goes by. */
export interface TurnMeans {
  /** No further delivery is begun. */
  readonly stopping: AbortSignal;
  /** The request under way ends. */
  readonly stopped: AbortSignal;
  /** Webhooks of which the log said in this hour that they could not be told. */
  readonly logged: Set<string>;
}

/** Tells webhooks what happens, one after the other for each, as soon as it is written down. Failures are logged and tried again. */
export function startTelling(services: Services): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const stopped = new AbortController();
  const logged = new Set<string>();
  const means = { stopping: stopping.signal, stopped: stopped.signal, logged };
  const turns = new Turns();
  const running = new Set<Promise<void>>();
  let forgotAt = 0;
  let looking: Promise<void> | undefined;
  const begin = (): void => {
    while (!stopping.signal.aborted) {
      const webhook = turns.next();
      if (webhook === undefined) return;
      run(webhook);
    }
  };
  const run = (webhook: DueWebhook): void => {
    const turn = tellOf(services, webhook, means).finally(() => {
      running.delete(turn);
      turns.ended(webhook);
      begin();
    });
    running.add(turn);
  };
  const look = async (): Promise<void> => {
    try {
      const grant = await enterAsJob(services, JOB, 'webhook.dispatch', HOST);
      if (services.clock() - forgotAt > FORGET_EVERY_MS) {
        forgotAt = services.clock();
        logged.clear();
        await forgetDeliveries(services, grant);
      }
      const { part } = turns;
      turns.join(await dueWebhooks(services, grant, part), part);
      begin();
    } catch (error) {
      services.log.error({ error }, 'What webhooks are to be told could not be read.');
    }
  };
  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  }, LOOK_EVERY_MS).unref();
  return {
    async stop() {
      stopping.abort();
      clearInterval(timer);
      const end = setTimeout(() => stopped.abort(), STOP_MS);
      await looking;
      await Promise.all(running);
      clearTimeout(end);
    },
  };
}

/** Everything that is due for one webhook, as far as its turn goes. What this host cannot make ready ends the turn. Never throws. */
export async function tellOf(services: Services, webhook: DueWebhook, means: TurnMeans): Promise<void> {
  const { id, repositoryId } = webhook;
  const target = [{ type: 'repository', workspace: '{}', repository: `{${repositoryId}}` }] as const;
  const until = performance.now() + TURN_MS;
  try {
    while (!means.stopping.aborted && performance.now() < until) {
      const grant = await enterAsJob(services, JOB, 'webhook.deliver', target);
      const due = await takeDue(services, grant, id);
      if (due === undefined) return;
      const ready = await prepare(services, grant, due);
      if (typeof ready === 'string') await keepSilent(services, grant, due, ready);
      else await sendDue(services, grant, due, ready, means.stopped);
    }
  } catch (error) {
    if (error instanceof Refused) return endOf(services, repositoryId);
    if (means.logged.has(id)) return;
    means.logged.add(id);
    services.log.error({ error, repository: repositoryId, webhook: id }, 'A webhook could not be told.');
  }
}

/** What is sent, or why nothing is. Where it throws, the delivery is put back. */
async function prepare(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  due: Due,
): Promise<PreparedDelivery | string> {
  try {
    const silence = await whatSilences(services, due.webhook, due.delivery.event);
    if (silence !== null) return silence;
    const { webhookPayload } = await payloads();
    const payload = await webhookPayload(services, grant, due.delivery);
    if (payload === undefined) return 'Nothing of it was left that could be told.';
    return await prepareDelivery(services, grant, due, payload);
  } catch (error) {
    await putBack(services, grant, due);
    throw error;
  }
}

/** It was deleted. */
async function endOf(services: Services, repositoryId: string): Promise<void> {
  try {
    const grant = await enterAsJob(services, JOB, 'webhook.dispatch', HOST);
    await endOfRepository(services, grant, repositoryId);
  } catch (error) {
    services.log.error(
      { error, repository: repositoryId },
      'What waited for webhooks of a deleted repository is still there.',
    );
  }
}
