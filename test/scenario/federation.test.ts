import { beforeAll, describe, expect, it } from 'vitest';
import {
  jobClaims,
  keySetOf,
  signed,
  signingKey,
  startIssuer,
  type CiIssuer,
  type SigningKey,
} from '../federation/ci-issuer.ts';
import { run } from '../support/run.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';

let server: TestServer;
let made: World;
let ci: CiIssuer;
let key: SigningKey;

beforeAll(async () => {
  key = await signingKey('ci');
  ci = await startIssuer(key);
  server = await startServer({ environment: { LATCHKEY_ISSUER_NETWORKS: '127.0.0.0/8' } });
  made = world(server);
  await made.usual();
});

/** What a step of Bitbucket Pipelines says of itself. */
const step = (claims: Record<string, unknown> = {}): Promise<string> =>
  signed(
    key,
    jobClaims(ci.url, {
      aud: server.url,
      sub: '{11111111-2222-3333-4444-555555555555}:{aaaaaaaa-2222-3333-4444-555555555555}',
      repositoryUuid: '{11111111-2222-3333-4444-555555555555}',
      branchName: 'main',
      jti: undefined,
      ...claims,
    }),
  );

const CONDITIONS = [
  '--condition',
  'repositoryUuid={11111111-2222-3333-4444-555555555555}',
  '--condition',
  'branchName=main',
];

describe('the command line of federation', () => {
  it('a step of a pipeline pushes, and no secret was stored anywhere', async () => {
    // The operator names the CI system, whose keys are read from itself.
    expect(await made.do(['issuer', 'add', ci.url, '--preset', 'bitbucket'])).toBe(`Registered ${ci.url}.`);
    expect(ci.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
    const [listed] = JSON.parse(await made.do(['issuer', 'list', '--json']));
    expect(listed).toMatchObject({
      issuer: ci.url,
      title: 'Bitbucket Pipelines',
      immutable_claims: ['repositoryUuid'],
      discovers: true,
      keys: 1,
      trust_policies: 0,
    });

    const id = await made.do([
      'trust-policy',
      'create',
      'acme/app',
      '--name',
      'pipeline',
      '--issuer',
      ci.url,
      '--scope',
      'repository:write',
      '--lifetime',
      '5',
      ...CONDITIONS,
      '--ref',
      'refs/heads/main',
    ]);
    expect(id).toMatch(/^cred_[0-9A-Za-z]{20}$/);

    const tried = await step({ branchName: 'other' });
    const no = await server.cli(['trust-policy', 'test', 'acme/app'], { input: tried });
    expect(no).toMatchObject({ code: 1, stdout: expect.stringContaining('NO   claim branchName') });
    const yes = await server.cli(['trust-policy', 'test', 'acme/app', '--json'], { input: await step() });
    expect([yes.code, JSON.parse(yes.stdout)]).toMatchObject([0, { policies: [{ id, accepts: true }] }]);

    // In the step, on another machine: it has its own token and the command line, and no data folder.
    const jobToken = (input: string, ...more: string[]) =>
      run(
        process.execPath,
        ['dist/main.js', 'job-token', '--url', server.url, '--repository', 'acme/app', ...more],
        {
          input,
        },
      );
    const refused = await jobToken(tried);
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'latchkey: No trust policy of this repository accepts this token.\n',
    });
    const { stdout, stderr, code } = await jobToken(`${await step()}\n`);
    expect([code, stderr, stdout]).toEqual([0, '', expect.stringMatching(/^lkjt_[0-9A-Za-z]{38}\n$/)]);

    const url = made.cloneUrl('acme/app', 'x-token-auth', stdout.trim());
    const script = `d=$(mktemp -d) && cd $d && git init -q -b main &&
      git -c user.name=step -c user.email=step@example.com commit -q --allow-empty -m built &&
      git push -q "$1" main && ! git push -q "$1" main:release; git ls-remote "$1"; rm -rf $d`;
    const pushed = await run('sh', ['-c', script, 'sh', url]);
    expect(pushed.stdout).toContain('refs/heads/main');
    expect(pushed.stdout).not.toContain('refs/heads/release');
    expect(pushed.stderr).toContain('refs/heads/main');

    const [policy] = JSON.parse(await made.do(['trust-policy', 'list', 'acme/app', '--json']));
    expect(policy).toMatchObject({
      id,
      name: 'pipeline',
      state: 'active',
      audience: server.url,
      lifetime_minutes: 5,
    });

    expect(await made.do(['credential', 'pause', id])).toBe(`Paused ${id}.`);
    expect((await run('git', ['ls-remote', url])).code).not.toBe(0);
    await made.do(['credential', 'resume', id]);
    expect((await run('git', ['ls-remote', url])).code).toBe(0);
    expect(await made.do(['issuer', 'remove', ci.url])).toBe(`Removed ${ci.url}; 1 trust policy ended.`);
    expect((await run('git', ['ls-remote', url])).code).not.toBe(0);
    expect((await jobToken(await step())).stderr).toContain('knows no issuer');
  });

  it('takes keys from a file where there is no network, and refuses what cannot be meant', async () => {
    const { writeFile, mkdtemp } = await import('node:fs/promises');
    const folder = await mkdtemp(`${server.data}/keys-`);
    await writeFile(`${folder}/one.json`, keySetOf(key));
    await writeFile(`${folder}/none.json`, '{"keys":[]}');
    const add = (...args: string[]) => server.cli(['issuer', 'add', ...args]);
    expect(
      await add('https://cluster.example.com', '--preset', 'kubernetes', '--keys', `${folder}/one.json`),
    ).toMatchObject({ code: 0 });
    for (const [args, says] of [
      [
        ['https://cluster.example.com', '--preset', 'kubernetes', '--keys', `${folder}/one.json`],
        'registered already',
      ],
      [
        ['https://b.example.com', '--immutable', 'id', '--keys', `${folder}/none.json`],
        'holds no public key',
      ],
      [['https://b.example.com', '--immutable', 'id', '--keys', `${folder}/missing.json`], 'cannot be read'],
      [['https://b.example.com', '--keys', `${folder}/one.json`], 'never gives to anybody else'],
      [['--preset', 'kubernetes'], 'Give the URL'],
      [['ftp://b.example.com', '--immutable', 'id'], 'Give the issuer as its tokens have it'],
      [['http://b.example.com', '--immutable', 'id'], 'https alone'],
    ] as const)
      expect(await add(...args), says).toMatchObject({ code: 1, stderr: expect.stringContaining(says) });
    expect(await made.do(['issuer', 'keys', 'https://cluster.example.com', `${folder}/one.json`])).toContain(
      'are those of',
    );
    const create = await server.cli([
      'trust-policy',
      'create',
      'acme/app',
      '--name',
      'x',
      '--scope',
      'repository',
      '--issuer',
      'https://cluster.example.com',
      '--condition',
      '/kubernetes.io/namespace=ci',
    ]);
    expect(create).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/kubernetes.io/serviceaccount/uid'),
    });
  });
});
