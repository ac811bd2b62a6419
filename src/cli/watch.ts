import { whyNotReady } from '../acts/host/readiness.ts';
import { enterAsJob } from '../entry/index.ts';
import { runningGit } from '../git/process.ts';
import type { Maintenance } from '../maintenance.ts';
import type { RequestObserver } from '../metrics/index.ts';
import type { RunningServer } from '../server.ts';
import type { Services } from '../services.ts';

interface Parts {
  readonly server: RunningServer;
  readonly maintenance: Maintenance;
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
): Promise<Watched> {
  // Loaded here, because nobody else needs it.
  const { Metrics, serveMetrics } = await import('../metrics/index.ts');
  let parts: Parts | undefined;
  let isStopping = false;
  const metrics = new Metrics(() => ({
    packQueue: services.packQueue.state,
    packAnswers: services.packs.counts,
    git: runningGit().map(({ command }) => command),
    helper: parts?.server.helper ?? { isRunning: false, starts: 0 },
    maintenance: parts?.maintenance.state ?? NOTHING_MAINTAINED,
  }));
  const served = await serveMetrics(address, {
    text: () => metrics.text(),
    async notReady() {
      if (isStopping) return 'Latchkey is stopping.';
      if (parts === undefined) return 'Latchkey is starting.';
      if (!parts.server.helper.isRunning)
        return 'The process that starts Git has ended and is being started again.';
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
