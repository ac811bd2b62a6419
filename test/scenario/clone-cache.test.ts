import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { isWhole } from '../git/packs/asking.ts';
import { commitFiles, git, gitOk, newRepository, realGit, workFolder } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import { basic, contentType, flush, open, packet, repositoryFolders, send } from './git-wire.ts';

let server: TestServer;
let made: World;
let secret: string;
let maker: string;

beforeAll(async () => {
  // A Git that writes down what it was started for.
  const bin = workFolder('bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), `#!/bin/sh\necho "$*" >>'${started()}'\nexec '${realGit()}' "$@"\n`, {
    mode: 0o755,
  });
  server = await startServer({ environment: { PATH: `${bin}:${process.env['PATH']}` } });
  made = world(server);
  ({ secret } = await made.usual());
  maker = await made.appPassword('ada', ['repository:admin', 'repository:delete']);
});

const started = (): string => workFolder('started');
/** How often Git was started to answer for this repository; the lists of refs are not counted. */
const uploads = (id: string): number =>
  readFileSync(started(), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('upload-pack') && !line.includes('info-refs') && line.includes(id))
    .length;

const ANSWER = /^[0-9a-f]{64}-[0-9a-z-]+$/;

/** Every file of the cache, by folder and name. */
const files = (): string[] => {
  const root = join(server.data, 'cache/packs');
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name)),
  );
};
const answers = (): string[] => files().filter((path) => ANSWER.test(path.split('/').at(-1) ?? ''));
/** Waits until nothing is being made: what is kept is sealed behind the last byte of its first answer. */
const quiet = async (): Promise<void> => {
  for (let tries = 0; tries < 1000 && files().some((path) => /\.(?:part|claim)$/.test(path)); tries += 1)
    await delay(5);
};
const rest = (method: string, path: string) =>
  send(server, `/2.0/repositories/${path}`, {
    method,
    headers: { authorization: basic('ada', maker), 'content-type': 'application/json' },
    body: method === 'POST' ? '{"is_private":true}' : '',
  });
const inode = (path: string): number => statSync(path).ino;

let count = 0;
/** A repository with two commits and some bytes that cannot be compressed; where it lies, its tip and its address. */
const fresh = async (bytes = 300_000) => {
  count += 1;
  const path = `acme/cached${count}`;
  const before = new Set(repositoryFolders(server));
  expect((await rest('POST', path)).status).toBe(200);
  const [folder = ''] = repositoryFolders(server).filter((each) => !before.has(each));
  const url = made.cloneUrl(path, 'ada', secret);
  const local = await newRepository(`cached-${count}`);
  const first = await gitOk(['rev-parse', 'HEAD'], { cwd: local });
  for (let left = bytes, part = 0; left > 0; left -= 300_000, part += 1) {
    writeFileSync(join(local, `big${part}`), randomBytes(Math.min(left, 300_000)));
  }
  const tip = await commitFiles(local, { 'a.txt': 'a\n' });
  await gitOk(['push', '--quiet', url, 'main'], { cwd: local });
  const id = folder.split('/').at(-1)?.replace('.git', '') ?? '';
  return { path, url, local, first, tip, id, own: () => answers().filter((each) => each.includes(id)) };
};
type Fresh = Awaited<ReturnType<typeof fresh>>;

let clones = 0;
const clone = async (url: string, ...options: string[]): Promise<string> => {
  clones += 1;
  const target = workFolder(`clone-${clones}`);
  await gitOk(['clone', '--quiet', ...options, url, target]);
  await gitOk(['fsck', '--full'], { cwd: target });
  await quiet();
  return target;
};

const request = (lines: readonly string[], capabilities: readonly string[] = []): Buffer =>
  Buffer.concat([
    ...['command=fetch', 'object-format=sha1', ...capabilities].map((line) => packet(`${line}\n`)),
    Buffer.from('0001'),
    ...lines.map((line) => packet(`${line}\n`)),
    flush,
  ]);

