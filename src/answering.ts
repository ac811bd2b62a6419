import { Workers } from './cluster/workers.ts';
import type { Settings } from './config.ts';
import { useHelper, type UsedHelper } from './git/start/index.ts';
import { settleAfterLoss } from './housekeeping.ts';
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

/** Throws with one sentence when an address cannot be taken. */
export async function answerHere(
  settings: Settings,
  services: Services,
  observer: RequestObserver | undefined,
): Promise<Answering> {
  // Loaded here, because every verb would wait for the doors otherwise.
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

/** The same over as many processes as the settings say; one that ends is replaced, and its pushes are brought to their end. */
export async function answerByWorkers(
  settings: Settings & { readonly workers: number },
  services: Services,
  packQueue: PackQueue,
): Promise<Answering> {
  const helper = await useHelper();
  const settling = new Set<Promise<void>>();
  const workers = new Workers(settings.workers, settings.data, {
    packQueue,
    environment: helper.environment,
    lost: (sentence) => {
      services.log.error(`${sentence} Another one is started in its place.`);
      const settled = settleAfterLoss(services, () => workers.pushes());
      settling.add(settled);
      void settled.then(() => settling.delete(settled));
    },
  });
  try {
    await workers.begin(settings, services.publicUrl);
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
}
