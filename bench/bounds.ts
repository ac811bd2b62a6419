/**
 * What bounds cost: `evaluate` with every kind of bound, and a push of 1,000 files with bounds on refs and paths against
 * the same push without.
 *
 *     node bench/bounds.ts [--pairs 12] [--rounds 400]
 *
 * The pushes are paired (A B B A) on one server, each to a new repository, and compared by the CPU time of the server,
 * of the helper that starts its processes, and of all that these started: from a control group (cpuacct) where one may be
 * made, and else from /proc, where time is counted in ticks of 10 ms and what was never waited for is lost. Linux only.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.ts';
import { decodeBound, evaluate, type HeldBound, type Question } from '../src/gate/index.ts';

await build();
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const FILES = 1000;
const SETTLE_MS = 150;
/** Pushes of either kind that are not counted. */
const WARM_UP = 20;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
/** The ratio of the means of pairs, with the bounds between which it lies by nine in ten, from the differences within the pairs. */
function pairedRatio(
  base: readonly number[],
  other: readonly number[],
): { readonly ratio: number; readonly low: number; readonly high: number } {
  const mean = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0) / values.length;
  const differences = base.map((value, pair) => (other[pair] ?? Number.NaN) - value);
  const center = mean(differences);
  const variance = differences.reduce((total, value) => total + (value - center) ** 2, 0) / (base.length - 1);
  const spread = 1.645 * Math.sqrt(variance / base.length);
  const ratioAt = (difference: number): number => 1 + difference / mean(base);
  return { ratio: ratioAt(center), low: ratioAt(center - spread), high: ratioAt(center + spread) };
}

/** One of each kind, none of which refuses. */
const EVERY_BOUND: readonly HeldBound[] = (
  [
    ['repositories', { workspaces: ['w'], projects: ['p'], repositories: ['r'] }],
    [
      'refs',
      {
        allow: [{ pattern: 'refs/heads/release/*', changes: ['create', 'fast-forward'] }],
        deny: ['refs/heads/main'],
      },
    ],
    ['paths', { allow: ['docs/**'], deny: ['**/secret*'] }],
    ['networks', { networks: ['2001:db8::/32', '10.0.0.0/8', '192.0.2.0/24'], observe: false }],
    ['time', { windows: ['Sat,Sun 08:00-18:00 America/New_York', 'daily 00:00-24:00 Europe/Berlin'] }],
    ['uses', { limit: 1_000_000 }],
    ['pushes', { limit: 1_000_000 }],
    ['size', { maximumBytes: 1_000_000 }],
    ['author', {}],
  ] as const
).map(([kind, value]) => decodeBound(kind, value));

const question = (bounds: readonly HeldBound[], now: number): Question => ({
  operation: 'repository.push',
  principal: {
    type: 'credential',
    credentialId: 'cred_x',
    originId: 'cred_x',
    kind: 'app_password',
    label: 'x',
    scopes: ['repository:write', 'wiki', 'account'],
    bounds,
    owner: {
      type: 'account',
      account: {
        id: 'a',
        username: 'ada',
        displayName: 'Ada',
        email: 'ada@example.org',
        state: 'active',
        isAdministrator: false,
        mustChangePassword: false,
        hasTwoStep: false,
        mustEnrolTwoStep: false,
      },
    },
  },
  targets: [
    {
      type: 'repository',
      id: 'r',
      slug: 'r',
      workspace: { id: 'w', slug: 'w', name: 'W', requiresTwoStep: false },
      projectId: 'p',
      isPrivate: true,
      hasWiki: true,
      role: 'write',
      isOwned: false,
    },
  ],
  circumstances: { now, address: '192.0.2.7' },
});

/** Microseconds of one call, the median of rounds of 1,000 calls; the clock moves by 20 ms with each call. */
function timeEvaluate(bounds: readonly HeldBound[], rounds: number): number {
  const calls = 1000;
  let now = Date.UTC(2026, 10, 2, 12);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const questions = Array.from({ length: calls }, () => question(bounds, (now += 20)));
    const start = process.hrtime.bigint();
    for (const each of questions) if (!evaluate(each).allowed) throw new Error('It was meant to be allowed.');
    times.push(Number(process.hrtime.bigint() - start) / calls / 1000);
  }
  return median(times.slice(Math.floor(rounds / 4)));
}

/** A control group of our own, or undefined where none can be made. */
function makeGroup(): string | undefined {
  const folder = `/sys/fs/cgroup/cpuacct/latchkey-bench-${process.pid}`;
  try {
    mkdirSync(folder);
    return existsSync(join(folder, 'cpuacct.usage')) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds of processor time of everything that ever ran in the group, or of a process and its descendants. */
const cpuOf = (pid: number, group: string | undefined): number =>
  group === undefined
    ? treeTicks(pid) * 10
    : Number(readFileSync(join(group, 'cpuacct.usage'), 'utf8')) / 1e6;

/** User and system time of a process, of its children that have ended, and of those that run, in turn (proc(5), fields 14 to 17). */
function treeTicks(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const own = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean),
    );
    return children.reduce((sum, child) => sum + treeTicks(Number(child)), own);
  } catch {
    // It ended in between.
    return 0;
  }
}

