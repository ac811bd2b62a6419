import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { makeControlGroup, type ControlGroup } from './control-group.ts';
import { processTree, pssBytes } from './proc.ts';

const SETTLE_MS = 8_000;
const running = new Set<ProcessGroup>();

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdio?: StdioOptions;
}

/** A server that we started, with everything that it starts: what it costs, and its end. */
export class ProcessGroup {
  readonly child: ChildProcess;
  readonly #control: ControlGroup | undefined;

  constructor(command: string, args: readonly string[], options: StartOptions = {}) {
    this.#control = makeControlGroup();
    // The shell puts itself into the group before it becomes the program, so that nothing of it is missed.
    const [program, ...rest] =
      this.#control === undefined
        ? [command, ...args]
        : ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', this.#control.folder, command, ...args];
    this.child = spawn(program ?? '', rest, {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'] ?? '', ...options.env },
      stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
    });
    this.child.once('error', () => {});
    running.add(this);
  }

  /** How CPU time is counted here. */
  get counting(): 'control group' | '/proc' {
    return this.#control === undefined ? '/proc' : 'control group';
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** By itself or told to. */
  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  members(): number[] {
    return this.#control?.members() ?? processTree(this.pid).map(({ pid }) => pid);
  }

  /** Of the whole tree, with what has ended. From /proc it is exact to 10 ms, and lacks children that nobody waited for. */
  cpuSeconds(): number {
    return (
      this.#control?.cpuSeconds() ??
      processTree(this.pid).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
    );
  }

  memoryBytes(): number {
    return this.members().reduce((sum, pid) => sum + pssBytes(pid), 0);
  }

  /** Changes whenever a process of the tree has ended or begun: alike before and after, none was started in between. */
  processMark(): string {
    return processTree(this.pid)
      .map(({ pid, childFaults }) => `${pid}:${childFaults}`)
      .toSorted()
      .join(' ');
  }

  /** SIGTERM to the server, and after a while SIGKILL to what is left of its tree: never to anything else. */
  async end(): Promise<void> {
    if (!running.delete(this)) return;
    const members = this.members();
    if (!this.hasEnded && this.child.pid !== undefined) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await Promise.race([exit, wait(SETTLE_MS, undefined, { ref: false })]);
    }
    const left = this.#control?.members() ?? members;
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    for (let tries = 0; tries < 40 && (this.#control?.members().length ?? 0) > 0; tries++) await wait(25);
    this.#control?.remove();
  }
}

/** Ends every server that still runs, newest first. */
export async function endAll(): Promise<void> {
  for (const group of [...running].toReversed()) await group.end();
}

/** What `work` cost the group, and how long it took. */
export async function costOf(
  group: ProcessGroup,
  work: () => Promise<void>,
): Promise<{ readonly wall: number; readonly cpu: number }> {
  const cpu = group.cpuSeconds();
  const start = process.hrtime.bigint();
  await work();
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  return { wall, cpu: group.cpuSeconds() - cpu };
}

const SAMPLE_MS = 60;

/** The largest memory of the group while `work` ran, in bytes. */
export async function peakMemory(group: ProcessGroup, work: () => Promise<void>): Promise<number> {
  let peak = group.memoryBytes();
  const timer = setInterval(() => {
    peak = Math.max(peak, group.memoryBytes());
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak;
}
