import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, git, gitOk, newRepository } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import { basic, send } from './git-wire.ts';

let server: TestServer;
let made: World;
let local: string;
let ada: string;

interface Made {
  readonly id: string;
  readonly secret: string;
}
const json = async (args: readonly string[]) => JSON.parse(await made.do([...args, '--json'])) as Made;
const token = (...options: string[]) =>
  json(['access-token', 'create', 'acme/app', '--name', 't', '--scope', 'repository:write', ...options]);
const urlOf = ({ secret }: Made) => made.cloneUrl('acme/app', 'x-token-auth', secret);

beforeAll(async () => {
  server = await startServer({ database: 'sqlite' });
  made = world(server);
  ({ secret: ada } = await made.usual());
  local = await newRepository('explain');
  await gitOk(['branch', 'base'], { cwd: local });
  await commitFiles(local, { 'docs/a.md': 'a\n' });
  await gitOk(['branch', 'docs'], { cwd: local });
  await gitOk(
    ['push', made.cloneUrl('acme/app', 'ada', ada), 'base:refs/heads/main', 'base:refs/heads/dev'],
    {
      cwd: local,
    },
  );
  await made.do(['restriction', 'add', 'acme/app', 'force', 'main']);
});

describe('latchkey explain', () => {
  it('foretells what a real push is told, change by change', async () => {
    const bound = await token('--ref', 'refs/heads/*', '--path', 'docs/**');
    const tags = await token('--ref', 'refs/tags/v*:create');
    const free = await token();
    const foretell = async ({ id }: Made, ref: string, change: string, path = 'docs/a.md') => {
      const args = [
        'explain',
        id,
        'repository.push',
        'acme/app',
        '--ref',
        ref,
        '--change',
        change,
        '--path',
        path,
      ];
      const { code, stdout } = await server.cli([...args, '--json']);
      const answer = JSON.parse(stdout) as { allowed: boolean; refs: { reason: string | null }[] };
      expect(code).toBe(answer.allowed ? 0 : 1);
      return { allowed: answer.allowed, reason: answer.refs[0]?.reason ?? '' };
    };
    for (const [who, ref, change, source] of [
      [tags, 'refs/heads/new', 'create', 'docs'],
      [tags, 'refs/tags/v1', 'create', 'docs'],
      [tags, 'refs/tags/v1', 'force', '+base'],
      [tags, 'refs/tags/v1', 'delete', ''],
      [free, 'refs/heads/dev', 'fast-forward', 'docs'],
      [free, 'refs/heads/dev', 'force', '+base'],
      [free, 'refs/heads/dev', 'delete', ''],
      [bound, 'refs/heads/fresh', 'create', 'docs'],
      [bound, 'refs/heads/fresh', 'force', '+base'],
      [free, 'refs/heads/main', 'fast-forward', 'docs'],
      [free, 'refs/heads/main', 'force', '+base'],
      [bound, 'refs/heads/main', 'delete', ''],
    ] as const) {
      const told = await foretell(who, ref, change);
      const { code, stderr } = await git(['push', urlOf(who), `${source}:${ref}`], { cwd: local });
      expect(code === 0, `${change} ${ref}: ${stderr}`).toBe(told.allowed);
      const { says } = /cred_\w+: (?<says>.{20})/.exec(told.reason)?.groups ?? {};
      if (!told.allowed && !(change === 'delete' && ref === 'refs/heads/main'))
        expect(stderr).toContain(says ?? '?');
    }
    expect((await foretell(bound, 'dev', 'fast-forward', 'src/a.ts')).reason).toContain('docs/**');
  });

  it('says why, and ends with 0 or 1', async () => {
    const { id } = await token('--from', '192.0.2.0/24', '--uses', '3');
    const asked = ['explain', id, 'repository.fetch', 'acme/app'];
    const yes = await server.cli([...asked, '--from', '192.0.2.7']);
    expect([yes.code, yes.stderr]).toEqual([0, '']);
    expect(yes.stdout).toMatch(/^ALLOWED: repository access token "t" \(cred_/);
    expect(yes.stdout).toContain('only from 192.0.2.0/24');
    const no = await server.cli(asked);
    expect(no.code).toBe(1);
    expect(no.stdout).toMatch(/^REFUSED/);
    expect(no.stdout).toContain('say from which address');
    const bad = await server.cli([...asked, '--at', 'yesterday']);
    expect([bad.code, bad.stdout]).toEqual([1, '']);
    expect(bad.stderr).toContain('is no date');
    // Asking uses nothing up.
    const [listed] = (await made.credentials({ repository: 'acme/app' })).filter((each) => each['id'] === id);
    expect(listed?.['last_used_at']).toBeNull();
  });

  it('takes any words without falling over', { timeout: 120_000 }, async () => {
    const { id } = await token();
    const odd = ['', '__proto__', '../a/b', '🗝 *'];
    for (const [index, word] of odd.entries()) {
      const next = odd[(index + 1) % odd.length] ?? '';
      for (const args of [
        ['explain', word, 'repository.push', 'acme/app'],
        ['explain', id, word, 'acme/app'],
        ['explain', id, 'repository.push', word, '--ref', next],
        ['explain', id, 'repository.push', 'acme/app', '--ref', word, '--path', next],
        ['who-can', 'repository.push', 'acme/app', '--ref', word],
        ['who-can', word, next],
        ['restriction', 'add', 'acme/app', 'push', word, '--user', next],
        ['restriction', 'add', word, 'push', 'x'],
        ['restriction', 'remove', 'acme/app', word],
      ]) {
        const { code, stderr } = await server.cli(args);
        expect([0, 1, 2], args.join(' ')).toContain(code);
        expect(stderr, args.join(' ')).not.toMatch(/node_modules|\bat \S+ \(|TypeError|SQLITE/);
      }
    }
  });
});

describe('latchkey who-can', () => {
  it('lists people with what they hold, and credentials with what confines them', async () => {
    await made.account('bob');
    await made.do(['workspace', 'member', 'add', 'acme', 'bob']);
    await made.do(['group', 'create', 'acme', 'devs']);
    await made.do(['group', 'add', 'acme', 'devs', 'bob']);
    await made.role('acme/app', '@devs', 'write');
    const reader = await json(['access-token', 'create', 'acme/app', '--name', 'r', '--scope', 'repository']);
    const bound = await token('--ref', 'refs/heads/release/*', '--from', '192.0.2.0/24');
    const answer = JSON.parse(
      await made.do(['who-can', 'repository.push', 'acme/app', '--ref', 'release/1', '--json']),
    ) as {
      people: { user: string; through: string[] }[];
      credentials: { id: string; now: boolean; waits_for: string }[];
    };
    expect(answer.people.map(({ user, through }) => [user, ...through])).toEqual([
      ['ada', 'owner of the workspace'],
      ['bob', 'write through @devs'],
    ]);
    const ids = answer.credentials.map(({ id }) => id);
    expect(ids).toContain(bound.id);
    expect(ids).not.toContain(reader.id);
    expect(answer.credentials.find(({ id }) => id === bound.id)).toMatchObject({
      now: false,
      waits_for: 'networks',
    });
    const main = await made.do(['who-can', 'repository.push', 'acme/app', '--ref', 'main']);
    expect(main).not.toContain(bound.id);
    expect(main).toContain('bob');
  });
});

describe('a refusal explains itself', () => {
  it('to Git, with operation, public id, what was missing and what would be right', async () => {
    const reader = await json(['access-token', 'create', 'acme/app', '--name', 'r', '--scope', 'repository']);
    const { code, stderr } = await git(['push', urlOf(reader), 'docs:refs/heads/z'], { cwd: local });
    expect(code).not.toBe(0);
    for (const part of [
      'To push to a repository',
      reader.id,
      'needs the scope repository:write',
      'Create a credential',
    ])
      expect(stderr).toContain(part);
  });

  it('over REST, in error.data', async () => {
    const far = await token('--from', '192.0.2.0/24');
    const answer = await send(server, '/2.0/repositories/acme/app', {
      headers: { authorization: `Bearer ${far.secret}` },
    });
    expect(answer.status).toBe(403);
    const body = JSON.parse(answer.body.toString()) as { error: { data: Record<string, unknown> } };
    expect(body.error.data).toMatchObject({
      reason: 'out_of_bounds',
      operation: 'source.read',
      credential: far.id,
      bound: 'networks',
      hint: expect.stringContaining('192.0.2.0/24'),
    });
    const kind = await send(server, '/2.0/user', {
      headers: { authorization: `Bearer ${(await token()).secret}` },
    });
    const { error } = JSON.parse(kind.body.toString()) as { error: { data: { hint: string } } };
    expect(error.data.hint).toMatch(
      /with a repository access token \(cred_\w+\)\. It takes an app password or an OAuth access token with account, or an API token with read:user:bitbucket\./,
    );
  });

  it('to a credential about itself', async () => {
    const own = await token('--one-push');
    const { status, body } = await send(server, '/2.0/latchkey/credentials/self?repository=acme/app', {
      headers: { authorization: `Bearer ${own.secret}` },
    });
    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toMatchObject({
      id: own.id,
      remaining_pushes: 1,
      on: { full_name: 'acme/app' },
    });
    const wrong = await send(server, '/2.0/latchkey/credentials/self', {
      headers: { authorization: basic('ada', 'wrong') },
    });
    expect(wrong.status).toBe(401);
  });
});
