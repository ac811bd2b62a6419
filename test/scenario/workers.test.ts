import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { SlowGit } from '../git/packs/slow-git.ts';
import { git, gitOk, newRepository, workFolder } from '../support/git.ts';
import { projectRoot, run } from '../support/run.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { describeWithSsh, newSshKey, sshGitOk } from '../support/ssh.ts';
import { workersOf } from '../support/worker-processes.ts';
import { world, type Person, type World } from '../support/world.ts';
import { basic } from './git-wire.ts';
import { WebClient } from './web-client.ts';

const WORKERS = 2;
/** So many connections reach every worker, since they are handed out in turn. */
const MANY = 3 * WORKERS;
const KEYS = '/account/settings/app-passwords';

let server: TestServer;
let made: World;
let slow: SlowGit;
let ada: Person;
let secret: string;
let url: string;

const workers = (): number[] => workersOf(server.process.pid ?? 0);
const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const eventually = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await delay(25);
  }
  throw new Error('It never came to be.');
};

/** Each over a connection of its own. */
const statusOf = async (path: string, authorization: string): Promise<number> => {
  const { status, body } = await fetch(`${server.url}${path}`, {
    headers: { Authorization: authorization, Connection: 'close' },
  });
  await body?.cancel();
  return status;
};
const statuses = (path: string, authorization: string, count = MANY): Promise<number[]> =>
  Promise.all(Array.from({ length: count }, () => statusOf(path, authorization)));

const hasPackBegun = (clone: string): boolean => {
  const packs = join(clone, '.git/objects/pack');
  return (
    existsSync(packs) &&
    readdirSync(packs).some((name) => name.startsWith('tmp_pack_') && statSync(join(packs, name)).size > 0)
  );
};

/** A clone to which a part of the pack has come, and no more comes. */
const heldClone = async (name: string): Promise<{ readonly ended: ReturnType<typeof git> }> => {
  // Each learns once how the installed Git speaks, for which it starts one.
  for (let round = 0; round < MANY; round++) await gitOk(['ls-remote', url]);
  slow.hold();
  const folder = workFolder(name);
  const ended = git(['clone', '--quiet', url, folder]);
  // Were the connection lost before its first byte, the client would ask again, of another worker.
  await eventually(() => hasPackBegun(folder));
  return { ended };
};

beforeAll(async () => {
  slow = new SlowGit(workFolder('bin'));
  server = await startServer({
    environment: { PATH: slow.path, LATCHKEY_WORKERS: String(WORKERS) },
  });
  made = world(server);
  ({ ada, secret } = await made.usual());
  url = made.cloneUrl('acme/app', 'ada', secret);
  // More than what Git may say before it is held up.
  const local = await newRepository('app', { 'large.txt': randomBytes(200_000).toString('base64') });
  await gitOk(['push', '--quiet', url, 'HEAD:refs/heads/main'], { cwd: local });
});

