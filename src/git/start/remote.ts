import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { LateStream } from './late-stream.ts';
import { nothing, nowhere, signalGroupOf, type ProcessToStart, type StartedProcess } from './process.ts';

/** What the helper tells of one process; see `helper.mjs`. */
export interface Told {
  readonly pid?: number;
  readonly ended?: readonly [code: number | null, signal: string | null];
  readonly failed?: string;
}

/** What a process gets to remove its locks and temporary files when the helper is gone. */
const LAST_MOMENT_MS = 1_000;

/** A process that the helper starts for us. */
export class RemoteProcess extends EventEmitter implements StartedProcess {
  readonly stdin;
  readonly stdout;
  readonly stderr;
  readonly stdio: readonly (Duplex | null)[];
  pid: number | undefined;
  exitCode: number | null = null;
  signalCode: string | null = null;
  readonly #signal: (signal: 'SIGTERM' | 'SIGKILL') => void;
  #isOver = false;

  constructor(wanted: ProcessToStart, signal: (signal: 'SIGTERM' | 'SIGKILL') => void) {
    super();
    this.#signal = signal;
    const ways = (number: number) => ({ readable: number !== 0, writable: number !== 1 && number !== 2 });
    this.stdio = wanted.stdio.map((kind, number) => (kind === 'pipe' ? new LateStream(ways(number)) : null));
    this.stdin = this.stdio[0] ?? nowhere();
    this.stdout = this.stdio[1] ?? nothing();
    this.stderr = this.stdio[2] ?? nothing();
  }

  /** The stream of a descriptor, to be given its socket; undefined once the process is over and nobody reads any more. */
  late(number: number): LateStream | undefined {
    const stream = this.stdio[number];
    return stream instanceof LateStream ? stream : undefined;
  }

  signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (!this.#isOver) this.#signal(signal);
  }

  tell({ pid, ended, failed }: Told): void {
    if (pid !== undefined) this.pid = pid;
    if (failed !== undefined) this.#fail(failed);
    if (ended !== undefined) this.#end(...ended);
  }

  /** The helper is gone: whether the process still runs cannot be known, so it is ended and counts as killed. */
  lose(): void {
    if (this.#isOver) return;
    const { pid } = this;
    signalGroupOf(pid, 'SIGTERM');
    setTimeout(() => signalGroupOf(pid, 'SIGKILL'), LAST_MOMENT_MS).unref();
    this.#end(null, 'SIGTERM');
    for (const stream of this.stdio) {
      if (stream instanceof LateStream && (pid === undefined || !stream.isAttached)) stream.giveUp();
    }
  }

  #end(code: number | null, signal: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.exitCode = code;
    this.signalCode = signal;
    this.stdin.destroy();
    this.emit('exit', code, signal);
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stream of this.stdio) if (stream instanceof LateStream) stream.giveUp();
    this.emit('error', new Error(`The process could not be started (${reason}).`));
  }
}
