import type { EventEmitter } from 'node:events';
import { PassThrough, Writable, type Duplex, type Readable } from 'node:stream';

/** What is asked of whoever starts processes. */
export interface ProcessToStart {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** One for each descriptor from 0 on. */
  readonly stdio: readonly ('pipe' | 'ignore')[];
  /** A file to be made (0600; it must not exist) that takes the place of standard output. */
  readonly stdoutPath?: string;
}

/** A process as `ChildProcess` shows it, in the part that is used here; events `exit` (code, signal) and `error`. */
export interface StartedProcess extends EventEmitter {
  readonly stdin: Writable;
  /** At its end from the beginning where the output goes into a file. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The streams of descriptors 3 and up stand at their numbers; null where one was not asked for. */
  readonly stdio: readonly (Duplex | Readable | Writable | null | undefined)[];
  /** Known only some time after the start. */
  readonly pid?: number | undefined;
  readonly exitCode: number | null;
  readonly signalCode: string | null;
  /** To the process with everything that it started; nothing happens once it has ended. */
  signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export type StartProcess = (wanted: ProcessToStart) => StartedProcess;

/** Sends a signal to a process group. */
export function signalGroupOf(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended in between.
  }
}

/** The stream of a descriptor that is not there to be read. */
export const nothing = (): Readable => new PassThrough().end();

/** The stream of a descriptor that is not there to be written. */
export const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