describe('a host of several processes', () => {
  it('answers from each, on one address', async () => {
    expect(workers()).toHaveLength(WORKERS);
    expect(await statuses('/2.0/repositories/acme/app', basic('ada', secret))).toEqual(
      Array.from({ length: MANY }, () => 200),
    );
    await gitOk(['clone', '--quiet', url, workFolder('clone')]);
  });

  it('has what Git says come to each straight from the process that started it', () => {
    const socketsOf = (pid: number) =>
      new Set(
        readdirSync(`/proc/${pid}/fd`).map((fd) => {
          try {
            return readlinkSync(`/proc/${pid}/fd/${fd}`);
          } catch {
            return '';
          }
        }),
      );
    const first = server.process.pid ?? 0;
    const listening = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .map((line) => line.split(/ +/))
      // The last of the flags is that it accepts connections (unix(7), include/uapi/linux/net.h).
      .filter(([, , , flags = '0', , , inode, path]) => flags === '00010000' && inode && path)
      .map(([, , , , , , inode]) => `socket:[${inode}]`);
    const held = (pid: number) => listening.filter((socket) => socketsOf(pid).has(socket)).length;
    expect(workers().map(held)).toEqual(Array.from({ length: WORKERS }, () => 1));
    // Its own, for the repositories that it maintains.
    expect(held(first)).toBe(1);
  });

  it('refuses a revoked key in each at the next request', async () => {
    const other = await made.appPassword('ada', ['repository'], 'revoked');
    const path = '/2.0/repositories/acme/app';
    expect(new Set(await statuses(path, basic('ada', other)))).toEqual(new Set([200]));
    const found = await made.credentials({ user: 'ada' });
    await made.revoke(String(found.find(({ label }) => label === 'revoked')?.['id']));
    expect(new Set(await statuses(path, basic('ada', other)))).toEqual(new Set([401]));
  });

  it('counts the uses of a key over all of them', async () => {
    const create = ['app-password', 'create', 'ada', '--label', 'thrice', '--scope', 'repository'];
    const thrice = await made.do([...create, '--uses', '3']);
    const all = await statuses('/2.0/repositories/acme/app', basic('ada', thrice), 12);
    expect(all.filter((status) => status === 200)).toHaveLength(3);
    expect(all.filter((status) => status >= 500)).toEqual([]);
  });

  it('tells of every use until now, whichever of them it came through', async () => {
    const browser = new WebClient(server.url);
    await browser.signIn(ada);
    for (let round = 0; round < 4; round++) {
      const key = await made.appPassword('ada', ['repository'], `key ${round}`);
      expect(await statusOf('/2.0/repositories/acme/app', basic('ada', key))).toBe(200);
      // So that it does not always come to the same one.
      if (round % 2 === 0) await statusOf('/2.0/repositories/acme/app', basic('ada', secret));
      const { text } = await browser.get(KEYS);
      expect(text).toContain(`key ${round}`);
      expect(text).not.toContain('Never used');
    }
  });

  it('does not wait long for one that hangs to tell of its uses', async () => {
    const browser = new WebClient(server.url);
    await browser.signIn(ada);
    const [hanging = 0] = workers();
    process.kill(hanging, 'SIGSTOP');
    let asked: Promise<{ readonly status: number }>[] = [];
    try {
      const began = performance.now();
      // Some come to the one that hangs, and are answered when it goes on.
      asked = Array.from({ length: MANY }, () => browser.get(KEYS));
      expect((await Promise.any(asked)).status).toBe(200);
      expect(performance.now() - began).toBeLessThan(10_000);
    } finally {
      process.kill(hanging, 'SIGCONT');
    }
    for (const each of asked) expect((await each).status).toBe(200);
  });

  it('counts what is fetched from each of them, and forgets none of it when it is stopped', async () => {
    const downloads = '/2.0/repositories/acme/app/downloads';
    const headers = { Authorization: basic('ada', secret) };
    const body = new FormData();
    body.append('files', new Blob(['bytes']), 'a.txt');
    expect((await fetch(`${server.url}${downloads}`, { method: 'POST', headers, body })).status).toBe(201);
    const fetched = await statuses('/acme/app/downloads/a.txt', basic('ada', secret));
    expect(new Set(fetched)).toEqual(new Set([200]));
    await server.stop();
    await server.restart();
    const answer = await fetch(`${server.url}${downloads}`, { headers });
    expect(await answer.json()).toMatchObject({ values: [{ name: 'a.txt', downloads: MANY }] });
  });

  it('has one queue of pack work for all of them', async () => {
    await server.stop();
    writeFileSync(
      join(server.data, 'latchkey.json'),
      JSON.stringify({ pack_jobs: 1, pack_queue: 0, pack_cache_mb: 0 }),
    );
    await server.restart();
    const first = await heldClone('held');
    const others = await Promise.all(
      Array.from({ length: MANY }, (_, index) => git(['clone', '--quiet', url, workFolder(`busy-${index}`)])),
    );
    for (const { code, stderr } of others) {
      expect(code).not.toBe(0);
      expect(stderr).toContain('This host is busy preparing other packs');
    }
    const archive = '/acme/app/get/main.zip';
    expect(new Set(await statuses(archive, basic('ada', secret)))).toEqual(new Set([503]));
    slow.letGo();
    expect((await first.ended).code).toBe(0);
    // Whichever of them makes it, and though its client leaves behind the head of it, the only turn is given back.
    for (let round = 0; round < MANY; round++) {
      await eventually(async () => (await statusOf(archive, basic('ada', secret))) === 200);
    }
    await eventually(async () => (await git(['clone', '--quiet', url, workFolder('after')])).code === 0);
  });

  it('replaces a worker that was killed; its turn is free, and the others go on', async () => {
    const before = workers();
    const cut = await heldClone('cut');
    // One of them has the only turn: both are killed, one after the other.
    for (const pid of before) {
      process.kill(pid, 'SIGKILL');
      await eventually(() => workers().length === WORKERS && !workers().includes(pid));
    }
    expect((await cut.ended).code).not.toBe(0);
    slow.letGo();
    expect(server.output()).toContain('A worker ended (SIGKILL). Another one is started in its place.');
    // They listen a moment after they are there; with the turn lost, nothing would ever be packed again.
    await eventually(async () => (await git(['clone', '--quiet', url, workFolder('again')])).code === 0);
    expect(await gitOk(['-C', workFolder('again'), 'fsck', '--full'])).toBe('');
  });

  it('says in one sentence why a worker cannot be replaced, and replaces it when it can', async () => {
    const [pid = 0, other] = workers();
    const key = join(server.data, 'secrets', 'digest-key-1');
    const good = readFileSync(key);
    const said = server.output().length;
    writeFileSync(key, 'damaged');
    process.kill(pid, 'SIGKILL');
    const output = () => server.output().slice(said);
    await eventually(() => /digest-key-1 .* is damaged.*Another one is started/.test(output()));
    writeFileSync(key, good);
    await eventually(() => workers().length === WORKERS && workers().includes(other ?? 0));
    expect(output()).not.toMatch(/^ +at /m);
  });

  it('ends as a whole when it is told to: what runs is finished first', async () => {
    const running = await heldClone('finished');
    const all = workers();
    const stopped = server.stop();
    await eventually(() => server.output().includes('what runs is finished first'));
    slow.letGo();
    const { code, stderr } = await running.ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(await stopped).toBe(0);
    expect(all.filter(isThere)).toEqual([]);
  });

  it('ends with its first process, however that ends', async () => {
    await server.restart();
    const all = workers();
    expect(all).toHaveLength(WORKERS);
    await server.kill();
    await eventually(() => all.every((pid) => !isThere(pid)));
    await server.restart();
    expect(await statusOf('/2.0/repositories/acme/app', basic('ada', secret))).toBe(200);
  });

  it('says in one sentence where its address is taken', async () => {
    const other = run(
      process.execPath,
      [
        join(projectRoot, 'dist/main.js'),
        'serve',
        '--data',
        workFolder('other-data'),
        '--port',
        new URL(server.url).port,
        '--ssh-port',
        'off',
        '--workers',
        '2',
      ],
      { cwd: workFolder(), env: { HOME: workFolder('home') } },
    );
    const { code, stderr } = await other;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^latchkey: Latchkey cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)\.\n$/);
  });
});

