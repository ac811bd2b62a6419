import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import {
  hostAndPort,
  hostName,
  networks,
  onOrOff,
  origin,
  port,
  portOrOff,
  postgresUrl,
  smtpUrl,
  sshUrl,
  wholeNumber,
} from './setting-forms.ts';

/** Every setting, with its default and its meaning. The keys are those of the settings file, in which "data" alone cannot stand. */
const Settings = z.strictObject({
  data: z.string().default('./data').describe('Folder of the database, the repositories and the secrets.'),
  host: hostName.default('127.0.0.1').describe('Network address to listen on.'),
  port: port.default(7990).describe('Port to listen on; 0 takes a free one.'),
  url: origin
    .optional()
    .describe(
      'Address by which people and programs reach this host: scheme, host and port, and no path; the default is http://localhost:PORT.',
    ),
  ssh_port: portOrOff
    .default(7999)
    .describe('Port for Git over SSH; 0 takes a free one, and "off" serves none.'),
  ssh_host: hostName
    .optional()
    .describe('Network address to listen on for SSH; the default is that of "host".'),
  ssh_url: sshUrl
    .optional()
    .describe(
      'Address by which people reach SSH, where it is not ssh://git@HOST:PORT. With "ssh_port" off: that of an OpenSSH that lets people in here.',
    ),
  database: postgresUrl
    .optional()
    .describe('URL of a PostgreSQL database; the default is SQLite in the data folder.'),
  workers: wholeNumber(1, 256)
    .optional()
    .describe(
      'How many processes answer requests, beside the one that keeps them; 1 is one process for everything. The default is the number of cores.',
    ),
  tls_cert: z
    .string()
    .optional()
    .describe('File with the certificate chain in PEM, for serving https itself.'),
  tls_key: z.string().optional().describe('File with the private key in PEM.'),
  trusted_proxy: networks
    .default([])
    .describe('Networks (CIDR) of the proxies whose X-Forwarded-For is believed.'),
  insecure_listener: onOrOff.default(false).describe('Allow plain http on an address that is not loopback.'),
  smtp_url: smtpUrl
    .optional()
    .describe(
      'Mail server that takes messages to people, such as smtp://latchkey@mail.example.com:587, or smtps:// for TLS from the first byte; without one, messages are written into the folder "mail" in the data folder.',
    ),
  smtp_password: z
    .string()
    .optional()
    .describe('Password for the mail server; in the environment or the settings file only.'),
  mail_from: z
    .email()
    .optional()
    .describe('Address from which messages are sent; the default is latchkey@ and the name of the host.'),
  people_may_create_workspaces: z
    .boolean()
    .default(true)
    .describe('Whether everybody may create workspaces, or administrators alone.'),
  oauth_access_token_minutes: z
    .number()
    .int()
    .min(1)
    .max(24 * 60)
    .default(120)
    .describe('Minutes for which an OAuth access token lives.'),
  oauth_refresh_token_days: z
    .number()
    .int()
    .min(1)
    .max(3660)
    .default(90)
    .describe('Days for which an OAuth refresh token lives while it is not used.'),
  deleted_repository_days: z
    .number()
    .int()
    .min(0)
    .default(30)
    .describe('Days for which a deleted repository can be restored.'),
  metrics: hostAndPort
    .optional()
    .describe(
      'HOST:PORT where metrics, liveness and readiness are served, in clear and to everybody who reaches it; without it they are not.',
    ),
  maintenance_seconds: wholeNumber(0, 86_400)
    .default(10)
    .describe(
      'How long a repository must be quiet after a push before it is brought into shape; 0 leaves that to latchkey maintain.',
    ),
  pack_cache_mb: z
    .number()
    .int()
    .min(0)
    .default(5120)
    .describe('Megabytes of disk for answers to clones and fetches that are kept; 0 keeps none.'),
  pack_jobs: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      'How many fetches that nothing kept answers, and pushes, run at once; the default is twice the number of cores.',
    ),
  pack_queue: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(200)
    .describe(
      'How many of these may wait for their turn, half of them of one credential or repository; whoever comes beyond is told to try again.',
    ),
  pack_queue_seconds: z
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe('How long one of these waits for its turn at most.'),
  stalled_client_seconds: z
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(300)
    .describe(
      'After how long without a single byte taken or sent a client of Git or of an archive is given up.',
    ),
  request_body_seconds: z
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('How long the body of a request to the API or to a page may take to arrive.'),
  upload_mb: z
    .number()
    .int()
    .min(1)
    .max(1024 * 1024)
    .default(2048)
    .describe('Megabytes that a request may have that brings files to the API or to a page.'),
  webhook_networks: networks
    .default([])
    .describe(
      'Networks (CIDR) of your own to which webhooks may be sent besides the Internet, such as 10.20.0.0/16; without them loopback, private, link-local and other special addresses are refused.',
    ),
  issuer_networks: networks
    .default([])
    .describe(
      'Networks (CIDR) of your own from which the keys of issuers of CI tokens may be read besides the Internet, such as 10.20.0.0/16.',
    ),
});

