/**
 * Runs one verb after the other as `latchkey` runs one, for as long as it is asked to: a process start is most of the time
 * of a verb. Told what to run by messages, see `CommandLine`.
 */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Answered, Asked } from './command-line.ts';
import { projectRoot } from './run.ts';

// As it is bundled: hundreds of sources are read in four times as long.
const { runCommandLine } = (await import(
  join(projectRoot, 'dist/main-cli.js')
)) as typeof import('../../src/cli/index.ts');
process.umask(0o077);
const environment = { ...process.env };

process.on('message', (asked: Asked) => void run(asked).then((answered) => process.send?.(answered)));

async function run({ args, env, input }: Asked): Promise<Answered> {
  process.env = { ...environment, ...env };
  process.exitCode = undefined;
  const stdin = Readable.from(input === undefined ? [] : [Buffer.from(input)]);
  Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  const code = await runCommandLine(['node', 'latchkey', ...args]);
  return { stdout: stdout(), stderr: stderr(), code };
}

/** Keeps what is written from here on; the function returned gives it and ends that. */
function capture(stream: NodeJS.WriteStream): () => string {
  const write = stream.write;
  let text = '';
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const written = rest.at(-1);
    if (typeof written === 'function') written();
    return true;
  };
  return () => {
    stream.write = write;
    return text;
  };
}
