import { beforeAll, expect, test } from 'vitest';
import { git, gitOk, newRepository, withCredentials, workFolder } from '../support/git.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

/** One walk through every door with all rows in a real PostgreSQL; everything else about the doors is tested on SQLite. */

await describeOnPostgres('every door on PostgreSQL', () => {
  let server: TestServer;
  let secret: string;
  let token: string;

  beforeAll(async () => {
    server = await startServer({ database: 'postgres' });
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

  test('REST: Basic and Bearer, and nothing for strangers', async () => {
    const basic = `Basic ${Buffer.from(`jane:${secret}`).toString('base64')}`;
    const user = await fetch(`${server.url}/2.0/user`, { headers: { authorization: basic } });
    expect(await user.json()).toMatchObject({ type: 'user', username: 'jane' });
    const repository = await fetch(`${server.url}/2.0/repositories/team/app`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await repository.json()).toMatchObject({ full_name: 'team/app' });
    expect((await fetch(`${server.url}/2.0/repositories/team/app`)).status).toBe(404);
  });

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
