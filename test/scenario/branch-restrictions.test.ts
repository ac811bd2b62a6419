import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, git, gitOk, newRepository } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import { advertisedRefs, basic, commandList, contentType, flush, packet, send, zero } from './git-wire.ts';

let server: TestServer;
let made: World;
let local: string;
let ada: string;
let bob: { id: string; secret: string };
let token: { id: string; secret: string };

const json = async (args: readonly string[]) =>
  JSON.parse(await made.do([...args, '--json'])) as { id: string; secret: string };

beforeAll(async () => {
  server = await startServer({ database: 'sqlite' });
  made = world(server);
  ({ secret: ada } = await made.usual());
  await made.account('bob');
  await made.account('cleo');
  for (const name of ['bob', 'cleo']) await made.do(['workspace', 'member', 'add', 'acme', name]);
  await made.do(['group', 'create', 'acme', 'releasers']);
  await made.do(['group', 'add', 'acme', 'releasers', 'cleo']);
  bob = await json(['app-password', 'create', 'bob', '--label', 'x', '--scope', 'repository:write']);
  local = await newRepository('restrictions');
  await gitOk(['branch', 'base'], { cwd: local });
  await commitFiles(local, { 'next.txt': 'next\n' });
});

let count = 0;
async function fresh() {
  count += 1;
  const path = `acme/r${count}`;
  await made.repository(path);
  for (const name of ['bob', 'cleo']) await made.role(path, name, 'write');
  token = await json(['access-token', 'create', path, '--name', 'ci', '--scope', 'repository:write']);
  const cleo = await made.appPassword('cleo', ['repository:write']);
  const urls = {
    ada: made.cloneUrl(path, 'ada', ada),
    bob: made.cloneUrl(path, 'bob', bob.secret),
    cleo: made.cloneUrl(path, 'cleo', cleo),
    token: made.cloneUrl(path, 'x-token-auth', token.secret),
  };
  await gitOk(
    ['push', urls.ada, 'base:refs/heads/main', 'base:refs/heads/old', 'base:refs/heads/release/1'],
    {
      cwd: local,
    },
  );
  const tips = () => advertisedRefs(server, path, 'ada', ada);
  const push = (url: string, ...refs: string[]) => git(['push', url, ...refs], { cwd: local });
  return { path, urls, tips, push };
}
const restrict = (...args: string[]) => made.do(['restriction', 'add', ...args]);

