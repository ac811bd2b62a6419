import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gitEnd, runGit, runningGit, streamGit, waitForGit } from '../../../src/git/process.ts';
import { HELPER_VARIABLE, startProcess, useHelper, type UsedHelper } from '../../../src/git/start/index.ts';
import { buildRepository, type BuiltRepository } from '../build-repository.ts';

let helper: UsedHelper;
let built: BuiltRepository;

beforeAll(async () => {
  helper = await useHelper();
  built = await buildRepository();
});

afterAll(async () => {
  await waitForGit(1_000);
  await built.remove();
  await helper.stop();
});

/** Any program, as Git would be started. */
const run = (script: string, stdio: readonly ('pipe' | 'ignore')[] = ['pipe', 'pipe', 'pipe']) =>
  startProcess({
    command: 'sh',
    args: ['-c', script],
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '' },
    stdio,
  });

const isAlive = (pid: number): boolean => {
  try {
    // A zombie is none: nobody has to be there to reap it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && isAlive(pid); tries++) await delay(20);
  return !isAlive(pid);
}

const socketOf = (used: UsedHelper): string => used.environment[HELPER_VARIABLE] ?? '';

describe('the helper that starts processes', () => {
  it('is small, and in a folder for our user alone', () => {
    const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${helper.pid}/status`, 'utf8'))?.[1];
    expect(Number(resident)).toBeLessThan(52_000);
    expect(statSync(dirname(socketOf(helper))).mode & 0o777).toBe(0o700);
  });

  it('starts 200 at once, each with its own streams', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, number) => {
        const { stdout, code } = await runGit(built.handle, ['hash-object', '--stdin'], {
          input: `number ${number}`,
        });
        return [stdout.toString().trim(), code];
      }),
    );
    const expected = Array.from({ length: 200 }, (_, number) => {
      const text = `number ${number}`;
      return [createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex'), 0];
    });
    expect(answers).toEqual(expected);
    expect(runningGit()).toEqual([]);
  });

  it('carries much in and out, byte for byte, and no faster than it is taken', async () => {
    const child = run('exec cat');
    const part = randomBytes(1_000_000);
    const sent = createHash('sha256');
    let written = 0;
    const writing = (async () => {
      for (let count = 0; count < 64; count++) {
        sent.update(part);
        written += part.length;
        if (!child.stdin.write(part)) await once(child.stdin, 'drain');
      }
      child.stdin.end();
    })();
    await delay(150);
    // Nobody reads yet: what is on its way is what sockets and buffers hold.
    expect(written).toBeLessThan(6_000_000);
    const received = createHash('sha256');
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) received.update(chunk);
    await writing;
    expect(received.digest('hex')).toBe(sent.digest('hex'));
  });

  it('gives a process a descriptor of its own that waits, both ways', async () => {
    const child = run('read line <&3; printf "heard %s\\n" "$line" >&3; read line <&3; echo "$line"', [
      'ignore',
      'pipe',
      'pipe',
      'pipe',
    ]);
    const relay = child.stdio[3];
    if (relay === null || relay === undefined || !('write' in relay) || !('read' in relay)) {
      throw new TypeError('no relay');
    }
    await delay(50);
    relay.write('one\n');
    expect(String((await once(relay, 'data'))[0])).toBe('heard one\n');
    relay.end('two\n');
    expect(String(await child.stdout.toArray())).toBe('two\n');
  });

  it('keeps the tail of what a command says of its failure, and its code', async () => {
    const alias = ['-c', 'alias.talk=!for i in $(seq 1 9000); do echo "line $i" >&2; done; exit 7', 'talk'];
    const { code, stderr } = await runGit(built.handle, alias);
    expect(code).toBe(7);
    expect(stderr).toContain('line 9000');
    expect(stderr.length).toBeLessThanOrEqual(16 * 1024 + 64 * 1024);
    expect(stderr).not.toContain('line 1\n');
  });

  it('ends what a process started, too, when that is aborted', async () => {
    const abort = new AbortController();
    const child = streamGit(built.handle, ['-c', 'alias.wait=!echo $$; sleep 60', 'wait'], {
      signal: abort.signal,
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    expect(isAlive(pid)).toBe(true);
    abort.abort();
    expect((await gitEnd(child)).code).toBe(-1);
    expect(await isGone(pid)).toBe(true);
    // Aborted before the helper could have started it.
    const early = new AbortController();
    const other = streamGit(built.handle, ['cat-file', '--batch'], { signal: early.signal });
    early.abort();
    expect((await gitEnd(other)).code).toBe(-1);
  });

  it('starts every Git itself, however large we are: how long that stops us is measured in the bench', async () => {
    const child = streamGit(built.handle, ['cat-file', '--batch']);
    await new Promise((resolve) => child.stdin.write('HEAD\n', resolve));
    await once(child.stdout, 'data');
    // Told on another connection than its output comes by.
    await expect.poll(() => child.pid).toBeDefined();
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    // "pid (name) state parent": proc_pid_stat(5).
    expect(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])).toBe(helper.pid);
    child.stdin.end();
    child.stdout.resume();
    expect((await gitEnd(child)).code).toBe(0);
  });

  it('is started again when it was killed: what ran is reported as failed and ended, and what comes next runs', async () => {
    const child = streamGit(built.handle, ['-c', 'alias.wait=!echo $$; sleep 60', 'wait']);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const before = helper.pid ?? 0;
    process.kill(before, 'SIGKILL');
    expect((await gitEnd(child)).code).toBe(-1);
    expect(await isGone(Number(String(line)))).toBe(true);
    expect((await runGit(built.handle, ['hash-object', '--stdin'], { input: 'hello\n' })).code).toBe(0);
    expect(helper.pid).not.toBe(before);
    expect(runningGit()).toEqual([]);
  });

  it('serves several processes of a host, and ends what it runs for one that is killed, and for that one only', async () => {
    const mine = streamGit(built.handle, ['cat-file', '--batch']);
    const worker = spawn(process.execPath, [fileURLToPath(new URL('other-host.ts', import.meta.url))], {
      env: { ...process.env, ...helper.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(worker.stdout, 'data')) as [Buffer];
    const { child } = JSON.parse(String(said)) as { child: number };
    expect(isAlive(child)).toBe(true);
    worker.kill('SIGKILL');
    expect(await isGone(child)).toBe(true);
    expect(runningGit().map(({ command }) => command)).toEqual(['cat-file']);
    mine.stdin.end();
    mine.stdout.resume();
    expect((await gitEnd(mine)).code).toBe(0);
  });

  it('ends with everything it started when its host is killed, and leaves no folder', async () => {
    const host = spawn(process.execPath, [fileURLToPath(new URL('other-host.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(host.stdout, 'data')) as [Buffer];
    const other = JSON.parse(String(said)) as { child: number; helper: number; socket: string };
    expect([isAlive(other.child), isAlive(other.helper)]).toEqual([true, true]);
    host.kill('SIGKILL');
    expect(await isGone(other.child)).toBe(true);
    expect(await isGone(other.helper)).toBe(true);
    expect(existsSync(dirname(other.socket))).toBe(false);
  });
});