export type Settings = z.infer<typeof Settings>;
export type SettingName = keyof Settings;

export const SETTING_MEANINGS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(Settings.shape).map(([name, schema]) => [name, schema.description ?? '']),
);

/** Settings that the environment may give; a password in a database URL belongs here or in the file, not on a command line. */
export const ENVIRONMENT: Readonly<Record<string, SettingName>> = {
  LATCHKEY_DATA: 'data',
  LATCHKEY_HOST: 'host',
  LATCHKEY_PORT: 'port',
  LATCHKEY_URL: 'url',
  LATCHKEY_SSH_PORT: 'ssh_port',
  LATCHKEY_SSH_HOST: 'ssh_host',
  LATCHKEY_SSH_URL: 'ssh_url',
  LATCHKEY_WORKERS: 'workers',
  LATCHKEY_DATABASE: 'database',
  LATCHKEY_SMTP_URL: 'smtp_url',
  LATCHKEY_SMTP_PASSWORD: 'smtp_password',
  LATCHKEY_MAIL_FROM: 'mail_from',
  LATCHKEY_TRUSTED_PROXY: 'trusted_proxy',
  LATCHKEY_INSECURE_LISTENER: 'insecure_listener',
  LATCHKEY_METRICS: 'metrics',
  LATCHKEY_WEBHOOK_NETWORKS: 'webhook_networks',
  LATCHKEY_ISSUER_NETWORKS: 'issuer_networks',
  LATCHKEY_MAINTENANCE_SECONDS: 'maintenance_seconds',
};

const FILE = 'latchkey.json';

/** The setting that says where the file is. */
export const NOT_IN_FILE: SettingName = 'data';

/** Levels of the log, from nothing to everything; "warn" unless told. */
const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'];

/** The level that LATCHKEY_LOG names. Throws an `Error` with one sentence for one that there is not. */
export function logLevelIn({ LATCHKEY_LOG }: Readonly<Record<string, string | undefined>>): string {
  const level = LATCHKEY_LOG || 'warn';
  if (LOG_LEVELS.includes(level)) return level;
  throw new Error(`The variable LATCHKEY_LOG cannot be used: it must be one of ${LOG_LEVELS.join(', ')}.`);
}

/**
 * Reads the settings once: options of the command line win over the environment, the environment over the settings file
 * `latchkey.json` in the data folder. Throws an `Error` with one sentence that names the setting and what would be right.
 */
export function readSettings(
  options: Partial<Record<SettingName, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const given: Record<string, unknown> = {};
  for (const [variable, name] of Object.entries(ENVIRONMENT)) {
    const value = environment[variable];
    if (value !== undefined && value !== '') given[name] = value;
  }
  for (const [name, value] of Object.entries(options)) if (value !== undefined) given[name] = value;
  // An empty one, as an unset variable of a shell gives it, would be the folder that happens to be the current one.
  if (given['data'] === '' || String(given['data']).includes('\0')) {
    throw new Error(
      `The setting "data" cannot be used: name a folder. It means: ${SETTING_MEANINGS['data']}`,
    );
  }
  const data = resolve(typeof given['data'] === 'string' ? given['data'] : './data');
  const parsed = Settings.safeParse({ ...settingsFile(data), ...given, data });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? '');
  throw new Error(
    name === ''
      ? `The settings cannot be read: ${issue?.message ?? 'unknown reason'}.`
      : `The setting "${name}" cannot be used: ${issue?.message}. It means: ${SETTING_MEANINGS[name] ?? 'nothing known'}`,
  );
}

function settingsFile(data: string): Record<string, unknown> {
  const path = join(data, FILE);
  let text: string;
  let fromFile: Record<string, unknown> | undefined;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new Error(
      `The settings file ${path} cannot be read by this user: run this as the user to whom the data folder belongs.`,
      { cause: error },
    );
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      fromFile = { ...parsed };
    }
  } catch {
    // Falls through to the one sentence below.
  }
  if (fromFile === undefined) throw new Error(`The settings file ${path} must hold one JSON object.`);
  if (!Object.hasOwn(fromFile, NOT_IN_FILE)) return fromFile;
  throw new Error(
    `The setting "data" cannot stand in ${path}, which is looked for in that folder: give --data or LATCHKEY_DATA.`,
  );
}
