import { randomBytes } from 'node:crypto';
import { createAccount, isUnclaimed } from '../acts/accounts/create.ts';
import type { PreparedAnswering } from '../answering.ts';
import type { Settings } from '../config.ts';
import { enterAsOperator } from '../entry/index.ts';
import { startHousekeeping } from '../housekeeping.ts';
import type { PackQueue } from '../limits/pack-queue.ts';
import { startMaintenance } from '../maintenance.ts';
import { holdMemoryDown } from '../memory.ts';
import { openServices, type Services } from '../services.ts';
import { startTelling } from '../telling.ts';
import { publicUrlOf, refuseLostDatabase } from './data-folder.ts';
import { print } from './operate.ts';
import { watch, type Watched } from './watch.ts';

interface HostMeans {
  readonly packQueue: PackQueue;
  readonly prepared: PreparedAnswering;
}

/** Opens the host, lets it answer until it is told to stop, and closes it. */
export async function runHost(settings: Settings, means: HostMeans): Promise<void> {
  refuseLostDatabase(settings);
  const services = await openServices(settings, publicUrlOf(settings), { packQueue: means.packQueue });
  try {
    await run(settings, services, means);
  } finally {
    await services.close();
  }
}

async function run(
  settings: Settings,
  services: Services,
  { packQueue, prepared }: HostMeans,
): Promise<void> {
  // Before the first line is printed: whoever reads it may stop the host at once.
  const told = toldToStop();
  const housekeeping = await startHousekeeping(services);
  let watched: Watched | undefined;
  try {
    watched = settings.metrics === undefined ? undefined : await watch(settings.metrics, services, packQueue);
    const answering = await prepared.start(services, watched?.observer);
    const telling = startTelling(services);
    const maintenance = startMaintenance(services, {
      folder: settings.data,
      quietMs: settings.maintenance_seconds * 1000,
      isBusy: () => packQueue.state.isBusy,
    });
    watched?.started({
      get helper() {
        return answering.helper;
      },
      get maintenance() {
        return maintenance.state;
      },
      get workers() {
        return answering.workers;
      },
      reports: () => answering.reports(),
    });
    await announce(services);
    holdMemoryDown();
    await told;
    process.stderr.write('Latchkey is stopping: what runs is finished first.\n');
    watched?.stopping();
    // Each may take its time, and whoever waits for the end waits for the longest alone.
    const ownWork = Promise.all([maintenance.stop(), telling.stop()]);
    await Promise.all([housekeeping.stop(), ownWork.then(() => answering.stop())]);
  } finally {
    await housekeeping.stop();
    await watched?.stop();
  }
}

async function announce(services: Services): Promise<void> {
  const grant = await enterAsOperator(services, 'account.create', [{ type: 'host' }]);
  if (await isUnclaimed(services, grant)) {
    const password = randomBytes(15).toString('base64url');
    await createAccount(services, grant, {
      username: 'admin',
      email: 'admin@localhost',
      displayName: 'Administrator',
      password,
      isAdministrator: true,
      mustChangePassword: true,
    });
    print(
      `First start. Sign in at ${services.publicUrl}/login as "admin" with this password, which is shown once and asks to be changed:`,
    );
    print(`    ${password}`);
  }
  if (services.ssh !== null && services.ssh.hostKey !== null) {
    print(`Git over SSH: ${services.ssh.url}, whose host key is ${services.ssh.hostKey.fingerprint}`);
  }
  print(`Latchkey is listening on ${services.publicUrl}`);
}

const toldToStop = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
