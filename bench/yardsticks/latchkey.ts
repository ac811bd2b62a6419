import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessGroup } from '../measure/process-group.ts';
import type { RepositoryName } from '../repositories/cache.ts';
import { basic, withCredentials, type GitServer } from './server.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const START_MS = 60_000;
const USER = 'ada';

export interface LatchkeyOptions {
  /** Number of workers; the default of `serve` unless given. */
  readonly workers?: number;
  /** Added to the server's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Latchkey, with the port of its SSH. */
export interface RunningLatchkey extends GitServer {
  readonly sshPort: number;
}

/** Latchkey on a data folder of its own, as an administrator would run it: `serve`, and the command line beside it. */
export class Latchkey {
  readonly data: string;
  /** Secret of an app password of `ada`, who owns the workspace `acme`. */
  #secret = '';
  readonly #stored = new Map<RepositoryName, string>();

  constructor(folder: string) {
    this.data = join(folder, 'data');
    mkdirSync(folder, { recursive: true });
  }

  /** Starts it, and makes the account, the workspace and the key where they are not there yet. */
  async start(options: LatchkeyOptions = {}): Promise<RunningLatchkey> {
    const workers =
      options.workers === undefined || !knowsWorkers() ? [] : ['--workers', String(options.workers)];
    const group = new ProcessGroup(
      process.execPath,
      [main, 'serve', '--data', this.data, '--port', '0', '--ssh-port', '0', ...workers],
      { env: { HOME: '/nonexistent', ...options.env }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const { url, sshPort } = await listening(group);
    if (this.#secret === '') await this.#found();
    const secret = this.#secret;
    return {
      name: 'Latchkey',
      url,
      sshPort,
      group,
      authorization: basic(USER, secret),
      reconnects: false,
      path: (repository) => `/acme/${repository}.git`,
      address: (repository) => withCredentials(`${url}/acme/${repository}.git`, USER, secret),
    };
  }

  async #found(): Promise<void> {
    await this.cli(
      ['user', 'create', USER, '--email', 'ada@example.org', '--password-stdin'],
      'a long enough password\n',
    );
    await this.cli(['workspace', 'create', 'acme', '--owner', USER]);
    this.#secret = await this.cli([
      'app-password',
      'create',
      USER,
      '--label',
      'bench',
      '--scope',
      'repository:write',
      '--scope',
      'account',
    ]);
  }

  /** Adds a public key to the account. */
  async addSshKey(publicKey: string): Promise<void> {
    await this.cli(['ssh-key', 'add', USER, '--label', 'bench'], publicKey);
  }

  /** Creates a repository, empty or with the history of another, once. Answers with the folder in which it is stored. */
  async provide(name: RepositoryName, from?: string): Promise<string> {
    const stored = this.#stored.get(name);
    if (stored !== undefined) return stored;
    const printed = await this.cli([
      'repository',
      'create',
      `acme/${name}`,
      ...(from === undefined ? [] : ['--import', from]),
    ]);
    const id = /\{([0-9a-f-]{36})\}/.exec(printed)?.[1] ?? '';
    const path = join(this.data, 'repositories', id.slice(0, 2), `${id}.git`);
    if (!existsSync(path)) throw new Error(`There is no repository at ${path}.`);
    this.#stored.set(name, path);
    return path;
  }

  /** A verb of the command line, beside the running server; standard output without its last newline. */
  cli(args: readonly string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [main, ...args, '--data', this.data], {
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.stdin.end(input);
      child.once('error', reject);
      child.once('close', (code) =>
        code === 0 ? resolve(stdout.trim()) : reject(new Error(`latchkey ${args[0]}: ${stderr}`)),
      );
    });
  }
}

let workersKnown: boolean | undefined;

export function knowsWorkers(): boolean {
  workersKnown ??= spawnSync(process.execPath, [main, 'serve', '--help'], {
    encoding: 'utf8',
  }).stdout.includes('--workers');
  return workersKnown;
}

function listening(group: ProcessGroup): Promise<{ readonly url: string; readonly sshPort: number }> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(
      () => reject(new Error(`Latchkey did not start. It printed: ${printed}`)),
      START_MS,
    );
    group.child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Latchkey ended with code ${code}. It printed: ${printed}`));
    });
    group.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const url = /listening on (http:\/\/\S+)/.exec(printed)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      // The name `localhost` is looked up by every client anew; the others are measured by their address.
      resolve({
        url: url.replace(/\/$/, '').replace('localhost', '127.0.0.1'),
        sshPort: Number(/Git over SSH: ssh:\/\/\S+:(\d+),/.exec(printed)?.[1] ?? 0),
      });
    });
  });
}
