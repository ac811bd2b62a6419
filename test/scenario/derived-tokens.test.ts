import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { viewApplication } from '../../src/acts/oauth/consents.ts';
import { Secret } from '../../src/credentials/index.ts';
import { enter } from '../../src/entry/index.ts';
import { codeIn, openOauthServer, type OauthServer } from '../oauth/oauth-server.ts';
import { commitFiles, git, gitOk, newRepository, withCredentials, workFolder } from '../support/git.ts';
import { projectRoot, run } from '../support/run.ts';

/** Derived tokens as a job gets them, by the command line, and with real Git. */
let host: OauthServer;
let local: string;
let tip: string;

beforeAll(async () => {
  host = await openOauthServer();
  local = await newRepository('derived');
  const seed = await host.world.appPassword('ada', ['repository:write']);
  await gitOk(['push', '--quiet', url('ada', seed), 'main'], { cwd: local });
  tip = await commitFiles(local, { 'bot.txt': 'x\n' }, 'By a job');
});

const url = (user: string, secret: string) => withCredentials(host.world.cloneUrl('acme/app'), user, secret);

/** `latchkey derive`, on a machine that has no data folder. */
const derive = (secret: string, ...args: readonly string[]) =>
  run(process.execPath, [join(projectRoot, 'dist/main.js'), 'derive', host.server.url, ...args], {
    cwd: workFolder('.'),
    input: `${secret}\n`,
  });

/** The secret alone, as standard output has it. */
async function derived(secret: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await derive(secret, ...args);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^lkdt_[0-9A-Za-z]{38}\n$/);
  return stdout.trim();
}

describe('latchkey derive', () => {
  it('hands a job what pushes to one branch, once, and to nothing else', async () => {
    const parent = await host.world.appPassword('ada', ['repository:write']);
    const child = await derived(
      parent,
      ...'--user ada --label job --scope repository:write --repository acme/app'.split(' '),
      ...'--ref refs/heads/bot/* --one-push --expires-in 10m'.split(' '),
    );
    const push = (ref: string) => git(['push', url('ada', child), `HEAD:refs/heads/${ref}`], { cwd: local });
    const other = await push('main');
    expect(other.code).not.toBe(0);
    expect(other.stderr).toMatch(/it may change only refs\/heads\/bot\/\*/);
    expect((await push('bot/one')).code).toBe(0);
    const again = await push('bot/two');
    expect(again.code).not.toBe(0);
    await gitOk(['clone', '--quiet', url('ada', child), workFolder('by-child')]);
    // Its parent is as wide as it was.
    await gitOk(['push', '--quiet', url('ada', parent), 'HEAD:refs/heads/other'], { cwd: local });
    expect(await gitOk(['ls-remote', url('ada', parent), 'refs/heads/*'])).toContain('refs/heads/bot/one');
    expect(await gitOk(['ls-remote', url('ada', parent), 'refs/heads/bot/two'])).toBe('');
  });

  it('shows what it made as JSON, and the operator sees where it came from', async () => {
    const parent = await host.world.accessToken('acme/app', ['repository:write'], { name: 'parent' });
    const { stdout } = await derive(parent, '--label', 'child', '--scope', 'repository', '--json');
    const made = JSON.parse(stdout) as Record<string, unknown>;
    expect(made).toMatchObject({ kind: 'repository_access_token', label: 'child', scopes: ['repository'] });
    const listed = await host.world.credentials({ repository: 'acme/app' });
    const of = (label: string) => listed.find((each) => each['label'] === label);
    expect(of('child')).toMatchObject({ id: made['id'], derived_from: of('parent')?.['id'] });
    expect(of('parent')).toMatchObject({ derived_from: null });
    expect(JSON.stringify(listed)).not.toContain(String(made['secret']));
  });

  it('takes back what nobody could read, and says what a second generation lacks', async () => {
    const parent = await host.world.appPassword('ada', ['repository'], 'full');
    const [command, ...args] = [
      process.execPath,
      join(projectRoot, 'dist/main.js'),
      'derive',
      host.server.url,
    ];
    const words = [...args, ...'--user ada --label unread --scope repository'.split(' ')];
    const line = [command, ...words].map((word) => `'${word}'`).join(' ');
    const { code, stderr } = await run('sh', ['-c', `${line} > /dev/full`], { input: `${parent}\n` });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/cred_\w+ was revoked\.\n$/)]);
    const listed = await host.world.credentials({ user: 'ada' });
    expect(listed.find((each) => each['label'] === 'unread')).toMatchObject({ state: 'revoked' });
    const child = await derived(parent, ...'--user ada --label one --scope repository'.split(' '));
    const second = await derive(child, '--label', 'two', '--scope', 'repository');
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('genuine, but it must be sent');
  });

  it.each([
    [
      'an app password without a name',
      'app-password',
      [],
      /An app password is sent with the name of its owner: add --user NAME\./,
    ],
    ['a secret that nobody has', 'unknown', [], /The host refused/],
    ['nothing', 'nothing', [], /on standard input/],
    ['two lines', 'two', [], /and nothing else/],
    [
      'a scope that the credential has not',
      'app-password',
      ['--user', 'ada', '--scope', 'account'],
      /has nothing that its parent has not/,
    ],
    ['a time without a unit', 'app-password', ['--user', 'ada', '--expires-in', '90'], /such as 15m/],
  ])('makes nothing of %s, and says what would be right', async (_what, which, more, says) => {
    const secrets: Readonly<Record<string, string>> = {
      'app-password': await host.world.appPassword('ada', ['repository']),
      unknown: `lkrt_${'0'.repeat(38)}`,
      nothing: '',
      two: 'lkrt_a\nlkrt_b',
    };
    const secret = secrets[which] ?? '';
    const { stdout, stderr, code } = await derive(secret, '--label', 'x', '--scope', 'repository', ...more);
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(says);
    if (secret !== '') expect(stderr).not.toContain(secret);
  });
});

