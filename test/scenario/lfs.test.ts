import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, gitOk, newRepository, workFolder } from '../support/git.ts';
import { itWithGitLfs } from '../support/git-lfs.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import { open, repositoryFolders, send } from './git-wire.ts';
import { json, lfsClient, lfsFile, TYPE, type BatchAnswer, type LfsFile, type Lock } from './lfs-wire.ts';

let server: TestServer;
let made: World;
let secret: string;

beforeAll(async () => {
  server = await startServer({ database: 'sqlite' });
  made = world(server);
  ({ secret } = await made.usual());
  await made.account('rob');
  await made.repository('acme/other');
  await made.repository('acme/open', { public: true });
});

const ada = (repository = 'acme/app', key = secret) => lfsClient(server, repository, 'ada', key);
/** The secret of an app password of ada that writes, as far as it is confined. */
const confinedKey = (...confinement: readonly string[]) =>
  made.do([
    'app-password',
    'create',
    'ada',
    '--label',
    'confined',
    '--scope',
    'repository:write',
    ...confinement,
  ]);
const fresh = () => lfsFile(randomBytes(2000));

/** Files of Git LFS in all repositories of the server, those on their way included, by the end of their path. */
const stored = (): string[] =>
  repositoryFolders(server)
    .map((folder) => join(folder, 'lfs'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    );
const isStored = (oid: string): boolean => stored().some((path) => path.endsWith(oid));
const incoming = (): string[] => stored().filter((path) => path.includes('/incoming/'));

describe('files of Git LFS', () => {
  it('are brought where they lack, and fetched as they were', async () => {
    const client = ada();
    const file = fresh();
    const asked = await client.batch('upload', [file]);
    expect([asked.status, asked.headers['content-type']]).toEqual([200, `${TYPE}; charset=utf-8`]);
    const href = `${server.url}${client.at}/objects/${file.oid}`;
    expect(json<BatchAnswer>(asked)).toEqual({
      transfer: 'basic',
      hash_algo: 'sha256',
      objects: [
        {
          oid: file.oid,
          size: file.size,
          actions: {
            upload: { href },
            verify: { href: `${server.url}${client.at}/objects/verify` },
          },
        },
      ],
    });
    expect((await client.verify(file)).status).toBe(404);
    expect((await client.put(file)).status).toBe(200);
    expect((await client.verify(file)).status).toBe(200);
    expect((await client.verify({ ...file, size: 1 })).status).toBe(422);
    expect((await client.verify({ oid: '../x', size: 1 })).status).toBe(422);
    // What is there is not asked for again.
    expect(json<BatchAnswer>(await client.batch('upload', [file])).objects).toEqual([
      { oid: file.oid, size: file.size },
    ]);
    const found = json<BatchAnswer>(await client.batch('download', [file])).objects;
    expect(found).toEqual([{ oid: file.oid, size: file.size, actions: { download: { href } } }]);
    const got = await client.get(file.oid);
    expect([got.status, got.headers['content-length'], got.headers['etag']]).toEqual([
      200,
      String(file.size),
      `"${file.oid}"`,
    ]);
    expect(got.body.equals(file.content)).toBe(true);
    expect(incoming()).toEqual([]);
  });

  it('are sent in part to whoever was interrupted, and not at all to whoever has them', async () => {
    const client = ada();
    const file = fresh();
    await client.put(file);
    const part = await client.get(file.oid, { range: 'bytes=500-' });
    expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 500-1999/2000']);
    expect(part.body.equals(file.content.subarray(500))).toBe(true);
    const middle = await client.get(file.oid, { range: 'bytes=10-19' });
    expect(middle.body.equals(file.content.subarray(10, 20))).toBe(true);
    const end = await client.get(file.oid, { range: 'bytes=-5' });
    expect(end.body.equals(file.content.subarray(-5))).toBe(true);
    const beyond = await client.get(file.oid, { range: 'bytes=2000-' });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, 'bytes */2000']);
    expect((await client.get(file.oid, { range: 'bytes=9-3' })).body.length).toBe(2000);
    const changed = { range: 'bytes=500-', 'if-range': '"another version"' };
    expect([
      (await client.get(file.oid, changed)).status,
      (await client.get(file.oid, changed)).body.length,
    ]).toEqual([200, 2000]);
    expect((await client.get(file.oid, { ...changed, 'if-range': `"${file.oid}"` })).status).toBe(206);
    expect((await client.get(file.oid, { 'if-none-match': `"${file.oid}"` })).status).toBe(304);
    const head = await client.get(file.oid, {}, 'HEAD');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '2000', 0]);
  });

  it('an empty file is one, too', async () => {
    const client = ada();
    const empty = lfsFile('');
    expect((await client.put(empty)).status).toBe(200);
    expect((await client.verify(empty)).status).toBe(200);
    expect((await client.get(empty.oid)).body.length).toBe(0);
  });

  it('that are not here are told apart from those that are', async () => {
    const client = ada();
    const [here, absent] = [fresh(), fresh()];
    await client.put(here);
    const { objects = [] } = json<BatchAnswer>(
      await client.batch('download', [here, absent, { ...here, size: 5 }, { oid: 'ABC', size: 1 }]),
    );
    expect(objects.map(({ actions, error }) => error?.code ?? Object.keys(actions ?? {}))).toEqual([
      ['download'],
      404,
      422,
      422,
    ]);
    expect((await client.get(absent.oid)).status).toBe(404);
  });

  it('T27: bytes of another name are refused, and what was there stays as it was', async () => {
    const client = ada();
    const file = fresh();
    await client.put(file);
    const answer = await client.put({ oid: file.oid, content: Buffer.from('something else') });
    expect(answer.status).toBe(422);
    expect(json<BatchAnswer>(answer).message).toContain(lfsFile('something else').oid);
    expect((await client.get(file.oid)).body.equals(file.content)).toBe(true);
    const never = fresh();
    await client.put({ oid: never.oid, content: file.content });
    expect(isStored(never.oid)).toBe(false);
    expect(incoming()).toEqual([]);
  });

  it('T26: a file of another repository has to be brought, and nobody learns that it is there', async () => {
    const file = fresh();
    await ada('acme/app').put(file);
    const elsewhere = ada('acme/other');
    const absent = fresh();
    for (const operation of ['upload', 'download']) {
      const answers = json<BatchAnswer>(await elsewhere.batch(operation, [file, absent])).objects ?? [];
      const shapes = answers.map((each) =>
        JSON.stringify(each).replaceAll(file.oid, 'OID').replaceAll(absent.oid, 'OID'),
      );
      expect(shapes[0]).toBe(shapes[1]);
    }
    expect((await elsewhere.get(file.oid)).status).toBe(404);
    expect((await elsewhere.verify(file)).status).toBe(404);
  });

  it('are gone with their repository', async () => {
    await made.repository('acme/short');
    const file = fresh();
    await ada('acme/short').put(file);
    expect(isStored(file.oid)).toBe(true);
    await made.do(['repository', 'delete', 'acme/short']);
    expect((await ada('acme/short').get(file.oid)).status).toBe(404);
    await made.do(['repository', 'restore', 'acme/short']);
    expect((await ada('acme/short').get(file.oid)).body.equals(file.content)).toBe(true);
  });

  it('that break off on the way leave nothing behind', async () => {
    const client = ada();
    const file = lfsFile(randomBytes(200_000));
    const { request, response } = open(server, `${client.at}/objects/${file.oid}`, {
      method: 'PUT',
      headers: { ...client.authorization, 'content-length': String(file.size) },
    });
    request.write(file.content.subarray(0, 100_000));
    await expect.poll(() => incoming().length).toBe(1);
    request.destroy();
    await response.catch(() => {});
    await expect.poll(() => incoming()).toEqual([]);
    expect(isStored(file.oid)).toBe(false);
  });
});

