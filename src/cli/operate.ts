import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config.ts';
import { Problem } from '../problem.ts';
import { openServices, type Services } from '../services.ts';

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

/** Opens the services for one verb of the command line, beside a running server if there is one, and closes them after it. */
export async function operate<Result>(
  settings: Settings,
  work: (services: Services) => Promise<Result>,
): Promise<Result> {
  refuseOtherUser(settings.data);
  const services = await openServices(settings, publicUrlOf(settings));
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

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

/** `WORKSPACE/REPOSITORY` as written on the command line. */
export function repositoryNamed(name: string): { readonly workspace: string; readonly repository: string } {
  const [workspace, repository, ...rest] = name.split('/');
  if (!workspace || !repository || rest.length > 0) {
    throw new Problem(
      'invalid',
      `Write the repository as WORKSPACE/REPOSITORY; "${name}" is not of that form.`,
    );
  }
  return { workspace, repository };
}

/** A secret from standard input, without the line end that `echo` puts behind it. */
export async function secretFromInput(what: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)).replace(/\r?\n$/, '');
  if (text === '') throw new Problem('invalid', `Give the ${what} on standard input.`);
  return text;
}

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));
