import { GitFailed, GitOutputTooLarge, GitUnavailable } from './process-error.ts';
import { startProcess, type StartedProcess } from './start/index.ts';
import type { RepositoryHandle } from './handle.ts';

/**
 * Where a command runs: a repository (its folder becomes `GIT_DIR`, so nothing is discovered) or, for commands that
 * make repositories, a plain folder. Outside `git/` only handles are at hand.
 */
export type GitPlace = Pick<RepositoryHandle, 'path'> | string;

export type GitOptions = {
  /** Added to the clean environment, e.g. `GIT_PROTOCOL` or the object folders of a quarantine. */
  readonly env?: Readonly<Record<string, string>>;
  /** Aborting ends the whole process group. */
  readonly signal?: AbortSignal;
  /** For work that nobody waits for: others go first. */
  readonly background?: boolean;
  /** Of address space, for work on what strangers wrote. Git ends with code 128 where it would take more. */
  readonly mostMemoryMb?: number;
  /** Beside `mostMemoryMb`: of processor time, whatever others make Git wait for. Git is killed where it would take more. */
  readonly mostCpuSeconds?: number;
  /** Beside `mostMemoryMb`: Git finds no program but its own, whatever it is told to run. */
  readonly findsNoProgram?: true;
};

export type RunOptions = GitOptions & {
  readonly input?: Buffer | string;
  /** Default 64 MiB; above it the command is ended and `GitOutputTooLarge` thrown. */
  readonly maxOutputBytes?: number;
};

export type StreamOptions = GitOptions & {
  /** How file descriptors 3 and up are opened. */
  readonly extraStdio?: readonly ('pipe' | 'ignore')[];
  /**
   * Standard output goes into a file that is made for it (0600; it must not exist), and no byte of it passes through
   * this process. `stdout` is at its end from the beginning; the file is whole when `gitEnd` says code 0.
   */
  readonly stdoutPath?: string;
  /** Standard input is empty, which saves a stream. */
  readonly noInput?: boolean;
};

export type GitResult = { readonly stdout: Buffer; readonly stderr: string; readonly code: number };
export type GitEnd = { readonly code: number; readonly stderr: string };
export type GitChild = StartedProcess;

/**
 * Settings that hold for every command, whatever a repository's own file says. They travel in `GIT_CONFIG_*` variables
 * and not in `-c`, so that the argument list stays short and shows nothing.
 */
const settings: Readonly<Record<string, string>> = {
  'safe.directory': '*',
  // `committed` is packs and loose objects; a pack without its index is not found again; `reference` is not in Git's default.
  'core.fsync': 'committed,pack-metadata,reference',
  // While all refs are being packed, a push that deletes one waits.
  'core.packedRefsTimeout': '10000',
  'core.quotePath': 'false',
  'credential.helper': '',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'protocol.version': '2',
};

const maximalStderrBytes = 16 * 1024;
const defaultMaximalOutputBytes = 64 * 1024 * 1024;
const killAfterMilliseconds = 5_000;
const stderrGraceMilliseconds = 500;

const running = new Map<GitChild, { readonly command: string; readonly end: Promise<GitEnd> }>();
const ends = new WeakMap<GitChild, Promise<GitEnd>>();

/** The environment of every Git process: nothing of ours is inherited but `PATH`. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    // Paths are bytes that somebody chose: `:(glob)` and `*` in them mean nothing.
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_PAGER: 'cat',
  };
  let count = 0;
  for (const [key, value] of Object.entries(settings)) {
    environment[`GIT_CONFIG_KEY_${count}`] = key;
    environment[`GIT_CONFIG_VALUE_${count}`] = value;
    count += 1;
  }
  environment['GIT_CONFIG_COUNT'] = String(count);
  return Object.assign(environment, extra);
}

/** Settings for one command as environment, to be spread into `env`: the place for a secret such as a header. */
export function gitSettings(extra: Readonly<Record<string, string>>): Record<string, string> {
  const environment: Record<string, string> = {};
  let count = Object.keys(settings).length;
  for (const [key, value] of Object.entries(extra)) {
    environment[`GIT_CONFIG_KEY_${count}`] = key;
    environment[`GIT_CONFIG_VALUE_${count}`] = value;
    count += 1;
  }
  environment['GIT_CONFIG_COUNT'] = String(count);
  return environment;
}

/**
 * Starts Git with piped standard streams in a process group of its own. The caller reads `stdout`, writes and ends
 * `stdin`, and awaits `gitEnd(child)`. Standard error is read here (its last 16 KiB come with the end), so a talkative
 * command never blocks; listen to `child.stderr` as well where it must be relayed.
 */
export function streamGit(place: GitPlace, args: readonly string[], options: StreamOptions = {}): GitChild {
  options.signal?.throwIfAborted();
  const folder = typeof place === 'string' ? place : place.path;
  const { stdoutPath, noInput = false, extraStdio = [] } = options;
  const [command = 'git', ...rest] = wholeCommand(args, options);
  const child = startProcess({
    command,
    args: rest,
    cwd: folder,
    env: { ...gitEnvironment(options.env), ...(typeof place === 'string' ? {} : { GIT_DIR: place.path }) },
    stdio: [noInput ? 'ignore' : 'pipe', stdoutPath === undefined ? 'pipe' : 'ignore', 'pipe', ...extraStdio],
    ...(stdoutPath !== undefined && { stdoutPath }),
  });
  // A reader that goes away first is ordinary; without a listener EPIPE would end the server.
  child.stdin.on('error', () => {});
  child.stdout.on('error', () => {});
  const verb = args.find((argument) => !argument.startsWith('-')) ?? 'git';
  const end = watchEnd(child, verb);
  running.set(child, { command: verb, end });
  ends.set(child, end);
  const abort = () => endGit(child);
  options.signal?.addEventListener('abort', abort, { once: true });
  const forget = () => {
    running.delete(child);
    options.signal?.removeEventListener('abort', abort);
  };
  end.then(forget, forget);
  return child;
}

