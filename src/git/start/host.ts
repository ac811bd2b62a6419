import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('helper.mjs', import.meta.url));
/** What it holds is copied, as page tables, at every start. */
const FLAGS = ['--max-old-space-size=24', '--max-semi-space-size=1'];
const SHORTEST_LIFE_MS = 1_000;

/** A helper that is kept running: started again whenever it ends. One serves all processes of a host. */
export class KeptHelper {
  /** Path of its socket, in a folder that only our user may enter. */
  readonly socket: string;
  #child: ChildProcess | undefined;
  #isStopped = false;
  #starts = 0;

  private constructor(socket: string) {
    this.socket = socket;
  }

  /** Throws with one sentence when it cannot be started. */
  static async start(): Promise<KeptHelper> {
    // Not in the data folder: the path of a socket has to be short.
    const helper = new KeptHelper(join(mkdtempSync(join(tmpdir(), 'latchkey-')), 'helper'));
    await helper.#begin();
    return helper;
  }

  /** How often it was started: more than once where it ended by itself. */
  get starts(): number {
    return this.#starts;
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends it, and with it everything that it started and that still runs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.stdin?.end();
      await exit;
    }
    rmSync(dirname(this.socket), { recursive: true, force: true });
  }

  async #begin(): Promise<void> {
    rmSync(this.socket, { force: true });
    const began = performance.now();
    const child = spawn(process.execPath, [...FLAGS, script, this.socket], {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['pipe', 'pipe', 'inherit'],
      // Ctrl-C in a terminal is for the host alone.
      detached: true,
    });
    this.#child = child;
    this.#starts += 1;
    child.stdin.on('error', () => {});
    const ended = Promise.withResolvers<'ended'>();
    child.once('error', () => ended.resolve('ended'));
    child.once('exit', () => ended.resolve('ended'));
    const first = await Promise.race([once(child.stdout, 'data'), ended.promise]);
    if (first === 'ended') throw new Error('The process that starts Git could not be started.');
    child.stdout.resume();
    void ended.promise.then(() => this.#beginAgain(began));
  }

  async #beginAgain(began: number): Promise<void> {
    const life = performance.now() - began;
    if (life < SHORTEST_LIFE_MS) await delay(SHORTEST_LIFE_MS - life, undefined, { ref: false });
    if (this.#isStopped) return;
    // Who waits for it is told that it is not there; with memory or processes free again it will be.
    await this.#begin().catch(() => this.#beginAgain(performance.now()));
  }
}
