import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { SETTING_MEANINGS, type Settings } from '../config.ts';
import { packQueueOf } from '../limits/pack-queue.ts';
import { lockDataFolder } from '../lock.ts';
import { Problem } from '../problem.ts';
import { prepareAnswering } from '../answering.ts';
import { settingsOf } from './settings.ts';
import { refuseOtherUser, rememberAddress } from './data-folder.ts';
import { refuseBadTls } from './tls-files.ts';

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
  refuseBadTls(given);
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
      // Only now: whoever answers is loaded beside it.
      const { runHost } = await import('./run-host.ts');
      await runHost(settings, { packQueue, prepared });
    } finally {
      await prepared.cancel();
    }
  } finally {
    unlock();
  }
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
  if (LOOPBACK.test(settings.host) || settings.insecure_listener) return;
  const encrypted = settings.tls_cert !== undefined || settings.trusted_proxy.length > 0;
  if (encrypted && settings.url?.startsWith('https://') === true) return;
  throw new Problem(
    'invalid',
    `${settings.host} is reachable from other machines, and credentials would cross the network in clear. Give --url https://… together with --tls-cert and --tls-key or with --trusted-proxy, or, where that is truly wanted, --insecure-listener.`,
  );
}
