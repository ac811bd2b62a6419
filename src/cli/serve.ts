import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { createAccount, isUnclaimed } from '../acts/accounts/create.ts';
import { startHousekeeping } from '../housekeeping.ts';
import { SETTING_MEANINGS, type Settings } from '../config.ts';
import { enterAsOperator } from '../entry/index.ts';
import type { PackQueue } from '../limits/pack-queue.ts';
import { lockDataFolder } from '../lock.ts';
import { startMaintenance } from '../maintenance.ts';
import { Problem } from '../problem.ts';
import { openServices, packQueueOf, type Services } from '../services.ts';
import { prepareAnswering, type PreparedAnswering } from '../answering.ts';
import { watch, type Watched } from './watch.ts';
import { settingsOf } from './settings.ts';
import { print, publicUrlOf, refuseOtherUser, rememberAddress } from './operate.ts';

export const serveCommand = (): Command =>
  new Command('serve')
    .description('Run the host until it is told to stop (SIGTERM or Ctrl-C).')
    .addOption(new Option('--host <address>', `${SETTING_MEANINGS['host']} (default: 127.0.0.1)`))
    .addOption(new Option('--port <number>', `${SETTING_MEANINGS['port']} (default: 7990)`))
    .addOption(new Option('--url <url>', SETTING_MEANINGS['url']))
    .addOption(new Option('--ssh-port <number>', `${SETTING_MEANINGS['ssh_port']} (default: 7999)`))
    .addOption(new Option('--ssh-host <address>', SETTING_MEANINGS['ssh_host']))
    .addOption(new Option('--ssh-url <url>', SETTING_MEANINGS['ssh_url']))
    .addOption(new Option('--workers <number>', SETTING_MEANINGS['workers']))
    .addOption(new Option('--tls-cert <file>', SETTING_MEANINGS['tls_cert']))
    .addOption(new Option('--tls-key <file>', SETTING_MEANINGS['tls_key']))
    .addOption(new Option('--trusted-proxy <cidr...>', SETTING_MEANINGS['trusted_proxy']))
    .addOption(new Option('--metrics <address>', SETTING_MEANINGS['metrics']))
    .addOption(new Option('--smtp-url <url>', SETTING_MEANINGS['smtp_url']))
    .addOption(new Option('--mail-from <address>', SETTING_MEANINGS['mail_from']))
    .addOption(new Option('--insecure-listener', SETTING_MEANINGS['insecure_listener']))
    .action(async (options: Record<string, unknown>) => serve(settingsOf(options)));

async function serve(given: Settings): Promise<void> {
  refuseUnsafeListener(given);
  refuseOtherUser(given.data);
  const settings = {
    ...given,
    port: given.port === 0 ? await freePort(given.host) : given.port,
    ssh_port: given.ssh_port === 0 ? await freePort(given.ssh_host ?? given.host) : given.ssh_port,
    workers: given.workers ?? availableParallelism(),
  };
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const unlock = lockDataFolder(settings.data);
  try {
    rememberAddress(settings);
    const packQueue = packQueueOf(settings);
    const prepared = prepareAnswering(settings, packQueue);
    try {
      const services = await openServices(settings, publicUrlOf(settings), packQueue);
      try {
        await run(settings, services, { packQueue, prepared });
      } finally {
        await services.close();
      }
    } finally {
      await prepared.cancel();
    }
  } finally {
    unlock();
  }
}

async function run(
  settings: Settings,
  services: Services,
  { packQueue, prepared }: { readonly packQueue: PackQueue; readonly prepared: PreparedAnswering },
): Promise<void> {
  // Before the first line is printed: whoever reads it may stop the host at once.
  const told = toldToStop();
  const housekeeping = await startHousekeeping(services);
  let watched: Watched | undefined;
  try {
    watched = settings.metrics === undefined ? undefined : await watch(settings.metrics, services, packQueue);
    const answering = await prepared.start(services, watched?.observer);
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
    await told;
    process.stderr.write('Latchkey is stopping: what runs is finished first.\n');
    watched?.stopping();
    await maintenance.stop();
    await answering.stop();
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

/** A port that is free now. Chosen before anything is opened, because the public address, which everything shows, contains it. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/;

/** Credentials must not cross a network in clear by accident. */
function refuseUnsafeListener(settings: Settings): void {
  if ((settings.tls_cert === undefined) !== (settings.tls_key === undefined)) {
    throw new Problem('invalid', 'TLS needs both --tls-cert and --tls-key.');
  }
  if (LOOPBACK.test(settings.host) || settings.insecure_listener) return;
  const encrypted = settings.tls_cert !== undefined || settings.trusted_proxy.length > 0;
  if (encrypted && settings.url?.startsWith('https://') === true) return;
  throw new Problem(
    'invalid',
    `${settings.host} is reachable from other machines, and credentials would cross the network in clear. Give --url https://… together with --tls-cert and --tls-key or with --trusted-proxy, or, where that is truly wanted, --insecure-listener.`,
  );
}

const toldToStop = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
