import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config.ts';
import { Problem } from '../problem.ts';

const ADDRESS_FILE = 'public-url';

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
