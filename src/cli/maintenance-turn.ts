import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '../config.ts';
import { useHelper } from '../git/start/index.ts';
import { lockMaintenance } from '../lock.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import { operate } from './operate.ts';

const LOOK_EVERY_MS = 200;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Whoever is stopped in the middle of a purge cannot say any more that pushes are to wait for it. */
const UNHEARD = 'SIGTSTP';

const ignore = (): void => {};

/**
 * Does something to repositories in a turn in which no other process maintains them; the server and verbs take turns. The
 * signal of the work is that of whoever tells this process to end. However it ends, the Git that it started ends too.
 */
export async function inMaintenanceTurn(
  settings: Settings,
  work: (services: Services, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Problem('conflict', 'Stopped before all was done.'));
  for (const signal of SIGNALS) process.once(signal, stop);
  process.on(UNHEARD, ignore);
  try {
    await operate(settings, async (services) => {
      const unlock = await maintenanceTurn(settings.data, stopping.signal);
      try {
        const helper = await useHelper();
        try {
          await work(services, stopping.signal);
        } finally {
          await helper.stop();
        }
      } finally {
        unlock();
      }
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    process.off(UNHEARD, ignore);
  }
}

async function maintenanceTurn(folder: string, signal: AbortSignal): Promise<() => void> {
  for (;;) {
    signal.throwIfAborted();
    const unlock = lockMaintenance(folder);
    if (unlock !== undefined) return unlock;
    await delay(LOOK_EVERY_MS);
  }
}
