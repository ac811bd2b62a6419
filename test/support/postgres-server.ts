import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chown, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './free-port.ts';
import { guard, type Guardian } from './guardian.ts';
import { ensureLibraryLinks, postgresHindrance, postgresPackage } from './postgres-package.ts';

export interface PostgresServer {
  /** Connection URL of the maintenance database; the user may create databases. */
  readonly url: string;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root; this number needs no entry in /etc/passwd. */
const nobody = 65534;
const asRoot = process.getuid?.() === 0;
const identity = asRoot ? { uid: nobody, gid: nobody } : {};

/** Starts a PostgreSQL of its own on 127.0.0.1; throws a sentence that says why where it cannot. It does not outlive this process. */
export async function startPostgres(): Promise<PostgresServer> {
  const hindrance = postgresHindrance();
  if (hindrance) throw new Error(hindrance);
  await ensureLibraryLinks();
  const guardian = await guard('postgres', { signal: 'QUIT', owner: asRoot ? nobody : undefined });
  try {
    const binaries = await reachableBinaries(guardian.folder);
    const data = await initialise(binaries, guardian.folder);
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      const failure = await launch(binaries, data, port, guardian);
      if (failure === undefined)
        return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop: () => guardian.end() };
      // Another process can take the port between our look and PostgreSQL's; anything else fails thrice too.
      if (attempt === 3) throw new Error(`PostgreSQL did not start: ${failure}`);
    }
  } catch (error) {
    await guardian.end();
    throw error;
  }
}

/** A checkout below a private folder such as /root is closed to the user that PostgreSQL runs as: then a copy is made. */
async function reachableBinaries(folder: string): Promise<string> {
  const installed = join(postgresPackage, 'native');
  const trial = spawnSync(join(installed, 'bin/initdb'), ['--version'], { ...identity, cwd: '/', env: {} });
  if (trial.status === 0) return join(installed, 'bin');
  const copy = join(folder, 'native');
  await mkdir(copy);
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  if (asRoot) await chown(copy, nobody, nobody);
  return join(copy, 'bin');
}

async function initialise(binaries: string, folder: string): Promise<string> {
  const data = join(folder, 'data');
  const settings = ['--no-sync', '--encoding=UTF8', '--locale=C', '--auth=trust', '--username=postgres'];
  const initdb = spawn(join(binaries, 'initdb'), [...settings, '-D', data], {
    ...identity,
    cwd: folder,
    env: { LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const output = collect(initdb);
  const code = await new Promise<number | null>((resolve, reject) => {
    initdb.once('error', reject);
    initdb.once('close', resolve);
  });
  if (code !== 0) throw new Error(`PostgreSQL could not make its data folder: ${output()}`);
  return data;
}

/** @returns undefined once it answers, what it printed where it ended instead. */
async function launch(
  binaries: string,
  data: string,
  port: number,
  guardian: Guardian,
): Promise<string | undefined> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
    shared_buffers: '32MB',
    max_connections: '200',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const postgres = spawn(join(binaries, 'postgres'), ['-D', data, ...options], {
    ...identity,
    cwd: data,
    env: { LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const output = collect(postgres);
  const { pid } = postgres;
  let ended = pid === undefined;
  postgres.once('error', () => (ended = true));
  postgres.once('exit', () => {
    ended = true;
    if (pid !== undefined) guardian.forget(pid);
  });
  if (pid !== undefined) guardian.watch(pid);
  // It must not keep the runner alive: the guardian ends it when the runner ends.
  postgres.unref();
  (postgres.stderr as unknown as { unref(): void }).unref();
  for (let waited = 0; !ended && waited < 30_000; waited += 50) {
    if (await answers(port)) return undefined;
    await delay(50);
  }
  return output() || 'it did not answer within 30 s.';
}

async function answers(port: number): Promise<boolean> {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-4000)));
  return () => text.trim();
}
