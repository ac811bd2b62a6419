import { endUnused } from './cluster/fork.ts';
import { Workers } from './cluster/workers.ts';
import type { Settings } from './config.ts';
import { useHelper, type UsedHelper } from './git/start/index.ts';
import type { PackQueue } from './limits/pack-queue.ts';
import type { Reported, RequestObserver } from './metrics/index.ts';
import type { Services } from './services.ts';

/** Whoever answers the requests of a host: this process, or workers. */
export interface Answering {
  /** Of the process that starts Git. */
  readonly helper: UsedHelper['state'];
  /** How many processes answer now. */
  readonly workers: number;
  /** What other processes than this one count. */
  reports(): Promise<readonly Reported[]>;
  /** No new requests are taken, what runs may finish, and what does not is ended. */
  stop(): Promise<void>;
}

/** Whoever will answer, being loaded while the rest of the host is opened. */
export interface PreparedAnswering {
  /** Throws with one sentence when an address cannot be taken. */
  start(services: Services, observer: RequestObserver | undefined): Promise<Answering>;
  /** Ends what was loaded, unless it was started and stopped. */
  cancel(): Promise<void>;
}

export const prepareAnswering = (
  settings: Settings & { readonly workers: number },
  packQueue: PackQueue,
): PreparedAnswering => {
  if (settings.workers > 1) return prepareWorkers(settings, packQueue);
  endUnused();
  return {
    start: (services, observer) => answerHere(settings, services, observer),
    cancel: async () => {},
  };
};

async function answerHere(
  settings: Settings,
  services: Services,
  observer: RequestObserver | undefined,
): Promise<Answering> {
  // Loaded here: where workers answer, this process needs none of it.
  const { startServer } = await import('./server.ts');
  const server = await startServer(settings, services, observer);
  return {
    get helper() {
      return server.helper;
    },
    workers: 1,
    reports: async () => [],
    stop: () => server.stop(),
  };
}

/** As many processes as the settings say; one that ends is replaced, and its pushes are brought to their end. */
function prepareWorkers(
  settings: Settings & { readonly workers: number },
  packQueue: PackQueue,
): PreparedAnswering {
  let opened: Services | undefined;
  const settling = new Set<Promise<void>>();
  const settle = async (services: Services): Promise<void> => {
    const { settleAfterLoss } = await import('./housekeeping.ts');
    await settleAfterLoss(services, () => workers.pushes());
  };
  const workers = new Workers(settings.workers, settings.data, {
    packQueue,
    lost: (sentence) => {
      if (opened === undefined) return;
      opened.log.error(`${sentence} Another one is started in its place.`);
      const settled = settle(opened);
      settling.add(settled);
      void settled.then(() => settling.delete(settled));
    },
  });
  return {
    async start(services) {
      opened = services;
      const helper = await useHelper();
      try {
        const { publicUrl } = services;
        await workers.begin({ settings, publicUrl, environment: helper.environment });
      } catch (error) {
        await workers.stop();
        await helper.stop();
        throw error;
      }
      return {
        get helper() {
          return helper.state;
        },
        get workers() {
          return workers.ready;
        },
        reports: () => workers.metrics(),
        async stop() {
          await workers.stop();
          await Promise.all(settling);
          await helper.stop();
        },
      };
    },
    cancel: () => workers.stop(),
  };
}