const LIMITED = 'ulimit -v "$0"; exec git "$@"';
const LIMITED_IN_TIME = 'ulimit -v "$0"; ulimit -t "$1"; shift; exec git "$@"';
const LIMITED_ALONE =
  'ulimit -v "$0"; git=$(command -v git) && PATH=/nonexistent && export PATH && exec "$git" "$@"';

/** What is mapped of packs counts as memory, and Git maps a gigabyte of each at once unless it is told otherwise. */
const SMALL_WINDOWS = ['-c', 'core.packedGitWindowSize=16m', '-c', 'core.packedGitLimit=256m'];

function wholeCommand(
  args: readonly string[],
  { background, mostMemoryMb, mostCpuSeconds, findsNoProgram }: GitOptions,
): readonly string[] {
  const nice = background === true ? ['nice', '-n', '10'] : [];
  if (mostMemoryMb === undefined) return [...nice, 'git', ...args];
  const timed = mostCpuSeconds === undefined ? [] : [String(mostCpuSeconds)];
  const script =
    findsNoProgram === true ? LIMITED_ALONE : mostCpuSeconds === undefined ? LIMITED : LIMITED_IN_TIME;
  const limited = ['sh', '-c', script, String(mostMemoryMb * 1024), ...timed];
  return [...nice, ...limited, ...SMALL_WINDOWS, ...args];
}

function watchEnd(child: GitChild, command: string): Promise<GitEnd> {
  const chunks: Buffer[] = [];
  let size = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    for (let first = chunks[0]; first && size - first.length > maximalStderrBytes; first = chunks[0]) {
      size -= first.length;
      chunks.shift();
    }
  });
  child.stderr.on('error', () => {});
  return new Promise((resolve, reject) => {
    child.once('error', (error: Error) => {
      // `error` also tells of a failed kill, after which the process still ends by itself.
      if (child.pid === undefined) reject(new GitUnavailable(command, { cause: error }));
    });
    // `exit` and not `close`: standard output is the caller's to read, and a grandchild that keeps standard error open
    // must not hold us for long.
    child.once('exit', (code: number | null) => {
      const finish = () => {
        clearTimeout(timer);
        resolve({ code: code ?? -1, stderr: Buffer.concat(chunks).toString('utf8') });
      };
      const timer = setTimeout(finish, stderrGraceMilliseconds);
      if (child.stderr.closed) finish();
      else child.stderr.once('close', finish);
    });
  });
}

/** Resolves when the process has ended, with its exit code (-1 after a signal) and the tail of standard error. */
export function gitEnd(child: GitChild): Promise<GitEnd> {
  return ends.get(child) ?? Promise.resolve({ code: child.exitCode ?? -1, stderr: '' });
}

/** Ends a process with everything it started: first politely, so that Git removes its temporary files, then not. */
export function endGit(child: GitChild): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.signalGroup('SIGTERM');
  const timer = setTimeout(() => child.signalGroup('SIGKILL'), killAfterMilliseconds);
  timer.unref();
  child.once('exit', () => clearTimeout(timer));
}

/** Runs a command to its end and collects its output. Any exit code is an answer; see `runGitChecked` otherwise. */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  options: RunOptions = {},
): Promise<GitResult> {
  const { input, maxOutputBytes = defaultMaximalOutputBytes, ...rest } = options;
  const child = streamGit(place, args, { ...rest, noInput: input === undefined });
  const end = gitEnd(child);
  end.catch(() => {});
  if (input !== undefined) child.stdin.end(input);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxOutputBytes) {
      endGit(child);
      const kept = Buffer.concat(chunks).subarray(0, maxOutputBytes);
      throw new GitOutputTooLarge(args[0] ?? 'git', maxOutputBytes, kept);
    }
  }
  const { code, stderr } = await end;
  options.signal?.throwIfAborted();
  return { stdout: Buffer.concat(chunks), stderr, code };
}

/** As `runGit`, and throws `GitFailed` for any exit code but 0. */
export async function runGitChecked(
  place: GitPlace,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Buffer> {
  const { stdout, stderr, code } = await runGit(place, args, options);
  if (code !== 0) throw new GitFailed(args[0] ?? 'git', code, stderr);
  return stdout;
}

/** What runs now, for a status page and for tests. */
export function runningGit(): { pid: number; command: string }[] {
  return [...running].map(([child, { command }]) => ({ pid: child.pid ?? 0, command }));
}

/**
 * Waits until no Git process runs, for a clean stop. Those that still run after the time are ended.
 * Close the object reader first: its processes end only then.
 * @returns how many had to be ended
 */
export async function waitForGit(timeoutMilliseconds: number): Promise<number> {
  const all = Promise.allSettled([...running.values()].map((entry) => entry.end));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMilliseconds);
  });
  const first = await Promise.race([all, late]);
  clearTimeout(timer);
  if (first !== 'late') return 0;
  const left = [...running.keys()];
  for (const child of left) endGit(child);
  await all;
  return left.length;
}