const headers = (auth = basic('ada', secret)) => ({
  ...contentType('git-upload-pack'),
  'git-protocol': 'version=2',
  authorization: auth,
});
const fetchPack = async (of: Pick<Fresh, 'path'>, body: Buffer, auth?: string) => {
  const answer = await send(server, `/${of.path}.git/git-upload-pack`, { headers: headers(auth), body });
  await quiet();
  return answer;
};
const wanting = (id: string): Buffer => request([`want ${id}`, 'ofs-delta', 'no-progress', 'done']);

describe('answers to clones and fetches', () => {
  it('are made once for full, shallow and filtered clones, and for incremental fetches that are repeated', async () => {
    const repository = await fresh();
    for (const options of [[], ['--depth=1'], ['--filter=blob:none', '--bare'], ['--single-branch']]) {
      await clone(repository.url, ...options);
      const kept = repository.own();
      const inodes = kept.map(inode);
      await clone(repository.url, ...options);
      expect(repository.own()).toEqual(kept);
      expect(repository.own().map(inode)).toEqual(inodes);
    }
    const before = repository.own().length;
    const one = await clone(repository.url);
    const other = await clone(repository.url);
    await commitFiles(repository.local, { 'b.txt': 'b\n' });
    await gitOk(['push', '--quiet', repository.url, 'main'], { cwd: repository.local });
    // A plain push empties nothing.
    expect(repository.own()).toHaveLength(before);
    await gitOk(['fetch', '--quiet'], { cwd: one });
    await quiet();
    const incremental = repository.own().length;
    expect(incremental).toBeGreaterThan(before);
    await gitOk(['fetch', '--quiet'], { cwd: other });
    expect(repository.own()).toHaveLength(incremental);
    await gitOk(['fsck', '--full'], { cwd: other });
    // Nothing unfinished is left beside them.
    expect(files().filter((path) => !ANSWER.test(path.split('/').at(-1) ?? ''))).toEqual([]);
  });

  it('are the bytes that Git sent, whoever asks with whatever agent', async () => {
    const repository = await fresh();
    const first = await fetchPack(repository, wanting(repository.tip));
    const again = await fetchPack(
      repository,
      request([`want ${repository.tip}`, 'done', 'no-progress', 'ofs-delta'], ['agent=x/1', 'session-id=1']),
    );
    expect(first.status).toBe(200);
    expect(again.body.equals(first.body)).toBe(true);
    expect(repository.own()).toHaveLength(1);
  });

  it('are for those alone whom the gate has just admitted', async () => {
    const repository = await fresh();
    const other = await fresh();
    const body = wanting(repository.tip);
    expect((await fetchPack(repository, body)).status).toBe(200);
    expect((await fetchPack(repository, body, basic('ada', 'wrong'))).status).toBe(401);
    expect(
      (
        await send(server, `/${repository.path}.git/git-upload-pack`, {
          headers: { ...headers(), authorization: '' },
          body,
        })
      ).status,
    ).toBe(401);
    const token = await made.accessToken(other.path, ['repository']);
    const foreign = await fetchPack(repository, body, basic('x-token-auth', token));
    expect(foreign.status).not.toBe(200);
    // The same request to another repository has another answer.
    const elsewhere = await fetchPack(other, body);
    expect(elsewhere.body.toString('latin1')).toContain('not our ref');
    expect(other.own()).toEqual([]);
  });

  it('are not kept where Git refuses, and where no pack is in them', async () => {
    const repository = await fresh();
    const refused = await fetchPack(repository, wanting('1'.repeat(40)));
    expect(refused.body.toString('latin1')).toContain('not our ref');
    const round = await fetchPack(repository, request([`want ${repository.tip}`, `have ${'2'.repeat(40)}`]));
    expect(round.body.toString('latin1')).toContain('NAK');
    expect(repository.own()).toEqual([]);
  });

  it('know the tags that come along', async () => {
    const repository = await fresh();
    await clone(repository.url, '--depth=1');
    await gitOk(['tag', '-a', 'v1', '-m', 'One'], { cwd: repository.local });
    await gitOk(['push', '--quiet', repository.url, 'v1'], { cwd: repository.local });
    const later = await clone(repository.url, '--depth=1', '--branch=main');
    expect(await gitOk(['tag'], { cwd: await clone(repository.url) })).toBe('v1');
    expect(existsSync(later)).toBe(true);
  });

  it('are dropped where what was wanted is no tip any more by force or deletion, and with their repository', async () => {
    const repository = await fresh();
    await gitOk(['push', '--quiet', repository.url, 'main:refs/heads/topic'], { cwd: repository.local });
    const bystander = await fetchPack(repository, wanting(repository.first));
    expect(bystander.status).toBe(200);
    await fetchPack(repository, wanting(repository.tip));
    expect(repository.own()).toHaveLength(2);
    await gitOk(['reset', '--quiet', '--hard', repository.first], { cwd: repository.local });
    const forced = await commitFiles(repository.local, { 'c.txt': 'c\n' });
    await gitOk(['push', '--quiet', '--force', repository.url, 'main'], { cwd: repository.local });
    expect(repository.own()).toHaveLength(1);
    await fetchPack(repository, wanting(forced));
    await gitOk(['push', '--quiet', repository.url, 'main:refs/heads/gone'], { cwd: repository.local });
    await gitOk(['push', '--quiet', repository.url, ':gone'], { cwd: repository.local });
    expect(repository.own()).toHaveLength(1);
    expect((await rest('DELETE', repository.path)).status).toBe(204);
    expect(repository.own()).toEqual([]);
  });
});

