import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, git, gitEnvironment, gitOk, newRepository, workFolder } from '../support/git.ts';
import { run } from '../support/run.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import {
  advertisedRefs,
  basic,
  commandList,
  contentType,
  isAnywhere,
  open,
  repositoryFolders,
  send,
  traces,
  zero,
} from './git-wire.ts';

let server: TestServer;
let made: World;
let secret: string;
let local: string;
let tip: string;

beforeAll(async () => {
  server = await startServer({ database: 'sqlite' });
  made = world(server);
  ({ secret } = await made.usual());
  local = await newRepository('push');
  tip = await gitOk(['rev-parse', 'HEAD'], { cwd: local });
  await gitOk(['branch', 'stays'], { cwd: local });
});

let count = 0;
/** A repository of its own with `main` and `old`, so that a test sees all that moved. */
const fresh = async (user = 'ada', key = secret) => {
  count += 1;
  const path = `acme/push${count}`;
  await made.repository(path);
  const url = made.cloneUrl(path, user, key);
  await gitOk(['push', made.cloneUrl(path, 'ada', secret), 'stays:refs/heads/main', 'stays:refs/heads/old'], {
    cwd: local,
  });
  return { path, url };
};

const refsOf = (path: string) => advertisedRefs(server, path, 'ada', secret);

interface PushRow {
  readonly id: string;
  readonly state: string;
  readonly actor_type: string;
  readonly credential_id: string;
  readonly refs: Record<string, number | null>;
}

/** The pushes of a repository as recorded, the oldest first. */
function recorded(path: string): PushRow[] {
  const database = new DatabaseSync(join(server.data, 'latchkey.db'), { readOnly: true });
  try {
    const pushes = database
      .prepare(
        `select push.* from push join repository on repository.id = push.repository_id
         where repository.slug = ? order by push.created_at`,
      )
      .all(path.split('/')[1] ?? '') as unknown as PushRow[];
    const refs = database.prepare('select ref, moved from push_ref where push_id = ? order by position');
    return pushes.map((push) => ({
      ...push,
      refs: Object.fromEntries(refs.all(push.id).map(({ ref, moved }) => [String(ref), Number(moved)])),
    }));
  } finally {
    database.close();
  }
}

/** The body of a push of one new commit with a file that does not compress. */
async function pushBody(ref: string, bytes: number): Promise<{ readonly id: string; readonly body: Buffer }> {
  const folder = await newRepository(`body-${randomBytes(4).toString('hex')}`);
  writeFileSync(join(folder, 'data.bin'), randomBytes(bytes));
  const id = await commitFiles(folder, {});
  const pack = workFolder(`pack-${id}`);
  await gitOk(['pack-objects', '--all', '--quiet', pack], { cwd: folder, input: '' });
  const name = readdirSync(workFolder()).find(
    (file) => file.startsWith(`pack-${id}`) && file.endsWith('.pack'),
  );
  const packed = readFileSync(workFolder(name));
  return { id, body: Buffer.concat([commandList([[zero, id, ref]]), packed]) };
}

const headers = () => ({ authorization: basic('ada', secret), ...contentType('git-receive-pack') });