describe('what is derived', () => {
  it('from an access token pushes as the same bot, under its own id', async () => {
    const parent = await host.world.accessToken('acme/app', ['repository:write'], { name: 'one bot' });
    const child = await derived(parent, '--label', 'its job', '--scope', 'repository:write');
    await gitOk(['push', '--quiet', url('x-token-auth', parent), 'HEAD:refs/heads/by-parent'], {
      cwd: local,
    });
    await gitOk(['push', '--quiet', url('x-token-auth', child), 'HEAD:refs/heads/by-child'], { cwd: local });
    const pushes = await host.services.database
      .selectFrom('push')
      .innerJoin('push_ref', 'push_ref.push_id', 'push.id')
      .select(['actor_type', 'actor_id', 'credential_id', 'push_ref.ref'])
      .where('push_ref.ref', 'in', ['refs/heads/by-parent', 'refs/heads/by-child'])
      .execute();
    expect(pushes).toHaveLength(2);
    expect(new Set(pushes.map(({ actor_type, actor_id }) => `${actor_type} ${actor_id}`)).size).toBe(1);
    expect(pushes[0]?.actor_type).toBe('app_user');
    expect(new Set(pushes.map(({ credential_id }) => credential_id)).size).toBe(2);
  });

  it('is let through where a rule about branches names what it came of, and is never named itself', async () => {
    const parent = await host.world.accessToken('acme/app', ['repository:write'], { name: 'releaser' });
    const other = await host.world.accessToken('acme/app', ['repository:write'], { name: 'other' });
    const listed = await host.world.credentials({ repository: 'acme/app' });
    const id = String(listed.find((each) => each['label'] === 'releaser')?.['id']);
    await host.world.do(['restriction', 'add', 'acme/app', 'push', 'rel/*', '--access-token', id]);
    const words = ['--label', 'release job', '--scope', 'repository:write'];
    const { stdout } = await derive(parent, ...words, '--json');
    const child = JSON.parse(stdout) as { id: string; secret: string };
    const push = (secret: string) =>
      git(['push', url('x-token-auth', secret), 'HEAD:refs/heads/rel/1'], { cwd: local });
    expect((await push(await derived(other, ...words))).code).not.toBe(0);
    expect((await push(child.secret)).code).toBe(0);
    const naming = ['restriction', 'add', 'acme/app', 'push', 'only/*', '--access-token', child.id];
    await expect(host.world.do(naming)).rejects.toThrow('There is no live access token');
  });

  it('from an OAuth token ends when the consent behind that is withdrawn', async () => {
    const shop = await host.consumer('Shop', ['repository:write', 'account']);
    const code = codeIn(await host.authorize('ada', { response_type: 'code', client_id: shop.key }));
    const { body } = await host.post('access_token', shop, { grant_type: 'authorization_code', code });
    const access = String(body['access_token']);
    const child = await derived(access, '--label', 'part', '--scope', 'repository');
    for (const user of ['x-token-auth', 'ada'])
      expect(await gitOk(['ls-remote', url(user, child), 'refs/heads/main'])).toContain('refs/heads/main');
    expect((await host.rest('/repositories/acme/app', child)).status).toBe(200);
    // It holds one scope of two.
    expect((await host.rest('/user', access)).status).toBe(200);
    expect((await host.rest('/latchkey/credentials/self', child)).body).toMatchObject({
      scopes: ['repository'],
    });
    // What the consumer may no longer ask of anybody, nothing that came of it may either.
    const allow = (scopes: readonly string[]) =>
      host.services.database
        .updateTable('oauth_consumer')
        .set({ scopes: scopes.join(' ') })
        .where('id', '=', shop.id)
        .execute();
    await allow(['account']);
    expect((await host.rest('/repositories/acme/app', child)).status).toBe(403);
    await allow(['repository:write', 'account']);
    expect((await host.rest('/repositories/acme/app', child)).status).toBe(200);
    // The person who consented is shown what was done with it.
    const entering = await enter(host.services, {
      operation: 'repository.view',
      targets: [{ type: 'repository', workspace: 'acme', repository: 'app' }],
      presented: { type: 'bearer', secret: new Secret(child) },
      surface: 'rest',
      address: '127.0.0.1',
    });
    expect(entering.principal).toMatchObject({ label: 'part' });
    await host.services.writeUses();
    const { usage } = await viewApplication(host.services, await host.as('ada', 'consent.list'), shop.id);
    expect(usage.uses.map(({ operation }) => operation)).toContain('repository.view');
    const bystander = await host.post('introspect', shop, { token: child });
    expect(bystander.body).toEqual({ active: false });
    await host.withdraw('ada', shop.id);
    expect((await git(['ls-remote', url('x-token-auth', child)])).stderr).toContain('Authentication failed');
    expect((await host.rest('/repositories/acme/app', child)).status).toBe(401);
  });

  it('from the token of a consumer’s own app user is as much of it, and ends with the secret that asked', async () => {
    const robot = await host.consumer('Robot', ['repository:write']);
    const { body } = await host.post('access_token', robot, { grant_type: 'client_credentials' });
    const child = await derived(String(body['access_token']), '--label', 'part', '--scope', 'repository');
    expect(await gitOk(['ls-remote', url('x-token-auth', child), 'refs/heads/main'])).toContain('main');
    const pushed = await git(['push', url('x-token-auth', child), `${tip}:refs/heads/no`], { cwd: local });
    expect(pushed.code).not.toBe(0);
    await host.world.do(['oauth-consumer', 'delete', 'acme', robot.key]);
    expect((await host.rest('/repositories/acme/app', child)).status).toBe(401);
  });
});