function git(cwd: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      HOME: cwd,
    },
  });
  if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
  return stdout.trim();
}

async function startServer(
  data: string,
  group: string | undefined,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const enter = group === undefined ? '' : `echo $$ >'${group}/cgroup.procs'; `;
  const serve = [process.execPath, main, 'serve', '--data', data, '--port', '0', '--ssh-port', 'off'];
  const child = spawn('sh', ['-c', `${enter}exec "$@"`, 'sh', ...serve], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    const url = /listening on (http:\/\/\S+)/.exec(printed)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return { child, url: url.replace(/\/$/, '') };
    }
  }
  throw new Error('The server did not start.');
}

async function timePushes(pairs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const data = join(folder, 'data');
  const group = makeGroup();
  const { child, url } = await startServer(data, group);
  const latchkey = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args, '--data', data], {
      encoding: 'utf8',
      input: 'a long enough password\n',
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  try {
    latchkey('user', 'create', 'ada', '--email', 'ada@example.org', '--password-stdin');
    latchkey('workspace', 'create', 'acme', '--owner', 'ada');
    const create = ['app-password', 'create', 'ada', '--label', 'bench', '--scope', 'repository:write'];
    const keys = {
      free: latchkey(...create),
      bound: latchkey(...create, '--ref', 'refs/heads/**', '--path', 'docs/**', '--deny-path', '**/secret*'),
    };
    const local = join(folder, 'local');
    mkdirSync(join(local, 'docs'), { recursive: true });
    git(folder, 'init', '-q', '-b', 'main', local);
    const commit = (mark: string): void => {
      for (let file = 0; file < FILES; file++) {
        const lines = Array.from({ length: 20 }, (_, line) => `${mark} line ${line} of file ${file * 7919}`);
        mkdirSync(join(local, 'docs', String(file % 20)), { recursive: true });
        writeFileSync(join(local, 'docs', String(file % 20), `${file}.md`), lines.join('\n'));
      }
      git(local, 'add', '.');
      git(local, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', 'commit', '-qm', mark);
    };
    commit('first');
    commit('second');
    const address = (repository: string, secret: string): string =>
      `${url.replace('//', `//ada:${secret}@`)}/acme/${repository}.git`;
    let made = 0;
    const measure = async (key: keyof typeof keys): Promise<number> => {
      made += 1;
      const repository = `r${made}`;
      latchkey('repository', 'create', `acme/${repository}`);
      git(local, 'push', '-q', address(repository, keys.free), 'HEAD~1:refs/heads/main');
      const { pid = 0 } = child;
      const before = cpuOf(pid, group);
      git(local, 'push', '-q', address(repository, keys[key]), 'HEAD:refs/heads/main');
      // What follows the answer is part of the push.
      await delay(SETTLE_MS);
      return cpuOf(pid, group) - before;
    };
    // A host runs for weeks; until its code is compiled, each push costs several times as much.
    for (let push = 0; push < WARM_UP; push++) {
      for (const key of ['free', 'bound'] as const) await measure(key);
    }
    const spent = { free: [] as number[], bound: [] as number[] };
    for (let pair = 0; pair < pairs; pair++) {
      const order = pair % 2 === 0 ? (['free', 'bound'] as const) : (['bound', 'free'] as const);
      const took = { free: 0, bound: 0 };
      for (const key of order) took[key] = await measure(key);
      spent.free.push(took.free);
      spent.bound.push(took.bound);
    }
    const { ratio, low, high } = pairedRatio(spent.free, spent.bound);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    process.stdout.write(
      [
        `push of ${FILES} changed files, CPU of the server, its helper and all that they started (${group === undefined ? '/proc' : 'cpuacct'}), ${pairs} pairs:`,
        `  without bounds        ${median(spent.free).toFixed(1)} ms (median), ${(sum(spent.free) / pairs).toFixed(1)} ms (mean)`,
        `  with refs and paths   ${median(spent.bound).toFixed(1)} ms (median), ${(sum(spent.bound) / pairs).toFixed(1)} ms (mean)`,
        `  ratio of the means    ${ratio.toFixed(3)}, 90 % between ${low.toFixed(3)} and ${high.toFixed(3)}`,
        '',
      ].join('\n'),
    );
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
    // The files in it are the kernel's.
    if (group !== undefined) rmdirSync(group);
  }
}

const { values } = parseArgs({
  options: { pairs: { type: 'string', default: '12' }, rounds: { type: 'string', default: '400' } },
});
const rounds = Number(values.rounds);
const free = timeEvaluate([], rounds);
const bound = timeEvaluate(EVERY_BOUND, rounds);
process.stdout.write(
  `evaluate: ${free.toFixed(2)} µs without bounds, ${bound.toFixed(2)} µs with all ${EVERY_BOUND.length} kinds (medians of ${rounds} rounds)\n`,
);
await timePushes(Number(values.pairs));
