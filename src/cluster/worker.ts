import { Problem } from '../problem.ts';
import type { Settings } from '../config.ts';
import { runningGit } from '../git/process.ts';
import { holdMemoryDown } from '../memory.ts';
import type { Metrics, Reported } from '../metrics/index.ts';
import type { Services } from '../services.ts';
import { Calls, type Channel } from './calls.ts';
import { RemotePackTurns } from './pack-turns.ts';

/** What a worker begins with; it holds passwords, and so goes over the channel and not over a command line. */
export interface Beginning {
  readonly settings: Settings;
  readonly publicUrl: string;
  /** Added to our environment: what uses the helper of the host reads it there. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a worker tells of itself when it is asked. */
export interface Report {
  readonly metrics: Reported | null;
  /** Ids of pushes that it is at. */
  readonly pushes: readonly string[];
}

/**
 * One of the processes that answer requests. It asks the first process for what it needs, tells it `ready` or `failed` with a
 * sentence, and works until it hears `stop`.
 *
 * @returns the exit code
 */
export async function runWorker(): Promise<number> {
  // A signal to the whole group or service is for the first process, which says when we are to stop.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  const stopped = Promise.withResolvers<void>();
  let report = async (): Promise<Report> => ({ metrics: null, pushes: [] });
  let writeOwnUses = async (): Promise<void> => {};
  const calls = new Calls(parent(), {
    stop: stopped.resolve,
    report: () => report(),
    writeOwnUses: () => writeOwnUses(),
  });
  // While the first process still prepares what we begin with.
  const loaded = import('../serving.ts');
  const { settings, publicUrl, environment } = (await calls.ask('begin')) as Beginning;
  Object.assign(process.env, environment);
  try {
    const { openServices, startServer } = await loaded;
    const services = await openServices(settings, publicUrl, {
      packQueue: new RemotePackTurns(calls),
      writeUses: async () => void (await calls.ask('writeUses')),
    });
    try {
      writeOwnUses = () => services.usage.flush();
      const metrics = settings.metrics === undefined ? undefined : await count(services);
      report = async () => ({
        metrics: (await metrics?.report()) ?? null,
        pushes: [...services.intendedPushes],
      });
      const server = await startServer(settings, services, metrics);
      calls.tell('ready');
      holdMemoryDown();
      await stopped.promise;
      await server.stop();
    } finally {
      await services.close();
    }
  } catch (error) {
    calls.tell('failed', error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    process.disconnect();
  }
  return 0;
}

/** Loaded where somebody looks at it: `node:http`, which comes with it, takes a client of HTTP along. */
async function count(services: Services): Promise<Metrics> {
  const { Metrics } = await import('../metrics/index.ts');
  return new Metrics(() => ({
    packAnswers: services.packs.counts,
    git: runningGit().map(({ command }) => command),
  }));
}

/** The channel to the process that began us. */
function parent(): Channel {
  if (process.send === undefined) {
    throw new Problem('invalid', 'A worker is begun by "latchkey serve" alone; run that.');
  }
  return process as Channel;
}
