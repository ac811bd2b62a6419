import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { inject } from 'vitest';
import { atEndOfFile } from './cleanup.ts';
import { CommandLine } from './command-line.ts';
import { freePort } from './free-port.ts';
import { guard, type Guardian } from './guardian.ts';
import { freshDatabase } from './postgres.ts';
import { exitCode, projectRoot, searchPath, type Outcome, type RunOptions } from './run.ts';

type ServerProcess = ChildProcessByStdio<null, Readable, Readable>;

export interface ServerOptions {
  /** What the run tests unless told: SQLite, or both in turn by `npm run test:all`. */
  readonly database?: 'sqlite' | 'postgres';
  /** Added to the server's environment and to that of its command line. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Added to `serve --data … --port …`; a `--port` among them is taken instead of a free one. */
  readonly arguments?: readonly string[];
}

export interface TestServer {
  /** As the server printed it, without a slash at its end. Stays the same over `restart()`. */
  readonly url: string;
  /** `ssh://git@HOST:PORT` as printed; empty where SSH is off. Stays the same over `restart()`. */
  readonly ssh: string;
  /** The data folder; it goes when the test file ends. */
  readonly data: string;
  /** What it was started with: a verb beside it wants the same database. */
  readonly environment: Readonly<Record<string, string>>;
  /** The process that runs now, or ran last. */
  readonly process: ServerProcess;
  /** All that was printed so far, over restarts too, standard output and error as they came. */
  output(): string;
  /** SIGTERM; resolves with the exit code. Harmless when it has ended. */
  stop(): Promise<number>;
  /** SIGKILL, as a power cut would; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Stops it where it runs, and starts it again on the same data and port. */
  restart(): Promise<void>;
  /** `latchkey ARGS --data DATA`, beside the running server; see `CommandLine`. */
  cli(args: readonly string[], options?: Pick<RunOptions, 'input' | 'env'>): Promise<Outcome>;
}

/** Starts a real server process on a free loopback port; it ends with the test file, and with the runner however that ends. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const database =
    (options.database ?? inject('database')) === 'postgres' ? await freshDatabase() : undefined;
  const guardian = await guard('server');
  const data = join(guardian.folder, 'data');
  const home = join(guardian.folder, 'home');
  await mkdir(home);
  const env: Record<string, string> = {
    PATH: searchPath,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    // Each server has a fresh data folder and would compile everything anew.
    NODE_COMPILE_CACHE: join(projectRoot, '.cache/compile'),
    // What tests see on the disk changes by what they do alone; those of maintenance switch it on.
    LATCHKEY_MAINTENANCE_SECONDS: '0',
    // More processes take longer to start; those of workers ask for them.
    LATCHKEY_WORKERS: '1',
    ...(database ? { LATCHKEY_DATABASE: database.url } : {}),
    ...options.environment,
  };
  const server = new RunningServer(data, env, options.arguments ?? [], guardian);
  // In one piece, so that the database is dropped only after its server has ended.
  atEndOfFile(async () => {
    server.commandLine.end();
    await server.stop();
    await guardian.end();
  });
  await server.start();
  return server;
}

const main = join(projectRoot, 'dist/main.js');
const sshAddress = /Git over SSH: (ssh:\/\/\S+),/;
const listening = /Latchkey is listening on (https?:\/\/\S+)/;

class RunningServer implements TestServer {
  url = '';
  ssh = '';
  private current: ServerProcess | undefined;
  private ended: Promise<number> = Promise.resolve(0);
  private printed = '';
  private port = '';
  private sshPort = '';

  readonly data: string;
  readonly environment: Readonly<Record<string, string>>;
  private readonly extra: readonly string[];
  private readonly guardian: Guardian;
  readonly commandLine: CommandLine;

  constructor(
    data: string,
    env: Readonly<Record<string, string>>,
    extra: readonly string[],
    guardian: Guardian,
  ) {
    this.data = data;
    this.environment = env;
    this.extra = extra;
    this.guardian = guardian;
    this.commandLine = new CommandLine(env);
  }

  get process(): ServerProcess {
    if (!this.current) throw new Error('The server was never started.');
    return this.current;
  }

  output = (): string => this.printed;

  async start(): Promise<void> {
    const before = this.printed.length;
    this.port ||= String(await freePort());
    this.sshPort ||= String(await freePort());
    // Options given twice: the last one counts, so a test's own --port wins.
    const args = [
      'serve',
      '--data',
      this.data,
      '--port',
      this.port,
      '--ssh-port',
      this.sshPort,
      ...this.extra,
    ];
    const child = spawn(process.execPath, [main, ...args], {
      cwd: projectRoot,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.current = child;
    const { pid } = child;
    if (pid !== undefined) this.guardian.watch(pid);
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        if (pid !== undefined) this.guardian.forget(pid);
        resolve(exitCode(code, signal));
      });
    });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => give('did not say within 30 s that it listens'), 30_000);
      const give = (what: string) => {
        clearTimeout(timer);
        reject(new Error(`The server ${what}. It printed:\n${this.printed.slice(before)}`));
      };
      const read = (chunk: string) => {
        this.printed += chunk;
        const found = listening.exec(this.printed.slice(before))?.[1];
        if (found === undefined) return;
        clearTimeout(timer);
        this.url = found.replace(/\/$/, '');
        resolve();
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.once('error', (error) => give(`could not be started: ${error.message}`));
      child.once('close', (code, signal) =>
        give(`ended with code ${exitCode(code, signal)} before it listened`),
      );
    });
    this.ssh = sshAddress.exec(this.printed.slice(before))?.[1] ?? '';
  }

  stop(): Promise<number> {
    this.current?.kill('SIGTERM');
    return this.ended;
  }

  async kill(): Promise<void> {
    this.current?.kill('SIGKILL');
    await this.ended;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  cli: TestServer['cli'] = (args, { env = {}, input } = {}) =>
    this.commandLine.run({ args: [...args, '--data', this.data], env, input });
}
