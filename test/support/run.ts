import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The checkout's root, without a slash at its end. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; 128 + signal number where a signal ended it, as shells count. */
  readonly code: number;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed; nothing is written when absent. */
  readonly input?: string | Uint8Array;
  /** Milliseconds until SIGKILL; 120 s unless told. */
  readonly timeout?: number;
}

/** Runs a command to its end; rejects only when it cannot be started. The environment is `env` and nothing else but PATH. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectRoot,
      env: { PATH: searchPath, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeout ?? 120_000,
      killSignal: 'SIGKILL',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        code: exitCode(code, signal),
      }),
    );
    // A command that ends without reading its input closes the pipe; that is its right.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
  });
}

/** The search path of this process; what else it inherited stays out of the tests. */
export const searchPath = process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** What a shell would report. */
export function exitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal ? (signalNumbers[signal] ?? 0) : 0);
}