describe('T29: every ref of a push is decided on its own', () => {
  const good = 'main:refs/heads/good';
  const bad = 'main:refs/hidden/bad';

  it('in whatever order they come, deletes among them', async () => {
    for (const order of [
      [good, bad, ':old'],
      [bad, ':old', good],
      [':old', good, bad],
      [bad, good, ':main'],
    ]) {
      const { path, url } = await fresh();
      const id = await commitFiles(local, { 'order.txt': order.join() + count });
      const { stderr, code } = await git(['push', url, ...order], { cwd: local });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(
        /! \[remote rejected\] main -> refs\/hidden\/bad \(Only refs under refs\/heads\//,
      );
      const expected: Record<string, string> = { 'refs/heads/good': id, 'refs/heads/main': tip };
      if (order.includes(':main')) {
        expected['refs/heads/old'] = tip;
        expect(stderr).toMatch(/! \[remote rejected\] main \(This is the default branch\./);
      }
      expect(await refsOf(path)).toEqual(expected);
      const [, push] = recorded(path);
      expect(push).toMatchObject({ state: 'completed', actor_type: 'account' });
      expect(push?.refs).toEqual(
        order.includes(':main') ? { 'refs/heads/good': 1 } : { 'refs/heads/good': 1, 'refs/heads/old': 1 },
      );
    }
  });

  it('in a report of a few lines as in one longer than any pipe holds', async () => {
    // From 20 commands on the hooks carry them another way, and from a report of 4 KiB on they answer another way.
    for (const many of [1, 19, 20, 60, 3_000]) {
      const { path, url } = await fresh();
      const names = Array.from({ length: many }, (_, index) => `refs/heads/${many}/${index}`);
      const wanted = [bad, ...names.map((name) => `main:${name}`)];
      const { stderr, code } = await git(['push', url, ...wanted], { cwd: local });
      expect(code).not.toBe(0);
      expect(stderr.match(/remote rejected/g)).toHaveLength(1);
      expect(stderr.match(/\[new branch\]/g)).toHaveLength(many);
      const refs = await refsOf(path);
      expect(Object.keys(refs).filter((ref) => ref.includes('hidden'))).toEqual([]);
      expect(names.filter((name) => refs[name] === undefined)).toEqual([]);
      const [, push] = recorded(path);
      expect(Object.values(push?.refs ?? {})).toEqual(names.map(() => 1));
    }
  }, 60_000);

  it('and what one deletes that is not there is not written down as moved', async () => {
    const { path, url } = await fresh();
    await gitOk(['push', '--quiet', url, 'main:other'], { cwd: local });
    const tip = (await refsOf(path))['refs/heads/other'] ?? '';
    const { status, body } = await send(server, `/${path}.git/git-receive-pack`, {
      headers: headers(),
      body: commandList([
        ['a'.repeat(40), zero, 'refs/heads/never'],
        [tip, zero, 'refs/heads/other'],
      ]),
    });
    expect(status).toBe(200);
    // Git says so of both.
    expect(body.toString()).toMatch(/ok refs\/heads\/never\n.*ok refs\/heads\/other\n/s);
    expect(await refsOf(path)).not.toHaveProperty('refs/heads/other');
    expect(recorded(path).at(-1)?.refs).toEqual({ 'refs/heads/never': 0, 'refs/heads/other': 1 });
  });

  it('and deleting what is known to be gone hinders no other ref', async () => {
    const { path, url } = await fresh();
    const { stderr, code } = await git(['push', url, ':refs/heads/gone', 'main:refs/heads/arrives'], {
      cwd: local,
    });
    expect(stderr).toMatch(/warning: deleting a non-existent ref/i);
    expect(stderr).toMatch(/- \[deleted\] +gone/);
    expect(code).toBe(0);
    expect(await refsOf(path)).toHaveProperty('refs/heads/arrives');
    expect(recorded(path).at(-1)?.refs).toEqual({ 'refs/heads/arrives': 1, 'refs/heads/gone': 0 });
    await gitOk(['push', url, ':refs/heads/gone'], { cwd: local });

    await made.do(['restriction', 'add', path, 'delete', 'kept']);
    const kept = await git(['push', url, ':refs/heads/kept', ':refs/heads/gone'], { cwd: local });
    expect(kept.stderr).toMatch(/\[remote rejected\] kept \(\S+: Permission denied to update branch kept/);
    expect(kept.stderr).toMatch(/- \[deleted\] +gone/);
  });

  it('and a name that is not UTF-8 is refused alone, and may go where an import brought it', async () => {
    const named = await newRepository('not-utf8');
    const id = await gitOk(['rev-parse', 'HEAD'], { cwd: named });
    const line = Buffer.from(`${id} refs/heads/caf\xe9\n`, 'latin1');
    writeFileSync(join(named, '.git', 'packed-refs'), line);
    const { path, url } = await fresh();
    const { stderr, code } = await git(['push', '--force', url, 'refs/heads/*:refs/heads/*'], { cwd: named });
    expect(code).toBe(1);
    expect(stderr).toMatch(/\[remote rejected\] \S+ -> \S+ \(The name of this ref is not UTF-8; choose/);
    expect(await refsOf(path)).toMatchObject({ 'refs/heads/main': id });

    await made.repository('acme/not-utf8', { import: named });
    const imported = made.cloneUrl('acme/not-utf8', 'ada', secret);
    expect(Object.keys(await refsOf('acme/not-utf8'))).toHaveLength(2);
    const script = `git push "$1" ":refs/heads/$(printf 'caf\\351')"`;
    const gone = await run('sh', ['-c', script, 'sh', imported], { cwd: local, env: gitEnvironment() });
    expect(gone.stderr).toMatch(/- \[deleted\]/);
    expect(Object.keys(await refsOf('acme/not-utf8'))).toEqual(['refs/heads/main']);
    expect(Object.values(recorded('acme/not-utf8').at(-1)?.refs ?? {})).toEqual([1]);
  });

  it('and an atomic one is refused whole, its objects too', async () => {
    for (const order of [
      [good, bad],
      [bad, good],
      [':old', bad, good],
      [good, ':main'],
    ]) {
      const { path, url } = await fresh();
      const before = await refsOf(path);
      const id = await commitFiles(local, { 'atomic.txt': order.join() + count });
      const { stderr, code } = await git(['push', '--atomic', url, ...order], { cwd: local });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/main -> good \(The push is atomic, and another of its refs was refused\.\)/);
      expect(await refsOf(path)).toEqual(before);
      expect(await isAnywhere(server, id)).toBe(false);
      expect(recorded(path)).toHaveLength(1);
    }
    const { path, url } = await fresh();
    await gitOk(['push', '--atomic', url, 'main:a', 'main:b', ':old'], { cwd: local });
    expect(Object.keys(await refsOf(path)).toSorted()).toEqual([
      'refs/heads/a',
      'refs/heads/b',
      'refs/heads/main',
    ]);
  });

  it('and one of which nothing may stay leaves no objects', async () => {
    const { path, url } = await fresh();
    const id = await commitFiles(local, { 'none.txt': 'none' });
    const { stderr } = await git(['push', url, 'main:refs/hidden/a', 'main:refs/pull/1/head'], {
      cwd: local,
    });
    expect(stderr.match(/\[remote rejected\]/g)).toHaveLength(2);
    expect(await isAnywhere(server, id)).toBe(false);
    expect(recorded(path)).toHaveLength(1);
  });

  it('and names that lead elsewhere are refused', async () => {
    const { path } = await fresh();
    const before = await refsOf(path);
    for (const ref of [
      'HEAD',
      'refs/heads/../../config',
      'refs/heads/x.lock',
      'refs/heads/HEAD',
      'config',
      'refs/heads/-x',
    ]) {
      const answer = await send(server, `/${path}.git/git-receive-pack`, {
        headers: headers(),
        body: commandList([[tip, zero, ref]], 'report-status'),
      });
      expect(answer.status).toBe(200);
      expect(answer.body.toString()).toContain(`ng ${ref} `);
    }
    expect(await refsOf(path)).toEqual(before);
  });
});

describe('a push that no one can read', () => {
  it('is answered with a report, as Git shows it', async () => {
    const { path } = await fresh();
    const before = await refsOf(path);
    for (const [commands, sentence] of [
      [
        [
          [tip, zero, 'refs/heads/old'],
          [tip, zero, 'refs/heads/old'],
        ],
        'A push names the same ref twice; name each ref once.',
      ],
      [
        [
          [tip, zero, 'refs/heads/old'],
          ['nonsense', zero, 'refs/heads/other'],
        ],
        'An object id of 40 (SHA-1) or 64 (SHA-256) hexadecimal digits, all alike, was expected.',
      ],
    ] as const) {
      const answer = await send(server, `/${path}.git/git-receive-pack`, {
        headers: headers(),
        body: commandList(commands, 'report-status'),
      });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/x-git-receive-pack-result');
      expect(answer.body.toString()).toContain(`unpack ${sentence}\n`);
      expect(answer.body.toString()).toContain(`ng refs/heads/old ${sentence}\n`);
    }
    const nonsense = await send(server, `/${path}.git/git-receive-pack`, {
      headers: headers(),
      body: 'GET / HTTP/1.1',
    });
    expect(nonsense.status).toBe(400);
    expect(await refsOf(path)).toEqual(before);
  });
});

describe('a push that is not whole', () => {
  it('moves nothing and leaves nothing when its connection is cut', async () => {
    const { path } = await fresh();
    const before = await refsOf(path);
    const { id, body } = await pushBody('refs/heads/cut', 3_000_000);
    const parts = [40, 200, 1_000_000, body.length - 10];
    const cutOff = async (moment: number) => {
      const { request } = open(server, `/${path}.git/git-receive-pack`, {
        method: 'POST',
        headers: { ...headers(), 'content-length': String(body.length) },
      });
      const part = body.subarray(0, parts[moment % parts.length]);
      await Promise.race([new Promise<void>((resolve) => request.write(part, () => resolve())), delay(500)]);
      await delay(moment * 3);
      request.destroy();
    };
    // Some while Git gives the pack up, and says so to nobody.
    for (const first of [0, 8, 16, 24, 32]) {
      await Promise.all(Array.from({ length: 8 }, (_, index) => cutOff(first + index)));
    }
    await expect.poll(() => traces(server), { timeout: 15_000 }).toEqual([]);
    expect(await refsOf(path)).toEqual(before);
    expect(await isAnywhere(server, id)).toBe(false);
  });

  it('is refused when its pack is short, damaged, or lacks objects', async () => {
    const { path, url } = await fresh();
    const before = await refsOf(path);
    const { id, body } = await pushBody('refs/heads/broken', 300_000);
    const damaged = Buffer.from(body);
    damaged[damaged.length - 100_000] = (damaged[damaged.length - 100_000] ?? 0) ^ 0xff;
    for (const sent of [body.subarray(0, -30_000), damaged]) {
      const answer = await send(server, `/${path}.git/git-receive-pack`, { headers: headers(), body: sent });
      expect(answer.status).toBe(200);
      expect(answer.body.toString()).toMatch(/ng refs\/heads\/broken unpacker error/);
    }
    const child = await commitFiles(local, { 'lacks.txt': randomBytes(8).toString('hex') });
    const packed = await run(
      'sh',
      ['-c', `printf '%s\\n' ${child} | git pack-objects --stdout --quiet | base64`],
      {
        cwd: local,
      },
    );
    const lacking = await send(server, `/${path}.git/git-receive-pack`, {
      headers: headers(),
      body: Buffer.concat([
        commandList([[zero, child, 'refs/heads/lacking']]),
        Buffer.from(packed.stdout, 'base64'),
      ]),
    });
    expect(lacking.body.toString()).toMatch(
      /ng refs\/heads\/lacking (?:missing necessary objects|unpacker error)/,
    );
    expect(await refsOf(path)).toEqual(before);
    expect(await isAnywhere(server, id)).toBe(false);
    expect(await isAnywhere(server, child)).toBe(false);
    expect(traces(server)).toEqual([]);
    await gitOk(['push', url, 'main:refs/heads/afterwards'], { cwd: local });
  });
});

describe('access that ends while a push is on its way', () => {
  const during = async (path: string, authorization: string, end: () => Promise<unknown>) => {
    const { id, body } = await pushBody('refs/heads/late', 200_000);
    const { request, answer } = open(server, `/${path}.git/git-receive-pack`, {
      method: 'POST',
      headers: { ...headers(), authorization, 'transfer-encoding': 'chunked' },
    });
    await new Promise<void>((resolve) => request.write(body.subarray(0, 100_000), () => resolve()));
    // What was written may not have been read yet; where Git keeps what arrives, the push was let in.
    await expect.poll(() => traces(server), { timeout: 15_000 }).not.toEqual([]);
    await end();
    request.end(body.subarray(100_000));
    return { id, text: (await answer()).body.toString() };
  };

  it('moves nothing, and refused objects do not stay', async () => {
    const { path } = await fresh();
    const before = await refsOf(path);
    const token = await made.accessToken(path, ['repository:write'], { name: 'brief' });
    const credential = (await made.credentials({ repository: path })).at(-1)?.['id'];
    const revoked = await during(path, `Bearer ${token}`, () => made.revoke(String(credential)));
    expect(revoked.text).toMatch(/repository access token \(cred_\w+\) that was revoked on/);
    expect(revoked.text).toContain('ng refs/heads/late pre-receive hook declined');

    await made.account('brief');
    await made.role(path, 'brief', 'write');
    const key = await made.appPassword('brief', ['repository:write']);
    const demoted = await during(path, basic('brief', key), () => made.role(path, 'brief', 'read'));
    expect(demoted.text).toContain('To push to a repository takes write; read is held here.');
    const removed = await (async () => {
      await made.role(path, 'brief', 'write');
      return during(path, basic('brief', key), () => made.do(['role', 'revoke', path, 'brief']));
    })();
    expect(removed.text).toContain('You may not have access to this repository any more');
    for (const { id } of [revoked, demoted, removed]) expect(await isAnywhere(server, id)).toBe(false);
    expect(await refsOf(path)).toEqual(before);
    expect(recorded(path)).toHaveLength(1);
  });
});

describe('pushes at the same time', () => {
  it('to different refs all arrive; to one ref, one does and the others hear why', async () => {
    const { path, url } = await fresh();
    const branches = Array.from({ length: 8 }, (_, index) => `refs/heads/side-${index}`);
    const apart = await Promise.all(
      branches.map((ref) => git(['push', url, `stays:${ref}`], { cwd: local })),
    );
    expect(apart.map(({ code }) => code)).toEqual(branches.map(() => 0));
    expect(Object.keys(await refsOf(path))).toEqual(expect.arrayContaining(branches));

    const rivals = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const clone = workFolder(`rival-${count}-${index}`);
        await gitOk(['clone', '--quiet', url, clone]);
        const id = await commitFiles(clone, { 'rival.txt': String(index) });
        return { clone, id };
      }),
    );
    const together = await Promise.all(rivals.map(({ clone }) => git(['push', url, 'main'], { cwd: clone })));
    const winners = rivals.filter((_, index) => together[index]?.code === 0);
    expect(winners).toHaveLength(1);
    for (const { code, stderr } of together) {
      if (code !== 0) expect(stderr).toMatch(/\[(?:remote )?rejected\].*main -> main/);
    }
    expect((await refsOf(path))['refs/heads/main']).toBe(winners[0]?.id);
    for (const push of recorded(path)) expect(push.state).not.toBe('intended');
    expect(traces(server)).toEqual([]);
  });
});