describe('faults', () => {
  it('sixteen clones at once start one Git, and a client that goes away in the middle harms nobody', async () => {
    const repository = await fresh(3_000_000);
    const path = `/${repository.path}.git/git-upload-pack`;
    const gone = open(server, path, { method: 'POST', headers: headers() });
    gone.request.end(wanting(repository.tip));
    const others = Array.from({ length: 15 }, () => fetchPack(repository, wanting(repository.tip)));
    (await gone.response).once('data', () => gone.request.destroy());
    const all = await Promise.all(others);
    expect(uploads(repository.id)).toBe(1);
    for (const { status, body } of all) {
      expect(status).toBe(200);
      expect(isWhole(body)).toBe(true);
      expect(body.equals(all[0]?.body ?? Buffer.alloc(0))).toBe(true);
    }
    expect(repository.own()).toHaveLength(1);
    await clone(repository.url);
  });

  it('refs that move and a repack between the list of refs and the fetch change nothing', async () => {
    const repository = await fresh();
    const [folder = ''] = repositoryFolders(server).filter((each) => each.includes(repository.id));
    await fetchPack(repository, wanting(repository.tip));
    const next = await commitFiles(repository.local, { 'd.txt': 'd\n' });
    const [pushed, old] = await Promise.all([
      git(['push', '--quiet', repository.url, 'main'], { cwd: repository.local }),
      fetchPack(repository, wanting(repository.tip)),
    ]);
    expect(pushed.code).toBe(0);
    expect(old.body.subarray(-4).toString()).toBe('0000');
    await Promise.all([
      ...Array.from({ length: 4 }, () => clone(repository.url)),
      gitOk(['repack', '-adq'], { cwd: folder }),
    ]);
    expect(await gitOk(['rev-parse', 'HEAD'], { cwd: await clone(repository.url) })).toBe(next);
    await gitOk(['fsck', '--full'], { cwd: folder });
  });

  it('a server that is killed while an answer is made serves it whole afterwards, and leaves nothing of it', async () => {
    const repository = await fresh(3_000_000);
    const running = open(server, `/${repository.path}.git/git-upload-pack`, {
      method: 'POST',
      headers: headers(),
    });
    running.request.end(wanting(repository.tip));
    running.request.on('error', () => {});
    for (let tries = 0; tries < 500 && !files().some((path) => path.endsWith('.part')); tries += 1)
      await delay(2);
    await server.kill();
    await server.restart();
    expect(files().filter((path) => /\.(?:part|claim|follow)$/.test(path))).toEqual([]);
    await clone(repository.url);
    const [folder = ''] = repositoryFolders(server).filter((each) => each.includes(repository.id));
    await gitOk(['fsck', '--full'], { cwd: folder });
  });
});
