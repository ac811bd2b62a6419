import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { git, gitOk, newRepository, workFolder } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type Person, type World } from '../support/world.ts';
import { basic, repositoryFolders, send, type Answer } from './git-wire.ts';
import { WebClient } from './web-client.ts';

/** Archives of a revision, as scripts and browsers get them. */

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

let server: TestServer;
let made: World;
let ada: Person;
let secret: string;
let narrow: string;
let tip: string;
let local: string;
const ran = join(workFolder('ran'), 'it');

const get = (revision: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  send(server, `/acme/app/get/${revision}`, { method, headers });
const asAda = () => ({ authorization: basic('ada', secret) });

beforeAll(async () => {
  // Whatever checks signatures leaves a mark.
  const bin = workFolder('bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(ran, '..'), { recursive: true });
  for (const name of ['gpg', 'gpgsm', 'ssh-keygen']) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "$0" >> '${ran}'\n`);
    chmodSync(join(bin, name), 0o755);
  }
  server = await startServer({
    database: 'sqlite',
    environment: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  });
  made = world(server);
  ({ ada, secret } = await made.usual());
  narrow = await made.appPassword('ada', ['account'], 'narrow');
  await made.repository('acme/empty');
  await made.repository('acme/get');
  local = await newRepository('local', {
    'README.md': '# App\n',
    '.gitattributes': 'said export-subst\nhidden export-ignore\n*.x filter=evil diff=evil\n',
    said: '$Format:%H|%G?|%GG$\n',
    hidden: 'not in archives\n',
    'a.x': 'as it is\n',
  });
  const cwd = local;
  const link = await gitOk(['hash-object', '-w', '--stdin'], { cwd, input: '../outside' });
  await gitOk(['update-index', '--add', '--cacheinfo', `120000,${link},link`], { cwd });
  await gitOk(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`], { cwd });
  await gitOk(['commit', '--quiet', '-m', 'Odd things'], { cwd });
  await gitOk(['branch', 'x.zip'], { cwd });
  await gitOk(['branch', 'feature/deep'], { cwd });
  await gitOk(['tag', '-a', 'v1', '-m', 'One'], { cwd });
  tip = await gitOk(['rev-parse', 'HEAD'], { cwd });
  const text = await gitOk(['cat-file', 'commit', 'HEAD'], { cwd });
  const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\n';
  const signed = await gitOk(['hash-object', '-t', 'commit', '-w', '--stdin'], {
    cwd,
    input: `${text.replace('\n\n', `\n${signature}`)}\n`,
  });
  await gitOk(['branch', 'signed', signed], { cwd });
  const url = made.cloneUrl('acme/app', 'ada', secret);
  await gitOk(['push', '--quiet', url, 'refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'], { cwd });
});

/** Takes one object from whichever repository has it, and leaves the others there as loose objects. */
async function loseObject(id: string): Promise<void> {
  for (const folder of repositoryFolders(server)) {
    const objects = join(folder, 'objects');
    if ((await git(['--git-dir', folder, 'cat-file', '-e', id])).code !== 0) continue;
    for (const name of readdirSync(join(objects, 'pack')).filter((each) => each.endsWith('.pack'))) {
      const input = readFileSync(join(objects, 'pack', name));
      rmSync(join(objects, 'pack', name));
      await gitOk(['--git-dir', folder, 'unpack-objects', '-q'], { input });
    }
    rmSync(join(objects, id.slice(0, 2), id.slice(2)));
  }
}

/** How the connection of an HTTP/1.0 answer ends; what is no answer of 200 is told. */
function endOfOldAnswer(path: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(port), hostname, () =>
    socket.write(
      `GET ${path} HTTP/1.0\r\nHost: localhost\r\nAuthorization: ${asAda().authorization}\r\n\r\n`,
    ),
  );
  socket.once('data', (chunk) => {
    const head = chunk.toString('latin1');
    if (!head.startsWith('HTTP/1.1 200 ') || /transfer-encoding/i.test(head)) resolve(head);
  });
  socket.once('end', () => resolve('ended'));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  return promise;
}

