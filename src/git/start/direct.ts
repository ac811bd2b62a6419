import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { nothing, nowhere, signalGroupOf, type ProcessToStart, type StartedProcess } from './process.ts';
import { RemoteProcess } from './remote.ts';

/** Starts a process from this one: right for the command line, whose memory is small and whose loop nobody waits for. */
export function startDirectly(wanted: ProcessToStart): StartedProcess {
  const { command, args, cwd, env, stdio, stdoutPath } = wanted;
  let file: number | undefined;
  try {
    file = stdoutPath === undefined ? undefined : openSync(stdoutPath, 'wx', 0o600);
  } catch (error) {
    // Told as any other failure to start is: later, by an event.
    const failed = new RemoteProcess(wanted, () => {});
    process.nextTick(() => failed.tell({ failed: String(error) }));
    return failed;
  }
  try {
    const child: ChildProcess = spawn(command, args, {
      cwd,
      env: { ...env },
      stdio: stdio.map((kind, number) => (number === 1 && file !== undefined ? file : kind)),
      detached: true,
      windowsHide: true,
    });
    return Object.assign(child, {
      stdin: child.stdin ?? nowhere(),
      stdout: child.stdout ?? nothing(),
      stderr: child.stderr ?? nothing(),
      signalGroup: (signal: 'SIGTERM' | 'SIGKILL') => {
        if (child.exitCode === null && child.signalCode === null) signalGroupOf(child.pid, signal);
      },
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
