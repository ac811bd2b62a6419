import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '../config.ts';
import { Problem } from '../problem.ts';

const ADDRESS_FILE = 'public-url';
const DATABASE_FILE = 'latchkey.db';

/** The public address: as set, else as the server of this data folder was last told, else on this machine. */
export const publicUrlOf = (settings: Settings): string =>
  (settings.url ?? lastAddress(settings.data) ?? localAddress(settings)).replace(/\/+$/, '');

const localAddress = ({ tls_cert, port }: Settings): string =>
  `${tls_cert === undefined ? 'http' : 'https'}://localhost:${port}`;

function lastAddress(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, ADDRESS_FILE), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Leaves the address for verbs of the command line, which show it and are not told it again. */
export const rememberAddress = (settings: Settings): void =>
  writeFileSync(join(settings.data, ADDRESS_FILE), `${settings.url ?? localAddress(settings)}\n`);

/** Files made by another user, root most likely, are files that the server can no longer write. */
export function refuseOtherUser(folder: string): void {
  if (process.getuid === undefined || !existsSync(folder)) return;
  const owner = statSync(folder).uid;
  if (owner !== process.getuid()) {
    throw new Problem(
      'conflict',
      `The data folder ${folder} belongs to another user (uid ${owner}): run this as that user, for example with sudo -u '#${owner}'.`,
    );
  }
}

/** Throws `Problem` where there is no host to be operated: a verb that made an empty one would seem to have found nothing. */
export function requireHost({ data, database }: Settings): void {
  if (existsSync(join(data, DATABASE_FILE))) return;
  // A backup may be without secrets.
  const isThere = existsSync(join(data, 'secrets')) || existsSync(join(data, 'repositories'));
  if (isThere && database !== undefined) return;
  throw new Problem(
    'not_found',
    isThere
      ? `The data folder ${data} has no ${DATABASE_FILE}: its host keeps its data in another database. Name that with LATCHKEY_DATABASE, as for the server.`
      : `There is no host in ${data}. Name its data folder with --data or LATCHKEY_DATA, or start the server there first.`,
  );
}

/** Throws `Problem` where repositories would be served under a database that begins empty. */
export function refuseLostDatabase({ data, database }: Settings): void {
  if (database !== undefined || existsSync(join(data, DATABASE_FILE))) return;
  const shelves = existsSync(join(data, 'repositories')) ? readdirSync(join(data, 'repositories')) : [];
  if (!shelves.some((name) => /^[0-9a-f]{2}$/.test(name))) return;
  throw new Problem(
    'conflict',
    `The data folder ${data} holds repositories and no ${DATABASE_FILE}. Name the database of this host with LATCHKEY_DATABASE, or restore ${DATABASE_FILE} from a backup.`,
  );
}

/** What a host leaves in its data folder wherever its rows are; the last two are a server's. */
const TRACES = ['secrets', ADDRESS_FILE, 'server.lock'];
const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 5_000;

/** Throws `Problem` where a verb would begin an empty database beside that of a host, which then nobody asks again. */
export async function refuseSecondDatabase(settings: Settings): Promise<void> {
  refuseLostDatabase(settings);
  const { data, database } = settings;
  if (database !== undefined || !TRACES.some((name) => existsSync(join(data, name)))) return;
  // Whoever begins a host at this moment has its keys before its database.
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    if (existsSync(join(data, DATABASE_FILE))) return;
    await delay(LOOK_EVERY_MS);
  }
  throw new Problem(
    'conflict',
    `The data folder ${data} is that of a host, and has no ${DATABASE_FILE}. Name the database of this host with LATCHKEY_DATABASE, as for the server; where it never had one, start the server first.`,
  );
}
