import { chmodSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, git, gitOk, newRepository, workFolder } from '../support/git.ts';
import type { Outcome } from '../support/run.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';

let server: TestServer;
let made: World;
let local: string;
let secret: string;
const address = (path = 'acme/app', user?: string, key?: string) => made.cloneUrl(path, user, key);

beforeAll(async () => {
  server = await startServer();
  made = world(server);
  ({ secret } = await made.usual());
  local = await newRepository('credentials');
  await gitOk(['push', address('acme/app', 'ada', secret), 'main'], { cwd: local });
  await made.repository('acme/open', { public: true });
  await gitOk(['push', address('acme/open', 'ada', secret), 'main'], { cwd: local });
  await made.repository('acme/other');
});

let count = 0;
/** A push of a new commit to a branch of its own, so that each tells by itself whether it came through. */
async function push(to: string, options: readonly string[] = [], env: Record<string, string> = {}) {
  count += 1;
  const branch = `try-${count}`;
  await commitFiles(local, { 'n.txt': String(count) });
  const outcome = await git([...options, 'push', to, `HEAD:refs/heads/${branch}`], { cwd: local, env });
  const path = new URL(to).pathname;
  const refs = await gitOk(['ls-remote', `${server.url.replace('//', `//ada:${secret}@`)}${path}`, branch]);
  return { ...outcome, arrived: refs !== '' };
}

const said = ({ stderr }: Outcome) => stderr.split('\n').filter((line) => /^(?:remote:|fatal:)/.test(line));

describe('every form in which a credential is given', () => {
  it('opens the repository for an app password', async () => {
    const askpass = workFolder('askpass.sh');
    writeFileSync(askpass, `#!/bin/sh\ncase $1 in Username*) echo ada ;; *) echo '${secret}' ;; esac\n`);
    chmodSync(askpass, 0o700);
    const plain = address();
    const forms = [
      () => push(address('acme/app', 'ada', secret)),
      () => push(plain, ['-c', `credential.helper=!printf 'username=ada\\npassword=${secret}\\n' #`]),
      () => push(plain.replace('//', '//ada@'), [], { GIT_ASKPASS: askpass }),
      () => push(plain, [], { GIT_ASKPASS: askpass }),
      () =>
        push(plain, [
          '-c',
          `http.extraHeader=Authorization: Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`,
        ]),
    ];
    for (const form of forms) expect(await form()).toMatchObject({ code: 0, arrived: true });
  });

  it('opens the repository for an access token, which acts as a bot', async () => {
    const token = await made.accessToken('acme/app', ['repository:write']);
    expect(await push(address('acme/app', 'x-token-auth', token))).toMatchObject({ code: 0, arrived: true });
    const header = `http.extraHeader=Authorization: Bearer ${token}`;
    expect(await push(address(), ['-c', header])).toMatchObject({ code: 0, arrived: true });
    await gitOk(['-c', header, 'clone', '--quiet', address(), workFolder('by-bearer')]);
  });
});

describe('an API token', () => {
  const create = (...scopes: string[]) =>
    made.do([
      'api-token',
      'create',
      'ada',
      '--label',
      'tool',
      ...scopes.flatMap((scope) => ['--scope', `${scope}:bitbucket`]),
    ]);

  it('opens the repository by its owner and by the name that every API token has, one thing by each scope', async () => {
    const [reading, writing] = [await create('read:repository'), await create('write:repository')];
    for (const [index, user] of ['ada', 'x-bitbucket-api-token-auth'].entries()) {
      await gitOk([
        'clone',
        '--quiet',
        address('acme/app', user, reading),
        workFolder(`by-api-token-${index}`),
      ]);
      expect(await push(address('acme/app', user, writing))).toMatchObject({ code: 0, arrived: true });
      const readAlone = await push(address('acme/app', user, reading));
      expect(readAlone).toMatchObject({ arrived: false });
      expect(said(readAlone)[1]).toContain(
        'needs the scope write:repository:bitbucket; it has read:repository',
      );
      const writeAlone = await git(['ls-remote', address('acme/app', user, writing)]);
      expect([writeAlone.code, writeAlone.stdout]).toEqual([128, '']);
      expect(said(writeAlone)[1]).toContain(
        'needs the scope read:repository:bitbucket; it has write:repository',
      );
    }
  });

  it('is refused with an e-mail address, another name or as Bearer, told what would be right, and moves nothing', async () => {
    const token = await create('read:repository', 'write:repository');
    for (const user of ['ada%40example.org', 'x-token-auth', 'grace']) {
      const outcome = await push(address('acme/app', '', token).replace('//:', `//${user}:`));
      expect(outcome.arrived, user).toBe(false);
      expect(said(outcome)).toEqual([
        'remote: Invalid credentials',
        expect.stringMatching(
          /is an API token \(cred_\w+\) and genuine, but the user name does not belong to it: use "ada" or "x-bitbucket-api-token-auth"\.$/,
        ),
        expect.stringMatching(/^fatal: Authentication failed for/),
      ]);
    }
    const header = `http.extraHeader=Authorization: Bearer ${token}`;
    expect(await push(address(), ['-c', header])).toMatchObject({ arrived: false });
    const { status } = await fetch(`${address()}/info/refs?service=git-upload-pack`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(status).toBe(401);
  });

  it('opens no wiki, and is told what does', async () => {
    await made.do(['repository', 'create', 'acme/notes', '--wiki']);
    const token = await create('read:repository', 'write:repository', 'admin:repository');
    const wiki = `${address('acme/notes', 'ada', token)}/wiki`;
    for (const outcome of [
      await git(['ls-remote', wiki]),
      await git(['push', wiki, 'main'], { cwd: local }),
    ]) {
      expect([outcome.code === 0, outcome.stdout]).toEqual([false, '']);
      expect(outcome.stderr).toMatch(
        /with an API token \(cred_\w+\)\. It takes an app password or a repository access token or .* or an OAuth access token with wiki/,
      );
    }
    const opened = await made.appPassword('ada', ['wiki'], 'wiki');
    expect(await gitOk(['ls-remote', `${address('acme/notes', 'ada', opened)}/wiki`])).toBe('');
  });
});

describe('a credential that does not open', () => {
  it('is told what is wrong with it, and moves nothing', async () => {
    const reading = await made.appPassword('ada', ['repository'], 'reading');
    const useless = await made.appPassword('ada', ['account'], 'useless');
    const wiki = await made.appPassword('ada', ['wiki'], 'wiki');
    const foreign = await made.accessToken('acme/other', ['repository:write']);
    const revoked = await made.appPassword('ada', ['repository:write'], 'revoked');
    const id = (await made.credentials({ user: 'ada' })).find(({ label }) => label === 'revoked')?.['id'];
    await made.revoke(String(id));
    const grace = await made.account('grace');
    const stranger = await made.appPassword('grace', ['repository:write']);
    await made.role('acme/open', 'grace', 'read');

    const cases: readonly (readonly [
      to: string,
      options: readonly string[],
      fatal: RegExp,
      remote: readonly RegExp[],
    ])[] = [
      [
        address('acme/app', 'ada', revoked),
        [],
        /^fatal: Authentication failed for/,
        [/Invalid credentials/, /app password \(cred_\w+\) that was revoked on .* UTC\. Create a new one\./],
      ],
      [
        address('acme/app', 'ada', reading),
        [],
        /The requested URL returned error: 403/,
        [
          /lack one or more required privilege scopes/,
          /needs the scope repository:write; it has repository\./,
        ],
      ],
      [address('acme/app', 'ada', useless), [], /error: 403/, [/privilege scopes/, /it has account\./]],
      [address('acme/open', 'ada', useless), [], /error: 403/, [/privilege scopes/, /it has account\./]],
      [address('acme/app', 'ada', wiki), [], /error: 403/, [/privilege scopes/, /it has wiki\./]],
      [
        address('acme/app', 'x-token-auth', foreign),
        [],
        /^fatal: repository '.*' not found/,
        [/You may not have access to this repository or it no longer exists in this workspace\./, /spelling/],
      ],
      [
        address('acme/open', 'x-token-auth', foreign),
        [],
        /error: 403/,
        [/do not extend/, /belongs to another repository and opens that one alone/],
      ],
      [address('acme/app', 'grace', stranger), [], /not found/, [/You may not have access/, /spelling/]],
      [
        address('acme/open', 'grace', stranger),
        [],
        /error: 403/,
        [/Access denied\. You must have write access to this repository\./, /read is held here/],
      ],
      [
        address('acme/app', 'ada', grace.password),
        [],
        /^fatal: Authentication failed/,
        [
          /Invalid credentials/,
          /an account password opens nothing but the sign-in page, and a secret of Bitbucket Cloud nothing here\. Create an app password/,
        ],
      ],
      [
        address('acme/app', 'grace', secret),
        [],
        /^fatal: Authentication failed/,
        [/Invalid credentials/, /genuine, but the user name does not belong to it: use "ada"/],
      ],
      [
        address('acme/app', 'ada', `${secret.slice(0, -1)}!`),
        [],
        /^fatal: Authentication failed/,
        [/Invalid credentials/, /not known here/],
      ],
      [
        address(),
        ['-c', `http.extraHeader=Authorization: Bearer ${secret}`],
        /^fatal: Authentication failed|^fatal: could not read Username/,
        [],
      ],
      [address(), [], /^fatal: could not read Username/, []],
      [address('acme/open'), [], /^fatal: could not read Username/, []],
    ];
    for (const [to, options, fatal, remote] of cases) {
      const outcome = await push(to, options);
      const lines = said(outcome);
      expect(outcome.code, outcome.stderr).not.toBe(0);
      expect(outcome.arrived, to).toBe(false);
      expect(lines.at(-1)).toMatch(fatal);
      for (const [index, pattern] of remote.entries()) expect(lines[index]).toMatch(pattern);
      expect(outcome.stderr).not.toMatch(/node:|at .*\.ts/);
    }
  });

  it('is refused once it has expired', async () => {
    const soon = new Date(Date.now() + 4000).toISOString();
    const token = await made.accessToken('acme/app', ['repository:write'], { expires: soon });
    while (Date.now() < Date.parse(soon)) await new Promise((resolve) => setTimeout(resolve, 100));
    const outcome = await push(address('acme/app', 'x-token-auth', token));
    expect(outcome.arrived).toBe(false);
    expect(said(outcome)).toEqual([
      'remote: Invalid credentials',
      expect.stringMatching(
        /repository access token \(cred_\w+\) that expired on .* UTC\. Create a new one\./,
      ),
      expect.stringMatching(/^fatal: Authentication failed for/),
    ]);
  });

  it('T23: opens no wiki with repository:write alone, nor anything once access was withdrawn', async () => {
    await made.do(['repository', 'create', 'acme/docs', '--wiki']);
    const wikiAddress = `${address('acme/docs', 'ada', secret)}/wiki`;
    const withWriteOnly = await git(['push', wikiAddress, 'main'], { cwd: local });
    expect(said(withWriteOnly)[1]).toContain('needs the scope wiki; it has repository:write.');

    await made.account('linus');
    await made.role('acme/docs', 'linus', 'write');
    const both = await made.appPassword('linus', ['repository:write', 'wiki']);
    const theirs = address('acme/docs', 'linus', both);
    await gitOk(['push', `${theirs}/wiki`, 'main'], { cwd: local });
    expect(await push(theirs)).toMatchObject({ code: 0, arrived: true });
    await made.role('acme/docs', 'linus', 'read');
    expect(said(await push(theirs))[0]).toContain('You must have write access');
    const wiki = await git(['push', `${theirs}/wiki`, 'main:refs/heads/later'], { cwd: local });
    expect(said(wiki)[0]).toContain('You must have write access');
    await gitOk(['ls-remote', `${theirs}/wiki`]);
    await made.do(['role', 'revoke', 'acme/docs', 'linus']);
    for (const place of [theirs, `${theirs}/wiki`]) {
      const outcome = await git(['ls-remote', place]);
      expect(said(outcome)[0]).toContain('You may not have access to this repository');
    }
  });

  it('reads what is public without one', async () => {
    expect(await gitOk(['ls-remote', address('acme/open'), 'refs/heads/main'])).toContain('refs/heads/main');
    // A wrong one does not pass for none. (Git by itself sends one only once it is asked for.)
    const header = 'http.extraHeader=Authorization: Basic YWRhOm5vbnNlbnNl';
    const wrong = await git(['-c', header, 'ls-remote', address('acme/open')]);
    expect(wrong.code).not.toBe(0);
    expect(wrong.stdout).toBe('');
  });
});