const pointerTo = ({ oid, size }: Pick<LfsFile, 'oid' | 'size'>): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`;

describe('what points to a file of Git LFS', () => {
  const picture = lfsFile(randomBytes(3000));
  const absent = fresh();
  let work: string;

  beforeAll(async () => {
    work = await newRepository('pointers', {
      'picture.png': pointerTo(picture),
      'lost.bin': pointerTo(absent),
      'wrong.bin': pointerTo({ ...picture, size: 5 }),
    });
    await gitOk(['push', made.cloneUrl('acme/open', 'ada', secret), 'HEAD:refs/heads/main'], { cwd: work });
    await ada('acme/open').put(picture);
  });

  it.each(['/2.0/repositories/acme/open/src/main', '/acme/open/raw/main'])(
    'is answered at %s by the file where it is here, and otherwise as it stands',
    async (at) => {
      const found = await send(server, `${at}/picture.png`);
      expect([found.status, found.headers['content-type'], found.headers['content-length']]).toEqual([
        200,
        'image/png',
        '3000',
      ]);
      expect(found.body.equals(picture.content)).toBe(true);
      expect(found.headers['content-security-policy']).toContain('sandbox');
      const part = await send(server, `${at}/picture.png`, { headers: { range: 'bytes=0-9' } });
      expect([part.status, part.body.equals(picture.content.subarray(0, 10))]).toEqual([206, true]);
      const head = await send(server, `${at}/picture.png`, { method: 'HEAD' });
      expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '3000', 0]);
      expect((await send(server, `${at}/lost.bin`)).body.toString()).toBe(pointerTo(absent));
      expect((await send(server, `${at}/wrong.bin`)).body.toString()).toBe(
        pointerTo({ ...picture, size: 5 }),
      );
    },
  );

  it('is shown as the picture that it stands for, and told where there is none', async () => {
    const page = async (name: string) => (await send(server, `/acme/open/src/main/${name}`)).body.toString();
    expect(await page('picture.png')).toContain('<img src="/acme/open/raw/main/picture.png"');
    expect(await page('lost.bin')).toContain('was not brought here');
  });

  it('keeps it when what nothing leads to is purged, in every form that git-lfs takes for one', async () => {
    const [old, young, asked, hawser, carriage, unended] = [
      fresh(),
      fresh(),
      fresh(),
      fresh(),
      fresh(),
      fresh(),
    ];
    const others = [asked, hawser, carriage, unended];
    for (const file of [old, young, ...others]) await ada('acme/open').put(file);
    await commitFiles(work, {
      'hawser.bin': pointerTo(hawser).replace('git-lfs.github.com', 'hawser.github.com'),
      'carriage.bin': pointerTo(carriage).replaceAll('\n', '\r\n'),
      'unended.bin': pointerTo(unended).trimEnd(),
    });
    await gitOk(['push', made.cloneUrl('acme/open', 'ada', secret), 'HEAD:refs/heads/main'], { cwd: work });
    const long = new Date(Date.now() - 2 * 3600_000);
    for (const path of stored()) if (!path.endsWith(young.oid)) utimesSync(path, long, long);
    // Whoever wants to bring a file and hears that it is here is about to push what points to it.
    await ada('acme/open').batch('upload', [asked]);
    const printed = await made.do(['repository', 'purge', 'acme/open']);
    expect(printed).toContain('Removed 1 file of Git LFS, 2000 bytes.');
    expect(printed).toContain('Left 2 of Git LFS that came, or were asked about, within an hour');
    expect([picture, young, ...others].filter(({ oid }) => !isStored(oid))).toEqual([]);
    expect(isStored(old.oid)).toBe(false);
    for (const [name, file] of [
      ['hawser', hawser],
      ['carriage', carriage],
      ['unended', unended],
    ] as const)
      expect((await send(server, `/acme/open/raw/main/${name}.bin`)).body.equals(file.content), name).toBe(
        true,
      );
  });

  it('goes with the last branch that led to it', async () => {
    await made.repository('acme/purged');
    const url = made.cloneUrl('acme/purged', 'ada', secret);
    await gitOk(['push', '--quiet', url, 'HEAD:refs/heads/main', 'HEAD:refs/heads/old'], { cwd: work });
    await ada('acme/purged').put(picture);
    const long = new Date(Date.now() - 2 * 3600_000);
    for (const path of stored()) if (path.endsWith(picture.oid)) utimesSync(path, long, long);
    await gitOk(['checkout', '--quiet', '--orphan', 'other'], { cwd: work });
    await gitOk(['rm', '-rfq', '.'], { cwd: work });
    await commitFiles(work, { 'README.md': 'Nothing large' });
    await gitOk(['push', '--quiet', '--force', url, 'HEAD:refs/heads/main', ':refs/heads/old'], {
      cwd: work,
    });
    expect((await ada('acme/purged').get(picture.oid)).status).toBe(200);
    await made.do(['repository', 'purge', 'acme/purged']);
    expect((await ada('acme/purged').get(picture.oid)).status).toBe(404);
    // That of another repository is its own.
    expect((await ada('acme/open').get(picture.oid)).status).toBe(200);
  });
});

describe('who may', () => {
  it('strangers fetch what is public, and bring nothing', async () => {
    const file = fresh();
    await ada('acme/open').put(file);
    const stranger = lfsClient(server, 'acme/open');
    expect((await stranger.batch('download', [file])).status).toBe(200);
    expect((await stranger.get(file.oid)).body.equals(file.content)).toBe(true);
    for (const answer of [
      await stranger.batch('upload', [fresh()]),
      await stranger.put(fresh()),
      await stranger.verify(file),
      await stranger.lock('a.bin'),
      await stranger.verifyLocks(),
    ]) {
      expect(answer.status).toBe(401);
      expect(answer.headers['lfs-authenticate']).toBe('Basic realm="Latchkey"');
      expect(answer.headers['www-authenticate']).toBe('Basic realm="Latchkey"');
    }
  });

  it('T57: to a stranger, and to a genuine key that sees neither, what is private is missing', async () => {
    const file = fresh();
    await ada('acme/app').put(file);
    const foreign = await made.appPassword('rob', ['repository:write']);
    const answersOf = async (repository: string, user?: string, key?: string) => {
      const client = lfsClient(server, repository, user, key);
      const answers = [
        await client.batch('download', [file]),
        await client.batch('upload', [file]),
        await client.get(file.oid),
        await client.get(file.oid, {}, 'HEAD'),
        await client.put(file),
        await client.verify(file),
        await client.locks(),
        await client.lock('a.bin'),
        await client.verifyLocks(),
        await client.unlock('none'),
        await client.post('nothing', {}),
      ];
      return answers.map(({ status, headers, body }) =>
        JSON.stringify([status, { ...headers, date: undefined }, body.toString()]),
      );
    };
    expect(await answersOf('acme/app')).toEqual(await answersOf('acme/none'));
    expect(await answersOf('acme/app', 'rob', foreign)).toEqual(await answersOf('acme/none', 'rob', foreign));
  });

  it('T25: a key that reads brings nothing, verifies nothing and locks nothing', async () => {
    const reading = ada('acme/app', await made.appPassword('ada', ['repository']));
    const [file, other] = [fresh(), fresh()];
    await ada().put(file);
    expect((await reading.get(file.oid)).status).toBe(200);
    const locked = json<{ lock: Lock }>(await ada().lock('T25.bin')).lock;
    for (const answer of [
      await reading.batch('upload', [other]),
      await reading.put(other),
      await reading.verify(file),
      await reading.lock('a.bin'),
      await reading.verifyLocks(),
      await reading.unlock(locked.id, true),
    ]) {
      expect(answer.status).toBe(403);
      expect(json<BatchAnswer>(answer).message).toContain('repository:write');
    }
    expect(isStored(other.oid)).toBe(false);
    await ada().unlock(locked.id);
  });

  it('a wiki has no files of Git LFS, and its scope opens none', async () => {
    const wiki = ada('acme/app', await made.appPassword('ada', ['wiki']));
    expect((await wiki.batch('download', [])).status).toBe(403);
    for (const path of ['acme/app', 'acme/none']) {
      for (const caller of [{}, ada().authorization]) {
        const told = await send(server, `/${path}.git/wiki/info/lfs/objects/batch`, {
          headers: { ...caller, 'content-type': TYPE },
          body: '{"operation":"download","objects":[]}',
        });
        expect([told.status, json<BatchAnswer>(told).message]).toEqual([
          501,
          expect.stringMatching(/^Wikis hold their files in Git itself/),
        ]);
      }
    }
  });

  it('T23: what was revoked opens nothing any more, in the middle of an upload neither', async () => {
    const key = await made.appPassword('ada', ['repository:write'], 'short-lived');
    const client = ada('acme/app', key);
    const file = lfsFile(randomBytes(200_000));
    const kept = fresh();
    await client.put(kept);
    expect((await client.batch('upload', [file])).status).toBe(200);
    const { request, answer } = open(server, `${client.at}/objects/${file.oid}`, {
      method: 'PUT',
      headers: { ...client.authorization, 'content-length': String(file.size) },
    });
    request.write(file.content.subarray(0, 100_000));
    await expect.poll(() => incoming().length).toBe(1);
    const [{ id }] = (await made.credentials({ user: 'ada' })).filter(
      ({ label }) => label === 'short-lived',
    ) as [{ id: string }];
    await made.revoke(id);
    request.end(file.content.subarray(100_000));
    expect((await answer()).status).toBe(401);
    expect(isStored(file.oid)).toBe(false);
    expect(incoming()).toEqual([]);
    for (const after of [
      await client.batch('download', [kept]),
      await client.get(kept.oid),
      await client.put(file),
      await client.verify(kept),
      await client.verifyLocks(),
      await client.lock('late.bin'),
    ])
      expect(after.status).toBe(401);
  });

  it('a key that may push so many bytes brings no larger file, by whichever way its size is said', async () => {
    const key = await confinedKey('--max-bytes', '1000');
    const client = ada('acme/app', key);
    const [large, small] = [lfsFile(randomBytes(1001)), lfsFile(randomBytes(1000))];
    const [told] = json<BatchAnswer>(await client.batch('upload', [large])).objects ?? [];
    expect(told?.error).toEqual({ code: 413, message: expect.stringContaining('at most 1000 bytes') });
    const sized = await client.put(large);
    expect([sized.status, json<BatchAnswer>(sized).message]).toEqual([
      422,
      expect.stringMatching(/^cred_\w+: it may push at most 1000 bytes/),
    ]);
    const { request, answer } = open(server, `${client.at}/objects/${large.oid}`, {
      method: 'PUT',
      headers: { ...client.authorization, 'transfer-encoding': 'chunked' },
    });
    request.end(large.content);
    expect((await answer()).status).toBe(422);
    expect(isStored(large.oid)).toBe(false);
    expect(incoming()).toEqual([]);
    expect((await client.put(small)).status).toBe(200);
  });

  it('each file that is transferred is a use; asking is none, and what was not taken', async () => {
    const key = await confinedKey('--uses', '2');
    const client = ada('acme/app', key);
    const file = fresh();
    expect((await client.put({ oid: file.oid, content: Buffer.from('other') })).status).toBe(422);
    const packed = await send(server, `${client.at}/objects/${file.oid}`, {
      method: 'PUT',
      headers: { ...client.authorization, 'content-encoding': 'gzip' },
      body: gzipSync(file.content),
    });
    expect([packed.status, isStored(file.oid)]).toEqual([422, false]);
    for (let time = 0; time < 4; time++) expect((await client.batch('upload', [file])).status).toBe(200);
    expect((await client.put(file)).status).toBe(200);
    expect((await client.get(file.oid)).status).toBe(200);
    expect((await client.get(file.oid)).status).toBe(403);
  });
});

describe('locks', () => {
  it('keep a file to whoever holds it, and are given up by them', async () => {
    const writing = await made.appPassword('rob', ['repository:write']);
    await made.role('acme/app', 'rob', 'write');
    const rob = lfsClient(server, 'acme/app', 'rob', writing);
    const locked = await ada().lock('art/picture.psd');
    expect(locked.status).toBe(201);
    const { lock } = json<{ lock: Lock }>(locked);
    expect(lock).toMatchObject({ path: 'art/picture.psd', owner: { name: 'ada' } });
    const second = await rob.lock('art/picture.psd');
    expect([second.status, json<object>(second)]).toEqual([
      409,
      { lock, message: 'ada has locked this file.' },
    ]);
    expect(json<object>(await rob.verifyLocks())).toEqual({ ours: [], theirs: [lock] });
    // Another key of the same person is the same person.
    const another = ada('acme/app', await made.appPassword('ada', ['repository:write']));
    expect(json<object>(await another.verifyLocks())).toEqual({ ours: [lock], theirs: [] });
    expect(json<object>(await rob.locks('?path=art/picture.psd'))).toEqual({ locks: [lock] });
    expect(json<object>(await rob.locks('?path=art/other.psd'))).toEqual({ locks: [] });
    for (const force of [false, true]) {
      const refused = await rob.unlock(lock.id, force);
      expect(refused.status).toBe(force ? 403 : 409);
    }
    expect((await another.unlock(lock.id)).status).toBe(200);
    expect((await another.unlock(lock.id)).status).toBe(404);
    const his = json<{ lock: Lock }>(await rob.lock('art/picture.psd')).lock;
    expect((await ada().unlock(his.id)).status).toBe(409);
    expect((await ada().unlock(his.id, true)).status).toBe(200);
  });

  it('T28: one of another repository is not there', async () => {
    const { lock } = json<{ lock: Lock }>(await ada('acme/other').lock('theirs.bin'));
    expect((await ada('acme/app').unlock(lock.id)).status).toBe(404);
    expect((await ada('acme/app').unlock(lock.id, true)).status).toBe(404);
    expect(json<object>(await ada('acme/app').locks(`?id=${lock.id}`))).toEqual({ locks: [] });
    expect(json<object>(await ada('acme/other').locks())).toEqual({ locks: [lock] });
  });

  it('come page by page', async () => {
    const client = ada('acme/open');
    for (const name of ['a', 'b', 'c']) await client.lock(`${name}.bin`);
    interface Page {
      readonly locks: readonly Lock[];
      readonly next_cursor?: string;
    }
    const first = json<Page>(await client.locks('?limit=2'));
    expect(first.locks.map(({ path }) => path)).toEqual(['a.bin', 'b.bin']);
    const rest = json<Page>(await client.locks(`?limit=2&cursor=${first.next_cursor ?? ''}`));
    expect([rest.locks.map(({ path }) => path), rest.next_cursor]).toEqual([['c.bin'], undefined]);
  });

  it('a token locks as its bot, and a key that is confined to paths locks those', async () => {
    const token = await made.accessToken('acme/app', ['repository:write'], { name: 'Painter' });
    const bot = lfsClient(server, 'acme/app', 'x-token-auth', token);
    const { lock } = json<{ lock: Lock }>(await bot.lock('bot.bin'));
    expect(lock.owner.name).toBe('Painter');
    expect((await bot.unlock(lock.id)).status).toBe(200);
    const confined = ada('acme/app', await confinedKey('--path', 'art/**'));
    expect((await confined.lock('art/x.bin')).status).toBe(201);
    const refused = await confined.lock('code/x.bin');
    expect([refused.status, json<BatchAnswer>(refused).message]).toEqual([
      422,
      expect.stringContaining('art/**'),
    ]);
  });

  it.each(['', '/a', 'a//b', '../a', 'a/..', 'a/./b', 'a\nb', 'x'.repeat(1025)])(
    'a path that is none (%j) is told so',
    async (path) => {
      expect((await ada().lock(path)).status).toBe(422);
    },
  );
});

it('whatever is sent is answered in the words of Git LFS, and nothing is let in or changed by it', {
  timeout: 60_000,
}, async () => {
  const before = stored();
  const client = lfsClient(server, 'acme/app', 'ada', 'lkap_nothing');
  const genuine = ada();
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record(
        {
          operation: fc.oneof(fc.constantFrom('download', 'upload', 'delete'), fc.jsonValue()),
          transfers: fc.jsonValue(),
          hash_algo: fc.oneof(fc.constant('sha256'), fc.jsonValue()),
          objects: fc.oneof(
            fc.array(fc.record({ oid: fc.oneof(fc.string(), fc.jsonValue()), size: fc.jsonValue() })),
            fc.jsonValue(),
          ),
          path: fc.jsonValue(),
          oid: fc.oneof(fc.stringMatching(/^[0-9a-fA-F]{64}$/), fc.string(), fc.jsonValue()),
          size: fc.oneof(fc.nat(), fc.jsonValue()),
          force: fc.jsonValue(),
          limit: fc.jsonValue(),
          cursor: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  );
  const path = fc.oneof(
    fc.constantFrom('objects/batch', 'objects/verify', 'locks/verify', 'locks/none/unlock', 'objects'),
    fc.stringMatching(/^objects\/[0-9a-zA-Z~-]{1,70}$/),
  );
  await fc.assert(
    fc.asyncProperty(path, body, async (to, text) => {
      expect([401, 404, 422]).toContain((await client.post(to, text)).status);
      const answer = await genuine.post(to, text);
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers['content-type']).toBe(`${TYPE}; charset=utf-8`);
    }),
    { numRuns: 150 },
  );
  expect(stored()).toEqual(before);
});

itWithGitLfs('git-lfs itself pushes, clones and locks', async () => {
  await made.repository('acme/real');
  const url = made.cloneUrl('acme/real', 'ada', secret);
  const work = workFolder('lfs');
  const here = { cwd: work };
  await gitOk(['init', '--quiet', '--initial-branch', 'main', work]);
  await gitOk(['lfs', 'install', '--local'], here);
  await gitOk(['lfs', 'track', '*.bin'], here);
  const content = randomBytes(3_000_000);
  writeFileSync(join(work, 'large.bin'), content);
  await gitOk(['add', '--all'], here);
  await gitOk(['commit', '--quiet', '--message', 'A large file'], here);
  await gitOk(['push', '--quiet', url, 'main'], here);
  expect(isStored(lfsFile(content).oid)).toBe(true);
  const cloned = workFolder('lfs-clone');
  await gitOk(['clone', '--quiet', '--no-checkout', url, cloned]);
  await gitOk(['lfs', 'install', '--local'], { cwd: cloned });
  await gitOk(['checkout', '--quiet', 'main'], { cwd: cloned });
  expect(readFileSync(join(cloned, 'large.bin')).equals(content)).toBe(true);
  await gitOk(['lfs', 'lock', 'large.bin'], { cwd: cloned });
  expect(await gitOk(['lfs', 'locks'], { cwd: cloned })).toContain('large.bin');
  await gitOk(['lfs', 'unlock', 'large.bin'], { cwd: cloned });
});
