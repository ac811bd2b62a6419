import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { logLevelIn, type Settings } from './config.ts';
import { DigestKeys, openHostKey, SealingKeys, UsageRecorder, type HostKey } from './credentials/index.ts';
import { decideAgain, type Gateway } from './entry/index.ts';
import { RefusedTokens } from './federation/index.ts';
import { History } from './git/history.ts';
import { ObjectReader } from './git/object-reader.ts';
import { PackCache } from './git/packs/index.ts';
import { RepositorySizes } from './git/sizes.ts';
import { DownloadFetches } from './hosting/download-fetches.ts';
import { RefKeeper } from './git/snapshot/keeper.ts';
import { Turns } from './limits/turns.ts';
import { Spool } from './git/spool.ts';
import { RepositoryStorage } from './git/storage.ts';
import { GitWords } from './git/wire/index.ts';
import { InstalledGit } from './git/wire/installed-git.ts';
import { KeptSpoken } from './git/wire/kept-spoken.ts';
import { packQueueOf, type PackTurns } from './limits/pack-queue.ts';
import { mailTransport, type MailTransport } from './mail/index.ts';
import { mainPath } from './main-path.ts';
import type { Lifetimes } from './oauth/index.ts';
import { OutboundNetworks } from './outbound/index.ts';
import { openDatabase } from './store/open.ts';

/** What acts work with: entry's needs, and the repositories on the disk. */
export interface Services extends Gateway {
  /** Entry's way to decide again, for changes. */
  readonly decideAgain: typeof decideAgain;
  /** The data folder. */
  readonly folder: string;
  readonly storage: RepositoryStorage;
  readonly spool: Spool;
  readonly objects: ObjectReader;
  readonly refs: RefKeeper;
  readonly history: History;
  /** Of what processes of Git read for the API and pages. */
  readonly readTurns: Turns;
  /** Of whole diffs, which are made at the pace of whoever reads them. */
  readonly diffTurns: Turns;
  readonly sizes: RepositorySizes;
  readonly downloadFetches: DownloadFetches;
  readonly words: GitWords;
  /** Answers to clones and fetches that are kept. */
  readonly packs: PackCache;
  /** Whose turn it is to have objects packed or unpacked. */
  readonly packQueue: PackTurns;
  /** Ids of the pushes that this process wrote down as intended, and not their end yet. */
  readonly intendedPushes: Set<string>;
  /** How long a client of Git or of an archive may neither send nor take a byte. */
  readonly stalledClientMs: number;
  /** How long the body of a request to the API or a page may take to arrive. */
  readonly requestBodyMs: number;
  /** What the body of a request that brings files may have. */
  readonly uploadBytes: number;
  readonly log: Logger;
  readonly seals: SealingKeys;
  /** Where messages to people go. */
  readonly mail: MailTransport;
  /** Where webhooks may be sent. */
  readonly outbound: OutboundNetworks;
  /** Where keys of issuers may be read. */
  readonly issuerNetworks: OutboundNetworks;
  /** What trust policies did not accept, on its way to their owners. */
  readonly refusedTokens: RefusedTokens;
  /** Public address without a slash at the end, such as `https://git.example.com`. Everything that shows a link begins with it. */
  readonly publicUrl: string;
  /** How the host is reached over SSH; null where it is not. */
  readonly ssh: {
    /** Such as `ssh://git@git.example.com:7999`, without a slash at the end. */
    readonly url: string;
    /** Null where it is not this server that people reach there, but the OpenSSH of the system. */
    readonly hostKey: HostKey | null;
  } | null;
  readonly deletedRepositoryMs: number;
  /**
   * Has the uses of credentials written that were made until now, through whichever process of the host: whoever looks is about to
   * judge by when something was last used. A process that does not answer in time is not waited for.
   */
  readonly writeUses: () => Promise<void>;
  readonly oauthLifetimes: Lifetimes;
  close(): Promise<void>;
}

const DAY_MS = 24 * 3600_000;
const MOST_WAITING_READS = 100;
/** What kept answers leave free on the disk, for pushes and the database. */
const FREE_BYTES = 512 * 1024 * 1024;

/**
 * Opens everything that lies in the data folder, making what is not there yet. Used by the server and by every verb of
 * the command line, beside each other. Throws with one clear sentence when something cannot be opened.
 *
 * @param host what belongs to the whole host, where this process is a part of it
 */