describe('the worker that is begun before the command line is read', () => {
  const ofFolder = (folder: string): string[] =>
    readdirSync('/proc').filter((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    });

  it('is ended where the command line is wrong, or asks for help', async () => {
    const folder = workFolder('wrong');
    const main = join(projectRoot, 'dist/main.js');
    const env = { LATCHKEY_DATA: folder, LATCHKEY_WORKERS: '2' };
    const seen = new Set<string>();
    const timer = setInterval(() => {
      for (const pid of ofFolder(folder)) seen.add(pid);
    }, 2);
    const wrong = await run(process.execPath, [main, 'serve', '--nonsense'], { env });
    clearInterval(timer);
    // The data folder stands on no command line but that of the worker.
    expect(seen.size).toBe(1);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/^error: unknown option '--nonsense'\n/);
    const help = await run(process.execPath, [main, 'serve', '--help'], { env });
    expect(help).toMatchObject({ code: 0, stderr: '' });
    await eventually(() => ofFolder(folder).length === 0);
  });

  it('is ended where it turns out that one process answers', async () => {
    // The last one counts, which is known only when the command line is read.
    const alone = await startServer({ arguments: ['--workers', '2', '--workers', '1'] });
    await eventually(() => workersOf(alone.process.pid ?? 0).length === 0);
    expect((await fetch(alone.url)).status).toBe(200);
    expect(await alone.stop()).toBe(0);
  });
});

describeWithSsh('a host of several processes, over SSH', () => {
  it('answers from each', async () => {
    const key = await newSshKey('laptop');
    await made.do(['ssh-key', 'add', 'ada', '--label', 'laptop'], key.line);
    for (let round = 0; round < MANY; round++) {
      expect(await sshGitOk(key, ['ls-remote', `${server.ssh}/acme/app.git`])).toContain('refs/heads/main');
    }
  });
});
