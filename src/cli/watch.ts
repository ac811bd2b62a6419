import { whyNotReady } from '../acts/host/readiness.ts';
import { enterAsJob } from '../entry/index.ts';
import { runningGit } from '../git/process.ts';
import type { UsedHelper } from '../git/start/index.ts';
import type { PackQueue } from '../limits/pack-queue.ts';
import type { Maintenance } from '../maintenance.ts';
import type { Reported, RequestObserver } from '../metrics/index.ts';
import type { Services } from '../services.ts';

interface Parts {
  /** Of the process that starts Git. */
  readonly helper: UsedHelper['state'];
  readonly maintenance: Maintenance['state'];
  /** How many processes answer requests. */
  readonly workers: number;
  /** What the others among them count. */
  reports(): Promise<readonly Reported[]>;
}

export interface Watched {
  readonly observer: RequestObserver;
  /** From here on the host is ready. */
  started(parts: Parts): void;
  /** From here on it is not: whoever sends requests here is to send them elsewhere. */
  stopping(): void;
  stop(): Promise<void>;
}

const NOTHING_MAINTAINED = { waiting: 0, succeeded: 0, failed: 0, seconds: 0 };

/** Serves metrics, liveness and readiness of a host from before it listens until after it has ended. */
export async function watch(
  address: { readonly host: string; readonly port: number },
  services: Services,
  packQueue: PackQueue,
): Promise<Watched> {
  // Loaded here, because nobody else needs it.
  const { Metrics, serveMetrics } = await import('../metrics/index.ts');
  let parts: Parts | undefined;
  let isStopping = false;
  const metrics = new Metrics(
    () => ({
      packAnswers: services.packs.counts,
      git: runningGit().map(({ command }) => command),
    }),
    () => ({
      packQueue: packQueue.state,
      helper: parts?.helper ?? { isRunning: false, starts: 0 },
      workers: parts?.workers ?? 0,
      maintenance: parts?.maintenance ?? NOTHING_MAINTAINED,
    }),
  );
  const served = await serveMetrics(address, {
    text: async () => metrics.text((await parts?.reports()) ?? []),
    async notReady() {
      if (isStopping) return 'Latchkey is stopping.';
      if (parts === undefined) return 'Latchkey is starting.';
      if (!parts.helper.isRunning) return 'The process that starts Git has ended and is being started again.';
      if (parts.workers === 0) return 'The workers have ended and are being started again.';
      return whyNotReady(
        services,
        await enterAsJob(services, 'readiness', 'host.inspect', [{ type: 'host' }]),
      );
    },
  });
  return {
    observer: metrics,
    started(running) {
      parts = running;
    },
    stopping() {
      isStopping = true;
    },
    stop: () => served.stop(),
  };
}
