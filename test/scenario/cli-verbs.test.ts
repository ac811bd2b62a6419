import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { atEndOfFile } from '../support/cleanup.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { CommandLine } from '../support/command-line.ts';
import { projectRoot, run, type Outcome, type RunOptions } from '../support/run.ts';
import { begin, env, folder, latchkey, main, refusedWith } from '../support/verbs.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

/** Not what was asked for: help on standard error, nothing on standard output, exit code 2. */
function misused({ stdout, stderr, code }: Outcome): string {
  expect({ stdout, stderr, code }).toMatchObject({ stdout: '', code: 2 });
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+|node:internal/);
  return stderr;
}

/** Two at a time: a process start is most of the work, and there are other cores than one. */
async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all([worker(), worker(), worker()]);
}

const verbs = [
  ['serve'],
  ['user', 'create'],
  ['user', 'invite'],
  ['user', 'password'],
  ['user', 'disable'],
  ['user', 'enable'],
  ['workspace', 'create'],
  ['workspace', 'member', 'add'],
  ['workspace', 'member', 'remove'],
  ['group', 'create'],
  ['group', 'add'],
  ['group', 'remove'],
  ['project', 'create'],
  ['project', 'list'],
  ['repository', 'create'],
  ['repository', 'delete'],
  ['repository', 'restore'],
  ['repository', 'rename'],
  ['repository', 'transfer'],
  ['role', 'grant'],
  ['role', 'revoke'],
  ['app-password', 'create'],
  ['api-token', 'create'],
  ['access-token', 'create'],
  ['trust-policy', 'create'],
  ['trust-policy', 'test'],
  ['issuer', 'remove'],
  ['credential', 'list'],
  ['credential', 'pause'],
  ['credential', 'resume'],
  ['credential', 'revoke'],
  ['doctor'],
];

describe('help', () => {
  it('teaches every verb: what it does, its arguments, where the data is', async () => {
    const commandLine = new CommandLine(env);
    atEndOfFile(async () => commandLine.end());
    for (const verb of verbs) {
      const { stdout, stderr, code } = await commandLine.run({
        args: [...verb, '--help'],
        env: {},
        input: undefined,
      });
      expect([verb, code, stderr]).toEqual([verb, 0, '']);
      expect(stdout).toContain('--data <folder>');
      expect(stdout).toContain('--database <url>');
      expect([verb, stdout]).toEqual([verb, expect.stringMatching(/^Usage: [^\n]+\n\n\w[^\n]{9,}/)]);
      if (verb.length > 1)
        expect([verb, stdout]).toEqual([verb, expect.stringMatching(/Usage: [^\n]*<|--json/)]);
    }
  });

  it('lists every verb', async () => {
    const { stdout, code } = await latchkey(['--help']);
    expect(code).toBe(0);
    for (const [verb] of [...verbs, ['login'], ['credential-helper'], ['job-token']])
      expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
  });

  it('says which version this is', async () => {
    const { version } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(await latchkey(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '', code: 0 });
  });

  it('has verbs for people whose host is elsewhere, which know no data folder and touch none', async () => {
    const cwd = await folder();
    // Whoever made a repository could lay a cache of compiled code into it, which would be run.
    await mkdir(join(cwd, 'data'));
    for (const verb of ['login', 'credential-helper', 'job-token']) {
      const { stdout, code } = await latchkey([verb, '--help'], { cwd });
      expect([verb, code]).toEqual([verb, 0]);
      expect(stdout).toMatch(/^Usage: [^\n]+\n\n\w[^\n]{9,}/);
      expect(stdout).not.toContain('--data');
    }
    const asked = { input: 'protocol=https\nhost=git.example.com\n\n', env: { XDG_CONFIG_HOME: cwd }, cwd };
    expect(await latchkey(['credential-helper', 'get'], asked)).toEqual({ stdout: '', stderr: '', code: 0 });
    expect(await latchkey(['credential-helper', 'capability'], asked)).toMatchObject({ stdout: '', code: 0 });
    expect(
      refusedWith(await latchkey(['credential-helper', 'get'], { ...asked, input: 'host=a\r\n' })),
    ).toMatch(/carriage return/);
    expect(refusedWith(await latchkey(['login', 'http://git.example.com'], asked))).toMatch(/plain http/);
    expect(refusedWith(await latchkey(['login', 'http://127.0.0.1:1'], asked))).toMatch(/no answer/);
    misused(await latchkey(['login', 'git.example.com', '--expires-in-days', 'x'], asked));
    expect(await readdir(join(cwd, 'data'))).toEqual([]);
    expect(await readdir(cwd)).toEqual(['data']);
  });

  it('answers wrong use with exit code 2 on standard error', async () => {
    misused(await latchkey([]));
    expect(misused(await latchkey(['burn']))).toMatch(/unknown command 'burn'/);
    misused(await latchkey(['user']));
    expect(misused(await latchkey(['user', 'create']))).toMatch(
      /missing required argument 'name'|required option/,
    );
    expect(misused(await latchkey(['serve', '--prot', '1']))).toMatch(/Did you mean --port/);
    expect(misused(await latchkey(['credential', 'list', '--user', 'a', '--repository', 'b/c']))).toMatch(
      /cannot be used with/,
    );
    expect(misused(await latchkey(['role', 'grant', 'a/b', 'c', 'owner']))).toMatch(
      /Allowed choices are read, write, admin/,
    );
    misused(await latchkey(['doctor', 'extra']));
    for (const verb of [
      ['create', 'eve', '--email', 'e@x.org'],
      ['password', 'eve'],
    ]) {
      expect(misused(await latchkey(['user', ...verb]))).toMatch(/--password-stdin.* not specified/);
    }
  });
});