describe('a server that ends in the middle', () => {
  it('by SIGKILL, loses nothing acknowledged and leaves nothing half-made', async () => {
    const { path, url } = await fresh();
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 6; round += 1) {
      const id = await commitFiles(local, { 'killed.bin': randomBytes(300_000).toString('hex') });
      const pushes = [0, 1].map(async (index) => {
        const ref = `refs/heads/kill-${round}-${index}`;
        const { code } = await git(['push', url, `main:${ref}`], { cwd: local });
        if (code === 0) acknowledged.set(ref, id);
      });
      // In the last round at the moment when one is acknowledged.
      await (round < 5 ? delay(60 * round) : Promise.race(pushes));
      await server.kill();
      await Promise.all(pushes);
      await server.restart();
      const refs = await refsOf(path);
      for (const [ref, value] of acknowledged) expect(refs[ref]).toBe(value);
      for (const push of recorded(path)) {
        expect(push.state).not.toBe('intended');
        for (const [ref, moved] of Object.entries(push.refs)) expect(ref in refs).toBe(moved === 1);
      }
      expect(traces(server)).toEqual([]);
    }
    expect(acknowledged.size).toBeGreaterThan(0);
    await gitOk(['push', url, 'main:refs/heads/after'], { cwd: local });
    const clone = workFolder('after-kill');
    await gitOk(['clone', '--quiet', '--mirror', url, clone]);
    await gitOk(['fsck', '--strict'], { cwd: clone });
  });

  it('between the objects and the refs, keeps no folder of objects for ever', async () => {
    await fresh();
    await server.kill();
    const [folder = ''] = repositoryFolders(server);
    // As src/git/object-folders.ts leaves it there.
    for (const name of ['.', '3f']) {
      mkdirSync(join(folder, 'objects', name), { recursive: true });
      writeFileSync(join(folder, 'objects', name, 'tmp_obj_0123456789ab'), '');
    }
    await server.restart();
    expect(traces(server)).toEqual([]);
  });

  it('by SIGTERM, finishes a clone that runs', async () => {
    const { path, url } = await fresh();
    const large = await newRepository('sigterm');
    writeFileSync(join(large, 'large.bin'), randomBytes(30_000_000));
    const id = await commitFiles(large, {});
    await gitOk(['push', url, 'main:refs/heads/large'], { cwd: large });
    const { request, response } = open(server, `/${path}.git/git-upload-pack`, {
      method: 'POST',
      headers: { authorization: basic('ada', secret), ...contentType('git-upload-pack') },
    });
    request.end(`0032want ${id}\n00000009done\n`);
    const incoming = await response;
    incoming.pause();
    const stopped = server.stop();
    await delay(300);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const answer = Buffer.concat(chunks);
    expect(answer.subarray(0, 8).toString()).toBe('0008NAK\n');
    const pack = workFolder('sigterm.pack');
    writeFileSync(pack, answer.subarray(8));
    await gitOk(['index-pack', '--strict', pack], { cwd: large });
    const answered = performance.now();
    expect(await stopped).toBe(0);
    // What watched over the push just now does not keep a process that has nothing left to do.
    expect(performance.now() - answered).toBeLessThan(15_000);
    await server.restart();
  });
});
