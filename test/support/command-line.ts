import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot, type Outcome } from './run.ts';

export interface Asked {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | Uint8Array | undefined;
}

export type Answered = Outcome;

/**
 * The command line in one process for many verbs, one at a time. What concerns the process itself (signals, several at once,
 * the cold start) is for tests to run by `dist/main.js`.
 */
export class CommandLine {
  #process: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #env: Readonly<Record<string, string>>;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** Runs one verb when those asked before are done. */
  run(asked: Asked): Promise<Outcome> {
    const outcome = this.#last.then(() => this.#ask(asked));
    this.#last = outcome.catch(() => {});
    return outcome;
  }

  end(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }

  async #ask(asked: Asked): Promise<Outcome> {
    this.#process ??= fork(join(projectRoot, 'test/support/command-line-process.ts'), {
      cwd: projectRoot,
      env: { ...this.#env },
      serialization: 'advanced',
      // What it prints is in its answers; where the runner's output goes must not change what a verb does.
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const child = this.#process;
    const ended = new AbortController();
    try {
      child.send(asked);
      const [answer] = (await Promise.race([
        once(child, 'message', { signal: ended.signal }),
        once(child, 'exit', { signal: ended.signal }).then(([code]) => {
          throw new Error(
            `The command line ended with ${code} while it ran: latchkey ${asked.args.join(' ')}`,
          );
        }),
      ])) as [Answered];
      return answer;
    } finally {
      ended.abort();
    }
  }
}