describe('beside a running server', () => {
  let server: TestServer;
  const cli = (args: readonly string[], options?: RunOptions) => server.cli(args, options);
  beforeAll(async () => {
    server = await startServer();
    await world(server).usual();
  });

  it('a secret stands alone on standard output', async () => {
    for (const [args, form] of [
      [
        ['app-password', 'create', 'ada', '--label', 'x', '--scope', 'repository', '--scope', 'wiki'],
        /^lkap_[0-9A-Za-z]{38}\n$/,
      ],
      [
        ['api-token', 'create', 'ada', '--label', 'x', '--scope', 'read:repository:bitbucket'],
        /^lkat_[0-9A-Za-z]{38}\n$/,
      ],
      [
        ['access-token', 'create', 'acme/app', '--name', 'x', '--scope', 'repository', '--scope', 'wiki'],
        /^lkrt_[0-9A-Za-z]{38}\n$/,
      ],
    ] as const) {
      const { stdout, stderr, code } = await cli(args);
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toMatch(form);
    }
  });

  it('--json is JSON, with public ids, and lists never hold a secret', async () => {
    const { id, secret } = JSON.parse(
      (await cli(['app-password', 'create', 'ada', '--label', 'j', '--scope', 'wiki', '--json'])).stdout,
    ) as Record<string, string>;
    expect(id).toMatch(/^cred_/);
    const token = JSON.parse(
      (
        await cli([
          'access-token',
          'create',
          'acme/app',
          '--name',
          'j',
          '--scope',
          'wiki',
          '--expires',
          '2099-12-31',
          '--json',
        ])
      ).stdout,
    ) as Record<string, string>;
    expect(token['bot_email']).toMatch(/^[0-9a-f]{24}@bots\.localhost$/);
    expect(token['expires_at']).toBe('2099-12-31T23:59:59.999Z');
    for (const filter of [[], ['--user', 'ada'], ['--user', 'ADA'], ['--repository', 'acme/app']]) {
      const { stdout } = await cli(['credential', 'list', ...filter, '--json']);
      const listed = JSON.parse(stdout) as Record<string, unknown>[];
      expect(listed.length).toBeGreaterThan(0);
      expect(stdout).not.toContain(secret!.slice(5));
      expect(stdout).not.toContain(token['secret']!.slice(5));
      for (const each of listed)
        expect(Object.keys(each)).toEqual(
          expect.arrayContaining([
            'id',
            'kind',
            'label',
            'scopes',
            'state',
            'created_at',
            'expires_at',
            'last_used_at',
            'revoked_at',
          ]),
        );
      const plain = (await cli(['credential', 'list', ...filter])).stdout;
      expect(plain.trim().split('\n')).toHaveLength(listed.length);
      expect(plain).not.toContain(secret!.slice(5));
    }
    const expiring = (
      JSON.parse((await cli(['credential', 'list', '--repository', 'acme/app', '--json'])).stdout) as Record<
        string,
        unknown
      >[]
    ).find((each) => each['id'] === token['id']);
    expect(expiring).toMatchObject({
      expires_at: '2099-12-31T23:59:59.999Z',
      state: 'active',
      scopes: ['wiki'],
      owner: { type: 'repository', id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'acme/app' },
      app_user: { account_id: token['bot_email']!.slice(0, 24), display_name: 'j' },
    });
  });

  it('lists say whose each is, as verbs name it', async () => {
    const { do: perform } = world(server);
    const make = (...rest: string[]) =>
      perform(['access-token', 'create', ...rest, '--name', 'whose', '--scope', 'repository']);
    await make('acme', '--for-workspace');
    await make('acme/MAIN', '--for-project');
    await make('acme/app');
    await perform('app-password create ada --label whose --scope wiki'.split(' '));
    const whose = (await perform(['credential', 'list']))
      .split('\n')
      .filter((each) => each.includes('"whose"'))
      .map((each) => /"whose" {2}(of .*?) {2}/.exec(each)?.[1]);
    expect(new Set(whose)).toEqual(
      new Set(['of acme/app', 'of ada', 'of project acme/MAIN', 'of workspace acme']),
    );
    const named = JSON.parse(await perform('credential list --project acme/MAIN --json'.split(' '))) as {
      id: string;
      owner: unknown;
    }[];
    expect(named[0]!.owner).toMatchObject({ type: 'project', name: 'acme/MAIN' });
    const narrowed = ['credential', 'narrow', named[0]!.id, '--repository', 'acme/app'];
    expect(await perform(narrowed)).toMatch(/^Narrowed cred_\w+: only acme\/app/);
  });

  it('lists say when what is listed ends, and where it is confined to, by names', async () => {
    const { do: perform } = world(server);
    const password = 'app-password create ada --label ends --scope repository --repository acme/app'.split(
      ' ',
    );
    await perform([...password, '--expires', '2099-12-31']);
    const line = (await perform(['credential', 'list', '--user', 'ada'])).split('\n')[0]!;
    expect(line).toContain('"ends"');
    expect(line).toContain('acme/app');
    expect(line).toContain('ends: 2099-12-31T23:59:59.999Z');
    const consumer =
      'oauth-consumer create acme --name till --scope repository --callback https://till.example.com/';
    const { key } = JSON.parse(await perform(consumer.split(' '))) as { key: string };
    expect(await perform(['oauth-consumer', 'list', 'acme'])).toMatch(/secret cred_\w+ ends: never/);
    const before = Date.now();
    const made = JSON.parse(
      await perform(['oauth-consumer', 'replace-secret', 'acme', key, '--overlap-days', '3']),
    ) as { id: string; earlier_secrets_end_at: string };
    const end = made.earlier_secrets_end_at;
    expect(Date.parse(end) - before).toBeGreaterThan(3 * 86_400_000 - 1);
    const listed = await perform(['oauth-consumer', 'list', 'acme']);
    expect(listed).toContain(`secret ${made.id} ends: never`);
    expect(listed).toContain(`ends: ${end}`);
    expect(await perform(['credential', 'list'])).toContain(`ends: ${end}`);
    await perform(['oauth-consumer', 'delete', 'acme', key]);
  });

  it('replaces: the secret alone goes to standard output, and the one before ends when it is said', async () => {
    const made = JSON.parse(
      (await cli('app-password create ada --label old --scope wiki --expires 2099-12-31 --json'.split(' ')))
        .stdout,
    ) as { id: string; secret: string };
    const alone = await cli(['credential', 'replace', made.id]);
    expect([alone.stderr, alone.code]).toEqual(['', 0]);
    expect(alone.stdout).toMatch(/^lkap_[0-9A-Za-z]{38}\n$/);
    const listed = async () =>
      (JSON.parse((await cli(['credential', 'list', '--json'])).stdout) as Record<string, string>[]).filter(
        (each) => each['label'] === 'old',
      );
    const [successor, before] = await listed();
    expect(before).toMatchObject({ id: made.id, state: 'retiring' });
    expect(Date.parse(before!['retires_at']!) - Date.now()).toBeGreaterThan(7 * 86_400_000 - 60_000);
    expect(successor).toMatchObject({ state: 'active', scopes: ['wiki'], retires_at: null });

    const { stdout } = await cli(
      `credential replace ${successor!['id']} --overlap-days 0 --expires 2098-01-31 --json`.split(' '),
    );
    expect(JSON.parse(stdout)).toEqual({
      id: expect.stringMatching(/^cred_/),
      secret: expect.stringMatching(/^lkap_/),
      expires_at: '2098-01-31T23:59:59.999Z',
      replaces: successor!['id'],
      earlier_ends_at: expect.stringMatching(/^20/),
    });
    expect((await listed()).map((each) => each['state'])).toEqual(['active', 'expired', 'expired']);

    const wrong = async (...args: string[]) => refusedWith(await cli(['credential', 'replace', ...args]));
    const last = (await listed())[0]!['id']!;
    expect(await wrong(made.id)).toMatch(new RegExp(`was replaced and has ended. ${last} took its place`));
    for (const days of ['', '-1', '31', 'a week'])
      expect(await wrong(last, `--overlap-days=${days}`)).toMatch(/whole number of days from 0 to 30/);
    expect(await wrong(last, '--expires', 'soon')).toMatch(/"soon" is no date/);
    expect(await wrong(last, '--expires', '2001-01-01')).toMatch(/\(--expires DATE\)\.$/);
    expect((await listed())[0]).toMatchObject({ state: 'active', retires_at: null });
  });

  it('pauses and resumes, and lists say so', async () => {
    const { id } = JSON.parse(
      (await cli(['app-password', 'create', 'ada', '--label', 'p', '--scope', 'wiki', '--json'])).stdout,
    ) as { id: string };
    const line = async () =>
      (JSON.parse((await cli(['credential', 'list', '--user', 'ada', '--json'])).stdout) as object[]).find(
        (each) => 'id' in each && each.id === id,
      );
    expect(await cli(['credential', 'pause', id])).toEqual({
      stdout: `Paused ${id}.\n`,
      stderr: '',
      code: 0,
    });
    expect(await line()).toMatchObject({ state: 'paused', paused_at: expect.stringMatching(/^20/) });
    expect(refusedWith(await cli(['credential', 'pause', id, '--json']))).toMatch(/may be paused already/);
    expect(JSON.parse((await cli(['credential', 'resume', id, '--json'])).stdout)).toEqual({
      id,
      paused: false,
    });
    expect(await line()).toMatchObject({ state: 'active', paused_at: null });
    expect(refusedWith(await cli(['credential', 'resume', id]))).toMatch(/no paused credential/);
  });

  it('revokes once, and says so', async () => {
    const { id } = JSON.parse(
      (await cli(['app-password', 'create', 'ada', '--label', 'r', '--scope', 'wiki', '--json'])).stdout,
    ) as { id: string };
    expect(await cli(['credential', 'revoke', id])).toEqual({
      stdout: `Revoked ${id}.\n`,
      stderr: '',
      code: 0,
    });
    expect(refusedWith(await cli(['credential', 'revoke', id]))).toMatch(/no active credential/);
    const listed = JSON.parse((await cli(['credential', 'list', '--user', 'ada', '--json'])).stdout) as {
      id: string;
      state: string;
    }[];
    expect(listed.find((each) => each.id === id)?.state).toBe('revoked');
  });

  const refusals: [string, readonly string[], RegExp, (string | Uint8Array)?][] = [
    [
      'an unknown scope',
      ['app-password', 'create', 'ada', '--label', 'x', '--scope', 'repository:wirte'],
      /Did you mean repository:write/,
    ],
    [
      'a retired scope',
      ['app-password', 'create', 'ada', '--label', 'x', '--scope', 'project:write'],
      /project:admin/,
    ],
    [
      'a classic scope on an API token',
      ['api-token', 'create', 'ada', '--label', 'x', '--scope', 'repository:write'],
      /choose write:repository:bitbucket/,
    ],
    [
      'a granular scope on an app password',
      ['app-password', 'create', 'ada', '--label', 'x', '--scope', 'read:repository:bitbucket'],
      /choose repository\.$/,
    ],
    [
      'an API token for longer than a year',
      [
        'api-token',
        'create',
        'ada',
        '--label',
        'x',
        '--scope',
        'read:user:bitbucket',
        '--expires',
        '2099-12-31',
      ],
      /^API tokens always end, after a day at least and a year at most/,
    ],
    [
      'an account scope on a token',
      ['access-token', 'create', 'acme/app', '--name', 'x', '--scope', 'account'],
      /cannot carry account/,
    ],
    ['an empty label', ['app-password', 'create', 'ada', '--label', ' ', '--scope', 'wiki'], /label/],
    [
      'an unknown user',
      ['app-password', 'create', 'nobody', '--label', 'x', '--scope', 'wiki'],
      /^There is no user "nobody"\.$/,
    ],
    ['an unknown user to disable', ['user', 'disable', 'nobody'], /^There is no user "nobody"\.$/],
    [
      'an unknown repository',
      ['access-token', 'create', 'acme/none', '--name', 'x', '--scope', 'wiki'],
      /^There is no repository "acme\/none"\.$/,
    ],
    [
      'an unknown repository to ask about',
      ['who-can', 'repository.push', 'acme/none'],
      /^There is no repository "acme\/none"\.$/,
    ],
    [
      'an unknown repository to open to somebody',
      ['role', 'grant', 'acme/none', 'ada', 'read'],
      /^There is no repository "acme\/none"\.$/,
    ],
    ['an unknown workspace', ['repository', 'create', 'nowhere/x'], /^There is no workspace "nowhere"\.$/],
    [
      'an unknown workspace to go to',
      ['repository', 'transfer', 'acme/app', 'nowhere'],
      /^There is no workspace "nowhere"\.$/,
    ],
    [
      'no repository',
      ['access-token', 'create', 'acme', '--name', 'x', '--scope', 'wiki'],
      /^Write the repository as WORKSPACE\/REPOSITORY, or add --for-workspace for a token of all of "acme"\.$/,
    ],
    [
      'no project',
      ['access-token', 'create', 'acme', '--for-project', '--name', 'x', '--scope', 'wiki'],
      /^Write the project as WORKSPACE\/KEY; "acme" is not of that form\.$/,
    ],
    [
      'an unknown project',
      ['access-token', 'create', 'acme/NOPE', '--for-project', '--name', 'x', '--scope', 'wiki'],
      /^There is no project "NOPE" in acme\. "latchkey project list acme" names .*"latchkey project create acme\/NOPE --name NAME" makes this one\.$/,
    ],
    [
      'an unknown project for a repository',
      ['repository', 'create', 'acme/imported', '--project', 'NOPE'],
      /^There is no project "NOPE" in acme\. /,
    ],
    [
      'a project where a repository is meant',
      ['access-token', 'create', 'acme/main', '--name', 'x', '--scope', 'wiki'],
      /^There is no repository "acme\/main", and a project of this name: add --for-project/,
    ],
    [
      'a repository where a workspace is meant',
      ['access-token', 'create', 'acme/app', '--for-workspace', '--name', 'x', '--scope', 'wiki'],
      /^With --for-workspace, write the workspace alone: "acme", not "acme\/app"\.$/,
    ],
    ['a taken project', ['project', 'create', 'acme/main', '--name', 'x'], /project with this key already/],
    ['a project of nowhere', ['project', 'list', 'nowhere'], /^There is no workspace "nowhere"\.$/],
    [
      'a workspace that does not exist',
      ['access-token', 'create', 'nowhere', '--for-workspace', '--name', 'x', '--scope', 'wiki'],
      /^There is no workspace "nowhere"\.$/,
    ],
    [
      'a date that is none',
      ['access-token', 'create', 'acme/app', '--name', 'x', '--scope', 'wiki', '--expires', 'soon'],
      /is no date/,
    ],
    [
      'a date that has passed',
      ['access-token', 'create', 'acme/app', '--name', 'x', '--scope', 'wiki', '--expires', '2001-01-01'],
      /^The expiry must lie in the future \(--expires DATE\)\.$/,
    ],
    ['a taken repository', ['repository', 'create', 'acme/app'], /already exists/],
    ['a taken workspace', ['workspace', 'create', 'acme', '--owner', 'ada'], /taken/],
    ['a reserved workspace', ['workspace', 'create', 'api', '--owner', 'ada'], /reserved/],
    ['two dots', ['repository', 'create', 'acme/..'], /1 to 62/],
    ['a deep path', ['repository', 'create', 'acme/../../etc'], /WORKSPACE\/REPOSITORY/],
    ['an encoded slash', ['repository', 'create', 'acme/a%2Fb'], /1 to 62/],
    ['a device name', ['repository', 'create', 'acme/con'], /1 to 62/],
    ['another script', ['repository', 'create', 'acme/приложение'], /1 to 62/],
    ['a name ending in .git', ['repository', 'create', 'acme/x.git'], /1 to 62/],
    [
      'nothing to import',
      ['repository', 'create', 'acme/imported', '--import', '/nonexistent'],
      /nothing to import/,
    ],
    [
      'an SSH address that is no URL to import',
      ['repository', 'create', 'acme/imported', '--import', 'git@git.example.com:team/app.git'],
      /^Write the address to import from as a URL: ssh:\/\/git@git\.example\.com\/team\/app\.git, or ssh:\/\/git@git\.example\.com\/~\/team\/app\.git where/,
    ],
    [
      'an SSH address with a path from the root to import',
      ['repository', 'create', 'acme/imported', '--import', 'git@git.example.com:/srv/app.git'],
      /ssh:\/\/git@git\.example\.com\/srv\/app\.git\.$/,
    ],
    [
      'no name to import',
      ['repository', 'create', 'acme/imported', '--import', ''],
      /^Name behind --import what to import/,
    ],
    [
      'a helper to import',
      ['repository', 'create', 'acme/imported', '--import', 'ext::sh -c id'],
      /Import from/,
    ],
    ['the last owner', ['workspace', 'member', 'remove', 'acme', 'ada'], /needs an owner/],
    ['an unknown holder', ['role', 'grant', 'acme/app', 'nobody', 'read'], /no user "nobody"/],
    ['an unknown group', ['role', 'grant', 'acme/app', '@nobody', 'read'], /no group "nobody"/],
    ['a role that nobody holds', ['role', 'revoke', 'acme/app', 'ada'], /holds no role/],
    ['a credential of nobody', ['credential', 'list', '--user', 'nobody'], /no user "nobody"/],
    [
      'no password',
      ['user', 'create', 'eve', '--email', 'e@x.org', '--password-stdin'],
      /standard input/,
      '\n',
    ],
    [
      'a short password',
      ['user', 'create', 'eve', '--email', 'e@x.org', '--password-stdin'],
      /12 characters/,
      'short\n',
    ],
    [
      'a password of two lines',
      ['user', 'create', 'eve', '--email', 'e@x.org', '--password-stdin'],
      /^A password is one line/,
      'correct horse\nbattery staple\n',
    ],
    [
      'a password in another encoding',
      ['user', 'create', 'eve', '--email', 'e@x.org', '--password-stdin'],
      /^The password on standard input is not text in UTF-8\.$/,
      Buffer.from('correct hörse battery staple', 'latin1'),
    ],
    [
      'a taken user name',
      ['user', 'create', 'ADA', '--email', 'e@x.org', '--password-stdin'],
      /taken/,
      'correct horse battery',
    ],
    [
      'a bad e-mail address',
      ['user', 'create', 'eve', '--email', 'e', '--password-stdin'],
      /jane@example.com/,
      'correct horse battery',
    ],
    [
      'a reserved user name',
      ['user', 'create', 'x-token-auth', '--email', 'e@x.org', '--password-stdin'],
      /reserved/,
      'correct horse battery',
    ],
  ];
  it('what is wrong is refused in one sentence, and leaves everything as it was', async () => {
    const state = async () => (await cli(['credential', 'list', '--json'])).stdout;
    const before = await state();
    await inTurns(refusals, async ([what, args, sentence, input]) => {
      const told = refusedWith(await cli(args, input === undefined ? {} : { input }));
      expect([what, told]).toEqual([what, expect.stringMatching(sentence)]);
    });
    expect(await state()).toBe(before);
    expect(
      (await readdir(join(server.data, 'repositories'), { recursive: true })).filter((name) =>
        name.endsWith('.git'),
      ),
    ).toHaveLength(1);
  });

  it('people, groups, roles, renames, transfers and deletions work while it runs', async () => {
    const { do: perform, account } = world(server);
    await account('bob');
    await perform(['workspace', 'member', 'add', 'acme', 'bob']);
    expect(await perform(['group', 'create', 'acme', 'Back End'])).toBe('Created group @back-end in acme.');
    await perform(['group', 'add', 'acme', '@back-end', 'bob']);
    await perform(['role', 'grant', 'acme/app', '@back-end', 'write']);
    await perform(['role', 'grant', 'acme/app', 'bob', 'read']);
    await perform(['role', 'revoke', 'acme/app', 'bob']);
    await perform(['workspace', 'create', 'other', '--owner', 'bob', '--name', 'The Others']);
    expect(await perform(['project', 'create', 'other/libs', '--name', 'Libraries'])).toMatch(
      /^Created project other\/LIBS \{[0-9a-f-]{36}\}\.$/,
    );
    await perform(['repository', 'create', 'other/one', '--project', 'libs']);
    expect(await perform(['project', 'list', 'other'])).toMatch(/^other\/LIBS {2}"Libraries"$/m);
    const ofLibraries = 'access-token create other/LIBS --for-project --name x --scope wiki'.split(' ');
    await perform([...ofLibraries, '--repository', 'other/one']);
    await perform(['repository', 'delete', 'other/one']);
    expect(
      await perform(['repository', 'create', 'acme/tool', '--public', '--wiki', '--description', 'x']),
    ).toMatch(/^Created public repository acme\/tool \{[0-9a-f-]{36}\}\.$/);
    expect(await perform(['repository', 'rename', 'acme/tool', 'tools'])).toBe(
      'acme/tool is now acme/tools.',
    );
    expect(await perform(['repository', 'transfer', 'acme/tool', 'other'])).toBe(
      'acme/tool is now other/tools.',
    );
    await perform(['repository', 'delete', 'other/tools']);
    await perform(['repository', 'restore', 'other/tools']);
    expect(refusedWith(await cli(['repository', 'restore', 'other/tools']))).toMatch(/no deleted repository/);
    await perform(['group', 'remove', 'acme', 'back-end', 'bob']);
    await perform(['workspace', 'member', 'remove', 'acme', 'bob']);
    const { stdout, code } = await cli(['doctor', '--json']);
    expect(code).toBe(0);
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { part: string; healthy: boolean });
    expect(findings.map(({ part }) => part)).toEqual(
      expect.arrayContaining(['data folder', 'database', 'git', 'repository']),
    );
    expect(findings.every(({ healthy }) => healthy)).toBe(true);
    expect((await cli(['doctor', '--whole'])).code).toBe(0);
  });

  it('a repository whose folder is missing is named by doctor and maintain, which go on and end with 1', async () => {
    const { do: perform } = world(server);
    const id = /\{(.+)\}/.exec(await perform(['repository', 'create', 'acme/gone']))![1]!;
    const path = join(server.data, 'repositories', id.slice(0, 2), `${id}.git`);
    await rename(path, `${path}.elsewhere`);
    await perform(['repository', 'create', 'acme/later']);
    const says = `The folder ${path} is missing.`;
    for (const depth of [[], ['--whole']]) {
      const { stdout, stderr, code } = await cli(['doctor', ...depth]);
      expect(code).toBe(1);
      expect(stdout).toContain(`BAD  repository acme/gone: ${says}\n`);
      expect(stdout).toMatch(/^ok {3}repository acme\/later:/m);
      expect(stderr).toBe('latchkey: 1 of these need attention.\n');
      const lines = (await cli(['doctor', '--json', ...depth])).stdout.trim().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual({
        part: 'repository',
        name: 'acme/gone',
        healthy: false,
        says,
      });
    }
    for (const which of ['--all', 'acme/gone']) {
      for (const depth of [[], ['--whole']]) {
        const { stdout, stderr, code } = await cli(['maintain', which, ...depth]);
        expect(code).toBe(1);
        expect(stdout).toContain(`acme/gone: FAILED: ${says}\n`);
        if (which === '--all') expect(stdout).toMatch(/^acme\/later: /m);
        expect(stderr).toBe('latchkey: 1 of these could not be brought into shape.\n');
      }
    }
    expect(refusedWith(await cli(['repository', 'purge', 'acme/gone']))).toBe(says);
    expect(await readdir(join(path, '..'))).not.toContain(`${id}.git`);
    await rename(`${path}.elsewhere`, path);
    expect(await perform(['maintain', '--all'])).not.toContain('FAILED');
    for (const name of ['gone', 'later']) await perform(['repository', 'delete', `acme/${name}`]);
  });

  it('doctor names what is damaged, and ends with 1', async () => {
    const { do: perform } = world(server);
    const id = /\{(.+)\}/.exec(await perform(['repository', 'create', 'acme/broken']))![1]!;
    await rm(join(server.data, 'repositories', id.slice(0, 2), `${id}.git`, 'HEAD'));
    const { stdout, stderr, code } = await cli(['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^BAD {2}repository acme\/broken: HEAD/m);
    expect(stderr).toBe('latchkey: 1 of these need attention.\n');
    await perform(['repository', 'delete', 'acme/broken']);
  });

  it('a second server on the data folder is refused, and the first goes on', async () => {
    const sentence = refusedWith(await cli(['serve', '--port', '0']));
    expect(sentence).toMatch(/Another Latchkey server already uses the data folder .*--data/);
    expect(server.process.exitCode).toBeNull();
    expect((await cli(['credential', 'list'])).code).toBe(0);
  });

  it('no secret stands in the arguments of the server, and what it keeps is for its user alone', async () => {
    if (process.platform === 'linux') {
      const argv = await readFile(`/proc/${server.process.pid}/cmdline`, 'utf8');
      expect(argv).not.toMatch(/password|secret|:[^/@\0]+@/);
    }
    expect((await stat(server.data)).mode & 0o077).toBe(0);
    expect((await stat(join(server.data, 'secrets'))).mode & 0o077).toBe(0);
  });
});

describe('settings', () => {
  const bad: [string, readonly string[], Record<string, string>, RegExp][] = [
    ['port', ['--port', 'abc'], {}, /^The setting "port" cannot be used/],
    ['port', [], { LATCHKEY_PORT: 'http' }, /"port"/],
    ['password', ['--database', 'postgres://u:topsecret@127.0.0.1:1/x'], {}, /LATCHKEY_DATABASE/],
    ['database', [], { LATCHKEY_DATABASE: 'postgres://u:topsecret@127.0.0.1:1/x' }, /ECONNREFUSED/],
    ['proxy', ['--trusted-proxy', 'everybody'], {}, /"trusted_proxy"/],
    ['TLS', ['--tls-cert', '/x.pem'], {}, /both --tls-cert and --tls-key/],
    [
      'TLS',
      ['--port', '0', '--tls-cert', '/x.pem', '--tls-key', '/y.pem'],
      {},
      /"tls_cert".*\/x\.pem cannot be read/,
    ],
    [
      'TLS',
      ['--port', '0', '--tls-cert', main, '--tls-key', main],
      {},
      /^The settings "tls_cert" and "tls_key" cannot be used: .*PEM/,
    ],
    ['log', [], { LATCHKEY_LOG: 'bogus' }, /LATCHKEY_LOG/],
    ['listener', ['--host', '0.0.0.0'], {}, /reachable from other machines.*--insecure-listener/],
    ['listener', ['--host', '::'], {}, /reachable from other machines/],
    ['listener', ['--host', '0.0.0.0', '--url', 'http://git.example.com'], {}, /reachable/],
    ['listener', ['--host', '0.0.0.0', '--url', 'https://git.example.com'], {}, /reachable/],
    ['listener', ['--host', '192.0.2.1', '--port', '0', '--trusted-proxy', '10.0.0.0/8'], {}, /reachable/],
  ];
  it('that are bad are refused in one sentence that tells no secret', async () => {
    await inTurns(bad, async ([what, args, environment, sentence]) => {
      const data = join(await folder(), 'data');
      const outcome = await latchkey(['serve', '--data', data, ...args], { env: environment });
      expect([what, args, refusedWith(outcome)]).toEqual([what, args, expect.stringMatching(sentence)]);
      expect(outcome.stderr).not.toContain('topsecret');
    });
  });

  it('a data folder that cannot be one is refused in one sentence', async () => {
    const file = join(await folder(), 'file');
    await writeFile(file, '');
    expect(refusedWith(await latchkey(['doctor', '--data', file]))).toMatch(/file/);
    expect(refusedWith(await latchkey(['serve', '--port', '0', '--data', join(file, 'below')]))).toMatch(
      /file/,
    );
  });

  it('port 0 is a free port, which is said', async () => {
    const server = await startServer({ arguments: ['--port', '0', '--ssh-port', '0'] });
    expect(new URL(server.url).port).toMatch(/^[1-9]\d*$/);
    expect(new URL(server.ssh).port).toMatch(/^[1-9]\d*$/);
    expect((await fetch(`${server.url}/login`)).status).toBe(200);
  });

  it('a port that is taken is refused in one sentence', async () => {
    const first = await startServer();
    const { port } = new URL(first.url);
    expect(
      refusedWith(await latchkey(['serve', '--port', port, '--data', join(await folder(), 'data')])),
    ).toMatch(/cannot listen on .*EADDRINUSE/);
  });

  it('a damaged digest key is refused in one sentence, and is left as it is', async () => {
    const data = await folder();
    await begin(data);
    const key = join(data, 'secrets', 'digest-key-1');
    await writeFile(key, 'damaged');
    expect(refusedWith(await latchkey(['credential', 'list', '--data', data]))).toMatch(
      /digest-key-1 .* damaged.*backup/,
    );
    expect(await readFile(key, 'utf8')).toBe('damaged');
  });
});

describe('serve', () => {
  it('stops with 0 when told to', async () => {
    const server = await startServer();
    expect(await server.stop()).toBe(0);
    expect(server.output()).toMatch(/stopping/);
    expect(server.output()).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it('names https as its address where it serves it', async () => {
    const data = await folder();
    const made = await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-keyout',
      join(data, 'k.pem'),
      '-out',
      join(data, 'c.pem'),
    ]).catch(() => undefined);
    if (made?.code !== 0) return;
    const server = await startServer({
      arguments: ['--tls-cert', join(data, 'c.pem'), '--tls-key', join(data, 'k.pem')],
    });
    expect(server.url).toMatch(/^https:\/\/localhost:\d+$/);
    await server.stop();
  });

  it('listens to everybody where that is truly wanted', async () => {
    const server = await startServer({ arguments: ['--host', '0.0.0.0', '--insecure-listener'] });
    expect(await server.stop()).toBe(0);
  });
});

await describeOnPostgres('on PostgreSQL', () => {
  it('serve and the verbs work on a database named by the environment', async () => {
    const server = await startServer({ database: 'postgres' });
    const made = world(server);
    const { secret } = await made.usual();
    expect(secret).toMatch(/^lkap_/);
    const [credential] = await made.credentials({ user: 'ada' });
    await made.revoke(String(credential!['id']));
    expect(await made.do(['doctor'])).not.toContain('BAD');
    await expect(stat(join(server.data, 'latchkey.db'))).rejects.toThrow('ENOENT');
    expect(refusedWith(await server.cli(['serve', '--port', '0']))).toMatch(/Another Latchkey server/);
    await server.restart();
    expect((await made.credentials({ user: 'ada' }))[0]).toMatchObject({ state: 'revoked' });
    expect(await server.stop()).toBe(0);
  });

  it('a verb that is refused ends at once: no connection keeps it', async () => {
    const server = await startServer({ database: 'postgres' });
    const child = spawn(
      process.execPath,
      [main, 'credential', 'revoke', 'cred_none', '--data', server.data],
      {
        env: { ...server.environment },
        stdio: 'ignore',
      },
    );
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(1);
  }, 8_000);
});