export async function openServices(
  settings: Settings,
  publicUrl: string,
  host: { readonly packQueue?: PackTurns; readonly writeUses?: () => Promise<void> } = {},
): Promise<Services> {
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  // To standard error: standard output belongs to what a verb was asked for.
  const log = pino(
    {
      level: logLevelIn(process.env),
      base: null,
      // Errors stand beside other things in our entries, where the logger would print `{}` for them.
      serializers: {
        error: (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : error),
      },
      redact: ['*.authorization', '*.cookie', '*.password'],
    },
    pino.destination({ dest: 2, sync: true }),
  );
  // Before the database, which would have to be closed again when a key is damaged.
  const secrets = join(settings.data, 'secrets');
  const keys = DigestKeys.open(secrets);
  const seals = SealingKeys.open(secrets);
  const ssh = openSsh(settings, secrets, publicUrl);
  const own = { ports: portsOf(settings, publicUrl), publicUrl };
  const outbound = new OutboundNetworks(settings.webhook_networks, own);
  const issuerNetworks = new OutboundNetworks(settings.issuer_networks, own, 'issuer_networks');
  const database = await openDatabase(
    settings.database === undefined
      ? { sqlite: join(settings.data, 'latchkey.db') }
      : { postgres: settings.database, connections: connectionsOf(settings.workers ?? 1) },
  );
  const storage = new RepositoryStorage(join(settings.data, 'repositories'));
  await storage.prepare();
  const usage = new UsageRecorder(database, (error) =>
    log.error({ error }, 'The use of credentials could not be written.'),
  );
  const downloadFetches = new DownloadFetches(database, (error) =>
    log.error({ error }, 'How often downloads were fetched could not be written.'),
  );
  const refusedTokens = new RefusedTokens(database, (error) =>
    log.error({ error }, 'What trust policies refused could not be written.'),
  );
  const objects = new ObjectReader();
  const refs = new RefKeeper(objects);
  const readTurns = new Turns(Math.max(2, availableParallelism()), MOST_WAITING_READS);
  const installed = new InstalledGit(
    new KeptSpoken(join(settings.data, 'cache', 'git-words'), mainPath),
    (error) =>
      log.warn(
        { error },
        'Refs are listed by Git itself, which is slower: its own way of saying them is not known here.',
      ),
  );
  return {
    decideAgain,
    folder: settings.data,
    database,
    keys,
    seals,
    usage,
    downloadFetches,
    storage,
    spool: new Spool(join(storage.root, 'incoming')),
    objects,
    refs,
    history: new History({ refs, objects }, readTurns),
    readTurns,
    diffTurns: new Turns(Math.max(2, availableParallelism()), MOST_WAITING_READS),
    sizes: new RepositorySizes(),
    words: new GitWords(refs, installed),
    packs: new PackCache(join(settings.data, 'cache', 'packs'), {
      bytes: settings.pack_cache_mb * 1024 * 1024,
      freeBytes: FREE_BYTES,
    }),
    packQueue: host.packQueue ?? packQueueOf(settings),
    writeUses: host.writeUses ?? (() => usage.flush()),
    intendedPushes: new Set(),
    requestBodyMs: settings.request_body_seconds * 1000,
    uploadBytes: settings.upload_mb * 1024 * 1024,
    stalledClientMs: settings.stalled_client_seconds * 1000,
    log,
    mail: mailTransport({
      smtpUrl: settings.smtp_url,
      smtpPassword: settings.smtp_password,
      from: settings.mail_from ?? `latchkey@${new URL(publicUrl).hostname}`,
      folder: join(settings.data, 'mail'),
    }),
    outbound,
    issuerNetworks,
    refusedTokens,
    clock: Date.now,
    publicUrl,
    ssh,
    deletedRepositoryMs: settings.deleted_repository_days * DAY_MS,
    oauthLifetimes: {
      accessMs: settings.oauth_access_token_minutes * 60_000,
      refreshMs: settings.oauth_refresh_token_days * DAY_MS,
    },
    settings: {
      peopleMayCreateWorkspaces: settings.people_may_create_workspaces,
      botHost: new URL(publicUrl).hostname,
    },
    async close() {
      objects.close();
      await usage.close();
      await downloadFetches.close();
      await refusedTokens.close();
      await database.destroy();
    },
  };
}

/** A PostgreSQL allows 100 unless told otherwise: all processes of the host together keep below that as long as they can. */
const ALL_CONNECTIONS = 64;
const MOST_CONNECTIONS = 16;
const LEAST_CONNECTIONS = 3;

const connectionsOf = (workers: number): number =>
  Math.max(LEAST_CONNECTIONS, Math.min(MOST_CONNECTIONS, Math.floor(ALL_CONNECTIONS / (workers + 1))));

/** That of the public address as well: where any free port is taken, it says which one. */
function portsOf(settings: Settings, publicUrl: string): ReadonlySet<number> {
  const { port } = new URL(publicUrl);
  const ports = [settings.port, settings.ssh_port, settings.metrics?.port, port === '' ? 0 : Number(port)];
  return new Set(ports.flatMap((each) => (typeof each === 'number' && each > 0 ? each : [])));
}

const USUAL_SSH_PORT = 22;

function openSsh(settings: Settings, secrets: string, publicUrl: string): Services['ssh'] {
  const { ssh_port: port, ssh_url: given } = settings;
  if (port === 'off') return given === undefined ? null : { url: withoutSlash(given), hostKey: null };
  const host = new URL(publicUrl).hostname;
  const url = `ssh://git@${port === USUAL_SSH_PORT ? host : `${host}:${port}`}`;
  return { url: withoutSlash(given ?? url), hostKey: openHostKey(secrets) };
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