describe('T4: archives of a private repository', () => {
  const names = () => ['main', 'v1', 'HEAD', 'feature/deep', 'x.zip', tip, tip.slice(0, 10)];

  it('go by branch, tag, HEAD and commit to who may read it, and to nobody else', async () => {
    for (const name of names()) {
      for (const ending of ['zip', 'tar.gz']) {
        const path = `${name}.${ending}`;
        const whole = await get(path, asAda());
        expect([path, whole.status]).toEqual([path, 200]);
        const tag = String(whole.headers['etag']);
        for (const more of [
          {},
          { range: 'bytes=0-10' },
          { 'if-none-match': tag },
          { 'if-none-match': '*' },
        ]) {
          for (const method of ['GET', 'HEAD']) {
            const small = await get(path, { authorization: basic('ada', narrow), ...more }, method);
            expect([path, method, small.status]).toEqual([path, method, 403]);
            const none = await get(path, more, method);
            expect([path, method, none.status]).toEqual([path, method, 401]);
            expect(none.headers['www-authenticate']).toBe('Basic realm="Latchkey"');
            expect([small, none].some(({ headers }) => headers['etag'] !== undefined)).toBe(false);
          }
        }
      }
    }
  });

  it('are what git archive makes, below one folder', async () => {
    const { body, headers } = await get('main.tar.gz', asAda());
    const name = `acme-app-${tip.slice(0, 12)}`;
    expect(headers).toMatchObject({
      'content-type': 'application/gzip',
      'content-disposition': `attachment; filename="${name}.tar.gz"`,
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      etag: `W/"${tip}.tar.gz"`,
    });
    const { stdout } = await git(['archive', '--format=tar', `--prefix=${name}/`, 'main'], { cwd: local });
    const unpacked = gunzipSync(body).toString();
    expect(unpacked).toBe(stdout);
    expect(unpacked).not.toContain('not in archives');
    expect((await get('main.gz', asAda())).body).toEqual(body);
    for (const entry of ['link', 'module/', 'a.x']) expect(unpacked).toContain(`${name}/${entry}`);
    const zip = (await get('main.zip', asAda())).body;
    expect(zip.subarray(0, 4)).toEqual(Buffer.from('PK\x03\x04'));
    // The comment at its end is the commit.
    expect(zip.subarray(-40).toString()).toBe(tip);
  });

  it('take access tokens as Git does', async () => {
    const token = await made.accessToken('acme/app', ['repository']);
    for (const authorization of [`Bearer ${token}`, basic('x-token-auth', token)]) {
      const { status, headers } = await get('main.zip', { authorization });
      expect([status, headers['set-cookie']]).toEqual([200, undefined]);
    }
    expect((await get('main.zip', { authorization: basic('ada', token) })).status).toBe(401);
    expect(
      (await send(server, '/acme/get/get/main.zip', { headers: { authorization: `Bearer ${token}` } }))
        .status,
    ).toBe(404);
  });

  it('go to a browser by its session, which counts for nothing beside a header', async () => {
    const client = new WebClient(server.url);
    await client.signIn(ada);
    const page = await client.get('/acme/app');
    expect(page.text).toContain('href="/acme/app/get/main.zip"');
    expect(page.text).toContain('href="/acme/app/get/main.tar.gz"');
    expect((await client.get('/acme/app/get/main.zip')).status).toBe(200);
    const wrong = await client.get('/acme/app/get/main.zip', { authorization: basic('ada', narrow) });
    expect(wrong.status).toBe(403);
    const stranger = await get('main.zip', { accept: HTML });
    expect([stranger.status, stranger.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    const missing = await client.get('/acme/app/get/none.zip', { accept: HTML });
    expect([missing.status, missing.text.includes('not in the repository')]).toEqual([404, true]);
  });
});

it('under a former name lead to the present one, for whoever may know it', async () => {
  await made.repository('acme/before');
  await gitOk(['push', '--quiet', made.cloneUrl('acme/before', 'ada', secret), 'main', 'feature/deep'], {
    cwd: local,
  });
  await made.do(['repository', 'rename', 'acme/before', 'after']);
  const at = (path: string, headers: Record<string, string>, method = 'GET') =>
    send(server, `/acme/before/get/${path}`, { method, headers });
  const client = new WebClient(server.url);
  await client.signIn(ada);
  for (const [path, there] of [
    ['main.zip', 'main.zip'],
    ['feature%2Fdeep.tar.gz?at=1', 'feature%2Fdeep.tar.gz?at=1'],
  ] as const) {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await at(path, asAda(), method);
      expect([path, method, status, headers['location']]).toEqual([
        path,
        method,
        301,
        `/acme/after/get/${there}`,
      ]);
      expect(headers['cache-control']).toMatch(/no-cache|no-store/);
      expect(body.toString()).not.toContain('PK');
    }
    const page = await client.get(`/acme/before/get/${path}`);
    expect([page.status, page.headers['location']]).toEqual([301, `/acme/after/get/${there}`]);
  }
  for (const [headers, expected] of [
    [{}, 401],
    [{ accept: HTML }, 404],
    [{ authorization: basic('ada', narrow) }, 403],
  ] as const) {
    const { status, headers: said, body } = await at('main.zip', headers);
    expect([status, said['location'], body.includes('after')]).toEqual([expected, undefined, false]);
  }
  const followed = await fetch(`${server.url}/acme/before/get/main.zip`, { headers: asAda() });
  expect([followed.status, followed.headers.get('content-disposition')]).toEqual([
    200,
    `attachment; filename="acme-after-${tip.slice(0, 12)}.zip"`,
  ]);
  // Whoever takes the name has it.
  await made.repository('acme/before');
  expect((await at('main.zip', asAda())).status).toBe(404);
});

it('a whole one ends well for HTTP/1.0', async () => {
  expect(await endOfOldAnswer('/acme/app/get/main.zip')).toBe('ended');
});

it('what is unchanged is 304, HEAD says the same without a byte', async () => {
  const { headers } = await get('main.zip', asAda(), 'HEAD');
  expect(headers['content-length']).toBeUndefined();
  const etag = String(headers['etag']);
  const again = await get('main.zip', { ...asAda(), 'if-none-match': etag });
  expect([again.status, again.body.length, again.headers['etag']]).toEqual([304, 0, etag]);
  expect((await get('main.tar.gz', { ...asAda(), 'if-none-match': etag })).status).toBe(200);
});

it('what is not there, or no format, is told in a sentence', async () => {
  for (const [path, says] of [
    ['none.zip', 'No branch, tag or commit is called "none".'],
    ...['main.tar.bz2', 'main.bz2', 'main.tar', 'main.tgz'].map(
      (path) => [path, 'Archives are made as .zip and as .tar.gz (or .gz), and in no other format'] as const,
    ),
    ['main', 'let the address end with one of these, behind a branch, a tag or a commit.'],
    ['main~1.zip', 'No branch, tag or commit is called "main~1".'],
  ] as const) {
    const { status, body, headers } = await get(path, asAda());
    expect([path, status, headers['content-disposition']]).toEqual([path, 404, undefined]);
    expect(body.toString()).toContain(says);
  }
  for (const repository of ['empty', 'get']) {
    const answer = await send(server, `/acme/${repository}/get/HEAD.zip`, { headers: asAda() });
    expect(answer.status).toBe(404);
  }
});

it('half an archive never passes for a whole one, nor damage for a fault of the host', async () => {
  await made.repository('acme/broken');
  const folder = await newRepository('broken', {
    'a-large': randomBytes(3_000_000).toString('latin1'),
    'z-lost': 'nobody else has these words\n',
  });
  const lost = await gitOk(['rev-parse', 'main:z-lost'], { cwd: folder });
  const url = made.cloneUrl('acme/broken', 'ada', secret);
  await gitOk(['push', '--quiet', url, 'main'], { cwd: folder });
  await gitOk(['rm', '--quiet', 'a-large'], { cwd: folder });
  await gitOk(['commit', '--quiet', '-m', 'The lost one alone'], { cwd: folder });
  await gitOk(['push', '--quiet', url, 'main:small'], { cwd: folder });
  await loseObject(lost);
  for (const path of ['main.zip', 'main.tar.gz', 'small.zip', 'small.tar.gz']) {
    const cut = send(server, `/acme/broken/get/${path}`, { headers: asAda() });
    const length = cut.then(({ body }) => body.length);
    await expect(length, path).rejects.toThrow('aborted');
    // Where an answer ends with its connection, as between some proxies and their hosts, an end is not enough.
    expect(await endOfOldAnswer(`/acme/broken/get/${path}`), path).toBe('ECONNRESET');
  }
  // Without the tree Git fails before its first byte.
  await loseObject(await gitOk(['rev-parse', 'main^{tree}'], { cwd: folder }));
  for (const path of ['small.zip', 'small.tar.gz']) {
    const told = await send(server, `/acme/broken/get/${path}`, { headers: asAda() });
    const sentence = expect.stringContaining('No archive could be made of this');
    expect([path, told.status, String(told.body)]).toEqual([path, 503, sentence]);
    expect(told.headers['content-disposition']).toBeUndefined();
  }
});

it('no words in a file have a program check a signature', async () => {
  const { status, body } = await get('signed.tar.gz', asAda());
  expect(status).toBe(200);
  expect(gunzipSync(body).toString()).toMatch(/[0-9a-f]{40}\|[NE]\|/m);
  expect(existsSync(ran) ? readFileSync(ran, 'utf8') : '').not.toContain('gpg');
});

it('a key that is good for so many uses loses one by bytes alone', async () => {
  const create = ['app-password', 'create', 'ada', '--label', 'once', '--scope', 'repository'];
  const authorization = basic('ada', await made.do([...create, '--uses', '1']));
  expect((await get('main.zip', { authorization }, 'HEAD')).status).toBe(200);
  expect((await get('none.zip', { authorization })).status).toBe(404);
  expect((await get('main.zip', { authorization })).status).toBe(200);
  expect((await get('main.zip', { authorization })).status).toBe(403);
});
