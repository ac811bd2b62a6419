import { gzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, git, gitOk, newRepository, workFolder } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import { basic, contentType, flush, open, packet, send } from './git-wire.ts';

let server: TestServer;
let made: World;
let secret: string;
let url: string;

beforeAll(async () => {
  server = await startServer();
  made = world(server);
  ({ secret } = await made.usual());
  url = made.cloneUrl('acme/app', 'ada', secret);
});

let count = 0;
const fresh = async (options: { public?: boolean } = {}) => {
  count += 1;
  const path = `acme/fresh${count}`;
  await made.repository(path, options);
  return { path, url: made.cloneUrl(path, 'ada', secret) };
};

const remoteRefs = async (of: string) =>
  Object.fromEntries(
    (await gitOk(['ls-remote', of]))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t').toReversed() as [string, string]),
  );

/** What the server's Git processes were started with; kept readers are not among them. */
const gitProcesses = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes('upload-pack') && line.includes(server.data));

describe('a repository over HTTP', () => {
  it('is pushed, cloned, fetched, tagged, forced and pruned by real Git in every protocol version', async () => {
    for (const version of ['0', '1', '2']) {
      const remote = await fresh();
      const config = ['-c', `protocol.version=${version}`];
      const local = await newRepository(`transport-${version}`);
      const first = await gitOk(['rev-parse', 'HEAD'], { cwd: local });
      await gitOk([...config, 'push', remote.url, 'main', 'main:refs/heads/topic'], { cwd: local });
      const clone = workFolder(`transport-clone-${version}`);
      await gitOk([...config, 'clone', '--quiet', remote.url, clone]);
      expect(readFileSync(join(clone, 'README.md'), 'utf8')).toBe('# Test\n');

      const second = await commitFiles(local, { 'a.txt': 'a\n' });
      await gitOk(['tag', '-a', 'v1', '-m', 'First'], { cwd: local });
      await gitOk([...config, 'push', remote.url, 'main', 'v1'], { cwd: local });
      await gitOk([...config, 'fetch', '--tags', 'origin'], { cwd: clone });
      expect(await gitOk(['rev-parse', 'origin/main', 'v1^{commit}'], { cwd: clone })).toBe(
        `${second}\n${second}`,
      );

      await gitOk(['reset', '--quiet', '--hard', first], { cwd: local });
      const other = await commitFiles(local, { 'b.txt': 'b\n' });
      const plain = await git([...config, 'push', remote.url, 'main'], { cwd: local });
      expect(plain.code).not.toBe(0);
      expect(plain.stderr).toContain('non-fast-forward');
      await gitOk([...config, 'push', '--force', remote.url, 'main'], { cwd: local });
      await gitOk([...config, 'push', remote.url, ':topic', ':v1'], { cwd: local });
      expect(await remoteRefs(remote.url)).toEqual({ HEAD: other, 'refs/heads/main': other });
    }
  });

  it('is cloned shallow and partial', async () => {
    const local = await newRepository('shallow');
    for (const text of ['1', '2', '3']) await commitFiles(local, { 'n.txt': text });
    const remote = await fresh();
    await gitOk(['push', remote.url, 'main'], { cwd: local });
    for (const version of ['0', '2']) {
      const config = ['-c', `protocol.version=${version}`];
      const shallow = workFolder(`shallow-${version}`);
      await gitOk([...config, 'clone', '--quiet', '--depth', '1', remote.url, shallow]);
      expect(await gitOk(['rev-list', '--count', 'HEAD'], { cwd: shallow })).toBe('1');
      await gitOk([...config, 'fetch', '--quiet', '--deepen', '1'], { cwd: shallow });
      expect(await gitOk(['rev-list', '--count', 'HEAD'], { cwd: shallow })).toBe('2');
      await gitOk([...config, 'fetch', '--quiet', '--unshallow'], { cwd: shallow });
      expect(await gitOk(['rev-list', '--count', 'HEAD'], { cwd: shallow })).toBe('4');

      const partial = workFolder(`partial-${version}`);
      await gitOk([...config, 'clone', '--quiet', '--bare', '--filter=blob:none', remote.url, partial]);
      const missing = await gitOk(['rev-list', '--objects', '--all', '--missing=print'], { cwd: partial });
      expect(missing.split('\n').filter((line) => line.startsWith('?'))).toHaveLength(4);
      // What is missing is fetched by its id, which Git allows in version 2 alone.
      const blob = await gitOk(['rev-parse', 'HEAD:n.txt'], { cwd: local });
      const { code } = await git([...config, 'cat-file', '-e', blob], { cwd: partial });
      expect(code === 0).toBe(version === '2');
    }
    const pushed = await commitFiles(workFolder('shallow-2'), { 'new.txt': 'n\n' });
    await gitOk(['push', remote.url, 'HEAD:refs/heads/from-shallow'], { cwd: workFolder('shallow-2') });
    expect((await remoteRefs(remote.url))['refs/heads/from-shallow']).toBe(pushed);
  });

  it('says in the protocol why a request cannot be answered', async () => {
    const local = await newRepository('refusing');
    const remote = await fresh();
    await gitOk(['push', remote.url, 'main'], { cwd: local });
    for (const version of ['0', '2']) {
      for (const [option, sentence] of [
        ['--shallow-since=2090-01-01', 'The shallow request selects no commit'],
        [
          '--shallow-exclude=nosuch',
          'The shallow request leaves out a ref that this repository does not have',
        ],
      ] as const) {
        const args = [
          '-c',
          `protocol.version=${version}`,
          'clone',
          option,
          remote.url,
          `${version}${option}`,
        ];
        expect((await git(args)).stderr, option).toContain(`fatal: remote error: ${sentence}`);
      }
    }
    // As some clients ask in the words of version 2 and do not say so.
    const asked = await send(server, `/${remote.path}.git/git-upload-pack`, {
      headers: { authorization: basic('ada', secret), ...contentType('git-upload-pack') },
      body: Buffer.concat([packet('command=ls-refs\n'), flush]),
    });
    expect(asked.status).toBe(200);
    expect(asked.body.toString()).toMatch(/^[0-9a-f]{4}ERR The request is not one of Git's protocol/);
  });

  it('takes its default branch from the first push, and keeps it afterwards', async () => {
    const local = await newRepository('head');
    const remote = await fresh();
    await gitOk(
      ['push', remote.url, 'main:refs/heads/zeta', 'main:refs/heads/master', 'main:refs/heads/alpha'],
      {
        cwd: local,
      },
    );
    expect(await gitOk(['ls-remote', '--symref', remote.url, 'HEAD'])).toContain(
      'ref: refs/heads/master\tHEAD',
    );
    await gitOk(['push', remote.url, 'main:refs/heads/main'], { cwd: local });
    expect(await gitOk(['ls-remote', '--symref', remote.url, 'HEAD'])).toContain(
      'ref: refs/heads/master\tHEAD',
    );
    const deletion = await git(['push', remote.url, ':master'], { cwd: local });
    expect(deletion.stderr).toMatch(
      /! \[remote rejected\] master \(This is the default branch\. Make another/,
    );
    expect(await remoteRefs(remote.url)).toHaveProperty(['refs/heads/master']);
  });

  it('takes a large push in chunks, with Expect, and gives it back', async () => {
    const local = await newRepository('large');
    writeFileSync(join(local, 'large.bin'), randomBytes(24 * 1024 * 1024));
    const id = await commitFiles(local, {});
    const remote = await fresh();
    await gitOk(['-c', 'http.postBuffer=65536', 'push', remote.url, 'main'], { cwd: local });
    await gitOk(['-c', 'http.extraHeader=Expect: 100-continue', 'push', remote.url, 'main:other'], {
      cwd: local,
    });
    const clone = workFolder('large-clone');
    await gitOk(['clone', '--quiet', remote.url, clone]);
    expect(await gitOk(['rev-parse', 'HEAD'], { cwd: clone })).toBe(id);
    expect(readFileSync(join(clone, 'large.bin')).equals(readFileSync(join(local, 'large.bin')))).toBe(true);
  });

  it('is reached by ids in braces, with and without .git, in any case of letters', async () => {
    const local = await newRepository('names');
    await gitOk(['push', url, 'main:refs/heads/names'], { cwd: local });
    const headers = { authorization: basic('ada', secret) };
    const [repositoryId = ''] =
      /\{[0-9a-f-]{36}\}/.exec(await made.do(['repository', 'create', 'acme/braces'])) ?? [];
    const [workspaceId = ''] =
      /\{[0-9a-f-]{36}\}/.exec(await made.do(['workspace', 'create', 'elsewhere', '--owner', 'ada'])) ?? [];
    for (const path of [
      '/acme/app',
      '/acme/app.git',
      '/ACME/App.git',
      `/acme/${repositoryId}.git`,
      `/{}/${repositoryId}`,
      `/%7B%7D/${encodeURIComponent(repositoryId)}.git`,
    ]) {
      const answer = await send(server, `${path}/info/refs?service=git-upload-pack`, { headers });
      expect(answer.status, path).toBe(200);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/x-git-upload-pack-advertisement',
        'cache-control': 'no-cache, max-age=0, must-revalidate',
      });
      expect(answer.body.toString()).toMatch(/^001e# service=git-upload-pack\n0000/);
    }
    for (const path of [
      '/acme%2Fapp.git',
      '/acme/..%2Fapp.git',
      '/acme/app.git.git',
      '/acme/app.git%00',
      `/${workspaceId}/${repositoryId}.git`,
    ]) {
      const { status } = await send(server, `${path}/info/refs?service=git-upload-pack`, { headers });
      expect([400, 404], path).toContain(status);
    }
  });

  it('ends Git with everything it started when the client is gone', async () => {
    const large = await newRepository('gone');
    writeFileSync(join(large, 'large.bin'), randomBytes(30_000_000));
    const id = await commitFiles(large, {});
    const remote = await fresh();
    await gitOk(['push', remote.url, 'main'], { cwd: large });
    const { request, response } = open(server, `/${remote.path}.git/git-upload-pack`, {
      method: 'POST',
      headers: { authorization: basic('ada', secret), ...contentType('git-upload-pack') },
    });
    request.end(`0032want ${id}\n00000009done\n`);
    const incoming = await response;
    incoming.on('error', () => {});
    incoming.pause();
    expect(gitProcesses()).not.toEqual([]);
    request.destroy();
    await expect.poll(gitProcesses, { timeout: 10_000 }).toEqual([]);
  });

  it('answers version 2 without the head of older versions, and nobody else in version 2', async () => {
    const headers = { authorization: basic('ada', secret), 'git-protocol': 'version=2' };
    const fetched = await send(server, '/acme/app.git/info/refs?service=git-upload-pack', { headers });
    expect(fetched.body.toString()).toMatch(/^000eversion 2\n/);
    const pushed = await send(server, '/acme/app.git/info/refs?service=git-receive-pack', { headers });
    expect(pushed.body.toString()).toMatch(/^001f# service=git-receive-pack\n0000/);
    expect(pushed.body.toString()).toContain('atomic');
    expect(pushed.body.toString()).not.toMatch(/push-options|push-cert/);
    for (const odd of ['version=9', `${'x'.repeat(5000)}:version=2`, 'version=2;rm']) {
      const answer = await send(server, '/acme/app.git/info/refs?service=git-upload-pack', {
        headers: { ...headers, 'git-protocol': odd },
      });
      expect(answer.body.toString(), odd.slice(0, 20)).toMatch(/^001e# service/);
    }
  });

  it('unpacks gzip, and stops where it is none or unpacks to too much', async () => {
    const headers = {
      authorization: basic('ada', secret),
      'git-protocol': 'version=2',
      ...contentType('git-upload-pack'),
      'content-encoding': 'gzip',
    };
    const body = Buffer.concat([packet('command=ls-refs\n'), Buffer.from('0001'), flush]);
    const good = await send(server, '/acme/app.git/git-upload-pack', { headers, body: gzipSync(body) });
    expect(good.status).toBe(200);
    expect(good.headers['content-type']).toBe('application/x-git-upload-pack-result');
    expect(good.body.toString()).toContain('refs/heads/names');
    const broken = await send(server, '/acme/app.git/git-upload-pack', { headers, body });
    expect([broken.status, broken.body.toString()]).toEqual([
      400,
      'The request body is not gzip, as it says.\n',
    ]);
    const cut = await send(server, '/acme/app.git/git-upload-pack', {
      headers,
      body: gzipSync(body).subarray(0, 20),
    });
    expect(cut.status).toBe(400);
    const haves = packet(`have ${'1'.repeat(40)}\n`);
    const bombed = await send(server, '/acme/app.git/git-upload-pack', {
      headers,
      body: gzipSync(
        Buffer.concat([
          packet('command=fetch'),
          Buffer.from('0001'),
          Buffer.alloc(haves.length * 1_500_000, haves),
        ]),
      ),
    });
    expect(bombed.body.toString()).toContain('longer than 67108864 bytes');
    expect(bombed.status).toBe(400);
    const encoded = await send(server, '/acme/app.git/git-upload-pack', {
      headers: { ...headers, 'content-encoding': 'br' },
      body,
    });
    expect(encoded.status).toBe(400);
  });
});

describe('a wiki over HTTP', () => {
  it('is cloned and pushed with the scope wiki alone', async () => {
    const wiki = await made.appPassword('ada', ['wiki']);
    const without = await fresh();
    const off = await git(['ls-remote', `${made.cloneUrl(without.path, 'ada', wiki)}/wiki`]);
    expect(off.stderr).toContain('remote: This repository has no wiki.');
    expect(off.code).not.toBe(0);
    await made.do(['repository', 'create', 'acme/documented', '--wiki']);
    const remote = made.cloneUrl('acme/documented', 'ada', secret);
    const address = `${made.cloneUrl('acme/documented', 'ada', wiki)}/wiki`;
    const local = await newRepository('wiki', { 'Home.md': '# Home' });
    await gitOk(['push', address, 'main'], { cwd: local });
    const clone = workFolder('wiki-clone');
    await gitOk(['clone', '--quiet', address, clone]);
    expect(readFileSync(join(clone, 'Home.md'), 'utf8')).toBe('# Home');
    // The repository beside it saw nothing of that, and the wiki credential does not open it.
    expect(await remoteRefs(remote)).toEqual({});
    const beside = await git(['ls-remote', made.cloneUrl('acme/documented', 'ada', wiki)]);
    expect(beside.stderr).toContain('Your credentials lack one or more required privilege scopes.');
  });
});
