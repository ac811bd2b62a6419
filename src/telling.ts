import { whatSilences } from './acts/explain/webhook-maker.ts';
import {
  dueRepositories,
  endOfRepository,
  forgetDeliveries,
  keepSilent,
  sendDue,
  takeDue,
} from './acts/webhooks/deliver.ts';
import { enterAsJob } from './entry/index.ts';
import { Refused } from './gate/index.ts';
import type { Services } from './services.ts';

const HOST = [{ type: 'host' }] as const;
const JOB = 'webhooks';
const LOOK_EVERY_MS = 1000;
const FORGET_EVERY_MS = 3600_000;
/** Of each repository one delivery at a time, so that a slow server keeps back those of its own alone. */
const MOST_REPOSITORIES = 16;
/** Of those that wait, as many are looked at: those come first whose last turn is longest ago. */
const MOST_LOOKED_AT = 500;
/** Then it is the turn of another repository, whatever waits. */
const TURN_MS = 10_000;
/** How long a request under way may take after the host was told to stop. */
const STOP_MS = 3000;

/** With the first that is told: where workers answer, this process needs nothing else of the API. */
const payloads = () => import('./doors/rest/webhook-payload.ts');

/** Tells webhooks what happens, one after the other for each repository, as soon as it is written down. Failures are logged and tried again. */
export function startTelling(services: Services): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const stopped = new AbortController();
  const running = new Map<string, Promise<void>>();
  /** When each repository had its last turn, the longest ago first. */
  const served = new Map<string, number>();
  let forgotAt = 0;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      const grant = await enterAsJob(services, JOB, 'webhook.dispatch', HOST);
      if (services.clock() - forgotAt > FORGET_EVERY_MS) {
        forgotAt = services.clock();
        await forgetDeliveries(services, grant);
      }
      const due = await dueRepositories(services, grant, MOST_LOOKED_AT);
      const lastTurn = (id: string): number => served.get(id) ?? 0;
      for (const id of due.toSorted((a, b) => lastTurn(a) - lastTurn(b))) {
        if (running.has(id) || running.size >= MOST_REPOSITORIES || stopping.signal.aborted) continue;
        served.delete(id);
        served.set(id, services.clock());
        const told = tellOf(services, id, { stopping: stopping.signal, stopped: stopped.signal });
        running.set(
          id,
          told.finally(() => running.delete(id)),
        );
      }
      for (const [id] of served) {
        if (served.size <= MOST_LOOKED_AT) break;
        served.delete(id);
      }
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
      await Promise.all(running.values());
      clearTimeout(end);
    },
  };
}

/**
 * Everything that is due for the webhooks of one repository, as far as its turn goes; no further one once `stopping`, and
 * `stopped` ends the request under way. Never throws.
 */
export async function tellOf(
  services: Services,
  repositoryId: string,
  ends: { readonly stopping: AbortSignal; readonly stopped: AbortSignal },
): Promise<void> {
  const target = [{ type: 'repository', workspace: '{}', repository: `{${repositoryId}}` }] as const;
  const until = performance.now() + TURN_MS;
  try {
    while (!ends.stopping.aborted && performance.now() < until) {
      const grant = await enterAsJob(services, JOB, 'webhook.deliver', target);
      const due = await takeDue(services, grant);
      if (due === undefined) return;
      const silence = await whatSilences(services, due.webhook);
      if (silence !== null) {
        await keepSilent(services, grant, due, silence);
        continue;
      }
      const { webhookPayload } = await payloads();
      const payload = await webhookPayload(services, grant, due.delivery);
      if (payload === undefined)
        await keepSilent(services, grant, due, 'Nothing of it was left that could be told.');
      else await sendDue(services, grant, due, payload, ends.stopped);
    }
  } catch (error) {
    if (error instanceof Refused) await endOf(services, repositoryId);
    else services.log.error({ error, repository: repositoryId }, 'A webhook could not be told.');
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
