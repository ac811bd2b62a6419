import { spawn } from 'node:child_process';
import { chown, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Guardian {
  /** A fresh temporary folder, removed at the end. */
  readonly folder: string;
  /** End this process too. */
  watch(pid: number): void;
  /** The process has ended by itself; its number may soon be somebody else's. */
  forget(pid: number): void;
  /** Ends what is still watched, removes the folder, resolves when both are done. */
  end(): Promise<void>;
}

/**
 * A shell at the other end of a pipe. However the test runner ends, SIGKILL included, the pipe closes, and the shell then
 * ends the watched processes and removes the folder. SIGQUIT first, because PostgreSQL ends its children on it; SIGKILL after.
 */
const script = `
pids=" "
while read -r verb pid; do
  case $verb in
    watch) pids="$pids$pid " ;;
    forget) before=\${pids%%" $pid "*}; after=\${pids#*" $pid "}; [ "$before" = "$pids" ] || pids="$before $after" ;;
  esac
done
for pid in $pids; do kill -s "$2" "$pid" 2>/dev/null; done
for pid in $pids; do
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -s KILL "$pid" 2>/dev/null
done
rm -rf "$1" 2>/dev/null || { sleep 0.5; rm -rf "$1"; }
`;

/** @param purpose names the folder: `/tmp/latchkey-<purpose>-XXXXXX`. @param signal is what the watched processes get first. */
export async function guard(
  purpose: string,
  { signal = 'KILL', owner }: { signal?: 'KILL' | 'QUIT'; owner?: number | undefined } = {},
): Promise<Guardian> {
  const folder = await mkdtemp(join(tmpdir(), `latchkey-${purpose}-`));
  if (owner !== undefined) await chown(folder, owner, owner);
  // Detached: Ctrl-C reaches the runner's process group, and the shell has to outlive it.
  const shell = spawn('sh', ['-c', script, 'guardian', folder, signal], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  const gone = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  shell.stdin.on('error', () => {});
  shell.unref();
  return {
    folder,
    watch: (pid) => void shell.stdin.write(`watch ${pid}\n`),
    forget: (pid) => void shell.stdin.write(`forget ${pid}\n`),
    end: () => {
      shell.ref();
      shell.stdin.end();
      return gone;
    },
  };
}
