import { beforeAll, expect, test } from 'vitest';
import { git, gitOk, newRepository, withCredentials, workFolder } from '../support/git.ts';
import { startReceiver, type Receiver } from '../support/hook-receiver.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { hasSsh, newSshKey, sshGit, sshGitOk } from '../support/ssh.ts';
import { world } from '../support/world.ts';
import { json, lfsClient, lfsFile, type Lock } from './lfs-wire.ts';

/** One walk through every door with all rows in a real PostgreSQL; everything else about the doors is tested on SQLite. */

await describeOnPostgres('every door on PostgreSQL', () => {
  let server: TestServer;
  let receiver: Receiver;
  let secret: string;
  let token: string;

  beforeAll(async () => {
    receiver = await startReceiver();
    server = await startServer({
      database: 'postgres',
      environment: { LATCHKEY_WEBHOOK_NETWORKS: '127.0.0.0/8' },
    });
    const make = world(server);
    await make.account('jane');
    await make.workspace('team', 'jane');
    await make.do(['repository', 'create', 'team/app', '--wiki']);
    secret = await make.appPassword('jane', ['repository:write', 'wiki', 'account']);
    token = await make.accessToken('team/app', ['repository']);
  });

  test('Git: push, clone, wiki, and a token that may only read', async () => {
    const work = await newRepository('pushed', { 'README.md': '# On PostgreSQL\n' });
    const address = `${server.url}/team/app.git`;
    await gitOk(['push', withCredentials(address, 'jane', secret), 'HEAD:refs/heads/main'], { cwd: work });
    await gitOk(['clone', withCredentials(address, 'x-token-auth', token), workFolder('clone')]);
    await gitOk(['clone', withCredentials(`${address}/wiki`, 'jane', secret), workFolder('wiki')]);
    const refused = await git(
      ['push', withCredentials(address, 'x-token-auth', token), 'HEAD:refs/heads/x'],
      { cwd: work },
    );
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('scope');
    const refs = await gitOk(['ls-remote', withCredentials(address, 'jane', secret)]);
    expect(refs).not.toContain('refs/heads/x');
  });

  test('a derived token reads, is listed, and ends when it is told to', async () => {
    const derived = `${server.url}/2.0/latchkey/credentials/derived`;
    const authorization = `Basic ${Buffer.from(`jane:${secret}`).toString('base64')}`;
    const answer = await fetch(derived, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ label: 'job', scopes: ['repository'] }),
    });
    expect(answer.status).toBe(201);
    const made = (await answer.json()) as { id: string; secret: string };
    const address = withCredentials(`${server.url}/team/app.git`, 'jane', made.secret);
    expect(await gitOk(['ls-remote', address])).toContain('refs/heads/main');
    expect(await (await fetch(derived, { headers: { authorization } })).json()).toMatchObject({ size: 1 });
    const ended = await fetch(`${derived}/${made.id}`, { method: 'DELETE', headers: { authorization } });
    expect(ended.status).toBe(204);
    expect((await git(['ls-remote', address])).stderr).toContain('Authentication failed');
  });

  test('REST: Basic and Bearer, and nothing for strangers', async () => {
    const basic = `Basic ${Buffer.from(`jane:${secret}`).toString('base64')}`;
    const user = await fetch(`${server.url}/2.0/user`, { headers: { authorization: basic } });
    expect(await user.json()).toMatchObject({ type: 'user', username: 'jane' });
    const repository = await fetch(`${server.url}/2.0/repositories/team/app`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await repository.json()).toMatchObject({ full_name: 'team/app' });
    expect((await fetch(`${server.url}/2.0/repositories/team/app`)).status).toBe(404);
    const form = new FormData();
    form.append('/by-rest.txt', new Blob(['on a branch']), 'by-rest.txt');
    form.append('branch', 'by-rest');
    const at = `${server.url}/2.0/repositories/team/app`;
    const headers = { authorization: basic };
    const made = await fetch(`${at}/src`, { method: 'POST', headers, body: form });
    expect(made.status).toBe(201);
    expect(await (await fetch(`${at}/src/by-rest/by-rest.txt`, { headers })).text()).toBe('on a branch');
    const gone = await fetch(`${at}/refs/branches/by-rest`, { method: 'DELETE', headers });
    expect(gone.status).toBe(204);
  });

  test('webhooks: told of a push', async () => {
    const scopes = ['read:repository:bitbucket', 'read:webhook:bitbucket', 'write:webhook:bitbucket'];
    const options = scopes.flatMap((scope) => ['--scope', scope]);
    const key = await world(server).do(['api-token', 'create', 'jane', '--label', 'hooks', ...options]);
    const made = await fetch(`${server.url}/2.0/repositories/team/app/hooks`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`jane:${key}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ url: `${receiver.url}/hook`, events: ['repo:push'], secret: 'sesame' }),
    });
    expect(made.status).toBe(201);
    const work = await newRepository('hooked');
    const address = withCredentials(`${server.url}/team/app.git`, 'jane', secret);
    await gitOk(['push', address, 'HEAD:refs/heads/hooked'], { cwd: work });
    const { json, headers } = await receiver.next('/hook');
    expect(json['push'].changes).toMatchObject([{ created: true, new: { name: 'hooked' } }]);
    expect(headers['x-hub-signature']).toMatch(/^sha256=[0-9a-f]{64}$/);
  });

  test('Git LFS: files and locks, and a token that may only read', async () => {
    const file = lfsFile('kept beside Git');
    const [mine, reading] = [
      lfsClient(server, 'team/app', 'jane', secret),
      lfsClient(server, 'team/app', 'x-token-auth', token),
    ];
    expect((await mine.put(file)).status).toBe(200);
    expect((await reading.get(file.oid)).body.toString()).toBe('kept beside Git');
    expect((await reading.put(file)).status).toBe(403);
    expect((await reading.lock('a.bin')).status).toBe(403);
    const made = await Promise.all([mine.lock('a.bin'), mine.lock('a.bin'), mine.lock('a.bin')]);
    expect(made.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    const { locks } = json<{ locks: readonly Lock[] }>(await reading.locks());
    expect(locks).toMatchObject([{ path: 'a.bin', owner: { name: 'jane' } }]);
    expect((await mine.unlock(locks[0]?.id ?? '')).status).toBe(200);
  });

  test.skipIf(!hasSsh)(
    'SSH: a person’s key pushes, an access key reads, and neither once it ended',
    async () => {
      const make = world(server);
      const [mine, reading] = await Promise.all([newSshKey('mine'), newSshKey('reading')]);
      await make.do(['ssh-key', 'add', 'jane', '--label', 'laptop'], mine.line);
      await make.do(['access-key', 'add', 'team/app', '--label', 'mirror'], reading.line);
      const address = `${server.ssh}/team/app.git`;
      const work = await newRepository('by-ssh');
      await sshGitOk(mine, ['push', address, 'HEAD:refs/heads/by-ssh'], { cwd: work });
      await sshGitOk(reading, ['clone', '--quiet', '--branch', 'by-ssh', address, workFolder('by-key')]);
      const refused = await sshGit(reading, ['push', address, 'HEAD:refs/heads/y'], { cwd: work });
      expect(refused.stderr).toContain('access via a deployment key is read-only.');
      const [key] = (await make.credentials({ user: 'jane' })).filter(({ kind }) => kind === 'ssh_key');
      await make.revoke(String(key?.['id']));
      expect((await sshGit(mine, ['ls-remote', address])).stderr).toContain('Permission denied');
      expect(await sshGitOk(reading, ['ls-remote', address])).not.toContain('refs/heads/y');
    },
  );

  test('Web: the sign-in page, and one page for all that strangers may not see', async () => {
    expect((await fetch(`${server.url}/login`)).status).toBe(200);
    expect((await fetch(`${server.url}/team/app`)).status).toBe(404);
  });

  test('Command line: a revocation is seen at the next request', async () => {
    const make = world(server);
    const [credential] = await make.credentials({ repository: 'team/app' });
    await make.revoke(String(credential?.['id']));
    const answer = await fetch(`${server.url}/2.0/repositories/team/app`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(401);
  });
});