describe('branch restrictions, with real Git', () => {
  it('push lets those whom it names through: people, groups and access tokens', async () => {
    const { path, urls, tips, push } = await fresh();
    await restrict(path, 'push', 'main', '--user', 'ada', '--group', 'releasers', '--access-token', token.id);
    const before = await tips();
    const refused = await push(urls.bob, 'main:main');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('Permission denied to update branch main');
    expect(refused.stderr).toContain(bob.id);
    expect(await tips()).toEqual(before);
    // Other branches are nobody's business, and the other refs of the push go on.
    const mixed = await push(urls.bob, 'main:main', 'main:dev');
    expect(mixed.stderr).toMatch(/main -> dev/);
    expect(await tips()).toEqual({
      ...before,
      'refs/heads/dev': await gitOk(['rev-parse', 'main'], { cwd: local }),
    });
    for (const [who, ref] of [
      ['ada', 'base~0:refs/heads/x'],
      ['token', 'main:main'],
      ['cleo', 'main:main'],
    ] as const) {
      expect((await push(urls[who], ref)).code, who).toBe(0);
    }
    await made.do(['restriction', 'remove', path, '1']);
    expect((await push(urls.bob, 'main:main')).code).toBe(0);
  });

  it('force and delete let nobody, not even its owner', async () => {
    const { path, urls, tips, push } = await fresh();
    await push(urls.ada, 'main:main');
    await restrict(path, 'force', 'main');
    await restrict(path, 'delete', 'release/*');
    const before = await tips();
    for (const [url, ref, branch, says] of [
      [urls.ada, '+base:main', 'main', 'nobody may rewrite this branch'],
      [urls.token, '+base:main', 'main', 'nobody may rewrite this branch'],
      [urls.ada, ':release/1', 'release/1', 'nobody may delete this branch'],
    ] as const) {
      const { code, stderr } = await push(url, ref);
      expect(code).not.toBe(0);
      expect(stderr).toContain(`Permission denied to update branch ${branch}: ${says}`);
    }
    expect(await tips()).toEqual(before);
    expect((await push(urls.bob, ':old')).code).toBe(0);
    expect((await push(urls.bob, '+base:refs/heads/other')).code).toBe(0);
  });

  it('an atomic push with one restricted ref moves none, in either order', async () => {
    const { path, urls, tips } = await fresh();
    await restrict(path, 'push', 'release/*');
    const before = await tips();
    for (const refs of [
      ['main:main', 'main:release/1'],
      ['main:release/1', 'main:main'],
    ]) {
      const { code } = await git(['push', '--atomic', urls.bob, ...refs], { cwd: local });
      expect(code).not.toBe(0);
      expect(await tips()).toEqual(before);
    }
  });

  it('meets bounds in one decision: both must allow', async () => {
    const { path, urls, tips, push } = await fresh();
    const bound = await json([
      'access-token',
      'create',
      path,
      '--name',
      'bound',
      '--scope',
      'repository:write',
      '--ref',
      'refs/heads/main',
      '--ref',
      'refs/heads/release/*',
    ]);
    await restrict(path, 'push', 'release/*', '--access-token', token.id);
    await restrict(path, 'push', 'main', '--access-token', bound.id);
    const url = made.cloneUrl(path, 'x-token-auth', bound.secret);
    const before = await tips();
    // Bounded and not named; named and out of bounds.
    expect((await push(url, 'main:release/1')).stderr).toContain(
      'Permission denied to update branch release/1',
    );
    expect((await push(url, 'main:dev')).stderr).toContain('it may change only');
    expect((await push(urls.token, 'main:main')).stderr).toContain('Permission denied to update branch main');
    expect(await tips()).toEqual(before);
    expect((await push(url, 'main:main')).code).toBe(0);
    expect((await push(urls.token, 'main:release/1')).code).toBe(0);
  });

  it('T28: the rules of one repository say nothing in another, and follow it through a rename', async () => {
    const one = await fresh();
    const other = await fresh();
    await restrict(one.path, 'push', '*');
    expect((await other.push(other.urls.bob, 'main:main')).code).toBe(0);
    await made.do(['repository', 'rename', one.path, 'renamed']);
    const renamed = made.cloneUrl('acme/renamed', 'bob', bob.secret);
    expect((await one.push(renamed, 'main:main')).stderr).toContain(
      'Permission denied to update branch main',
    );
    const { stderr } = await server.cli(['restriction', 'remove', other.path, '1']);
    expect(stderr).toContain('This repository has no branch restriction of that id.');
  });

  it('revoking or narrowing what a rule names leaves the rule', async () => {
    const { path, urls, push, tips } = await fresh();
    await restrict(path, 'push', 'main', '--access-token', token.id);
    await made.revoke(token.id);
    const before = await tips();
    expect((await push(urls.token, 'main:main')).code).not.toBe(0);
    expect((await push(urls.ada, 'main:main')).stderr).toContain('Permission denied to update branch main');
    expect(await tips()).toEqual(before);
  });

  it('a wiki has no branch restrictions', async () => {
    await made.do(['repository', 'create', 'acme/documented', '--wiki']);
    await restrict('acme/documented', 'push', '*');
    await restrict('acme/documented', 'force', '*');
    const wiki = `${made.cloneUrl('acme/documented', 'ada', await made.appPassword('ada', ['wiki']))}/wiki`;
    expect((await git(['push', wiki, 'main:main'], { cwd: local })).code).toBe(0);
    expect((await git(['push', wiki, '+base:main'], { cwd: local })).code).toBe(0);
    const source = made.cloneUrl('acme/documented', 'ada', ada);
    expect((await git(['push', source, 'main:main'], { cwd: local })).code).not.toBe(0);
  });
});

describe('T31: push options', () => {
  it('are not offered, and change nothing when they are sent all the same', async () => {
    const { path, urls, tips } = await fresh();
    const before = await tips();
    const { code, stderr } = await git(['push', '-o', 'repo.private=false', urls.ada, 'main:main'], {
      cwd: local,
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain('does not support push options');
    expect(await tips()).toEqual(before);
    const headers = { authorization: basic('ada', ada), ...contentType('git-receive-pack') };
    const refs = await send(server, `/${path}.git/info/refs?service=git-receive-pack`, { headers });
    expect(refs.body.toString()).not.toContain('push-options');
    const id = before['refs/heads/old'] ?? '';
    await send(server, `/${path}.git/git-receive-pack`, {
      headers,
      body: Buffer.concat([
        commandList([[id, zero, 'refs/heads/old']], 'report-status push-options object-format=sha1'),
        packet('repo.private=false'),
        flush,
      ]),
    });
    const anonymous = await git(['ls-remote', made.cloneUrl(path)]);
    expect(anonymous.code).not.toBe(0);
  });
});
