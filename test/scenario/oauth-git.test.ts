import { beforeAll, describe, expect, it } from 'vitest';
import { codeIn, openOauthServer, type Client, type OauthServer } from '../oauth/oauth-server.ts';
import { commitFiles, git, gitOk, newRepository, withCredentials, workFolder } from '../support/git.ts';

/** Real Git with OAuth tokens, in each form in which clients send them. */
let host: OauthServer;
let shop: Client;
let access: string;
let bot: string;

beforeAll(async () => {
  host = await openOauthServer();
  shop = await host.consumer('Shop', ['repository:write', 'account']);
  const code = codeIn(await host.authorize('ada', { response_type: 'code', client_id: shop.key }));
  const { body } = await host.post('access_token', shop, { grant_type: 'authorization_code', code });
  access = String(body['access_token']);
  const own = await host.post('access_token', shop, { grant_type: 'client_credentials' });
  bot = String(own.body['access_token']);
  const source = await newRepository('seed');
  await gitOk(['push', '--quiet', host.world.cloneUrl('acme/app', 'ada', access), 'main'], { cwd: source });
});

const plain = () => host.world.cloneUrl('acme/app');
/** What Git is told: an address with a user name and the token, or a header. */
const forms: Readonly<Record<string, () => { url: string; options: readonly string[] }>> = {
  'x-token-auth': () => ({ url: withCredentials(plain(), 'x-token-auth', access), options: [] }),
  'the user name': () => ({ url: withCredentials(plain(), 'ada', access), options: [] }),
  'a Bearer header': () => ({
    url: plain(),
    options: ['-c', `http.extraHeader=Authorization: Bearer ${access}`],
  }),
  'x-token-auth, of the app user': () => ({
    url: withCredentials(plain(), 'x-token-auth', bot),
    options: [],
  }),
};

describe('an access token', () => {
  it.each(Object.keys(forms))('clones and pushes with %s', async (form) => {
    const { url, options } = forms[form]?.() ?? { url: '', options: [] };
    const folder = workFolder(`clone-${form.replaceAll(/\W/g, '')}`);
    await gitOk([...options, 'clone', '--quiet', url, folder]);
    const tip = await commitFiles(folder, { [`${form}.txt`]: 'x\n' }, `With ${form}`);
    await gitOk([...options, 'push', '--quiet', url, 'HEAD:main'], { cwd: folder });
    expect(await gitOk([...options, 'ls-remote', url, 'refs/heads/main'])).toBe(`${tip}\trefs/heads/main`);
  });

  it('is refused with another’s name, and Git says which belongs to it', async () => {
    const { code, stderr } = await git(['ls-remote', withCredentials(plain(), 'bob', access)]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Authentication failed');
    expect(stderr).toMatch(
      /The secret is an OAuth access token \(cred_\w+\) and genuine, .* use "ada" or "x-token-auth"\./,
    );
  });

  it('pushes as the app user of its consumer, which the push record names', async () => {
    const rows = await host.services.database
      .selectFrom('push')
      .select(['actor_type', 'actor_id', 'credential_id'])
      .where('actor_type', '=', 'app_user')
      .execute();
    expect(rows).toEqual([expect.objectContaining({ actor_id: shop.id })]);
    const { body } = await host.rest('/user', bot);
    expect(body).toMatchObject({
      type: 'app_user',
      kind: 'oauth_consumer',
      display_name: 'Shop',
      uuid: `{${shop.id}}`,
      account_status: 'active',
    });
    expect(body).not.toHaveProperty('nickname');
  });

  it('is listed and revoked like every credential, and shows when it was last used', async () => {
    const listed = await host.world.credentials({ user: 'ada' });
    const mine = listed.find(({ kind }) => kind === 'oauth_access_token');
    expect(mine).toMatchObject({ label: 'Shop', state: 'active' });
    expect(JSON.stringify(listed)).not.toContain(access.slice(5));
    await host.world.revoke(String(mine?.['id']));
    const { code, stderr } = await git(['ls-remote', withCredentials(plain(), 'x-token-auth', access)]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Authentication failed');
    expect((await host.rest('/user', access)).status).toBe(401);
  });
});

describe('latchkey oauth-consumer', () => {
  const perform = async (...words: string[]) =>
    JSON.parse(await host.world.do(['oauth-consumer', ...words])) as unknown;

  it('creates, lists, replaces the secret of and deletes a consumer, in JSON and with each secret once', async () => {
    const made = (await perform(
      'create',
      'acme',
      '--name',
      'Build',
      '--callback',
      'https://build.example.org/cb',
      '--scope',
      'repository',
      '--scope',
      'account',
    )) as { key: string; secret: string; id: string };
    expect(made.key).toMatch(/^[A-Za-z0-9]{18}$/);
    expect(made.secret).toMatch(/^lkoc_[A-Za-z0-9]{38}$/);
    const token = async (secret: string) =>
      (await host.post('access_token', { ...made, secret }, { grant_type: 'client_credentials' })).status;
    expect(await token(made.secret)).toBe(200);

    const shown = (await perform(
      'create',
      'acme',
      '--name',
      'Open',
      '--public',
      '--scope',
      'repository',
    )) as object;
    expect(shown).toMatchObject({ secret: null });
    const listed = (await perform('list', 'acme', '--json')) as Record<string, unknown>[];
    expect(listed.map(({ name }) => name)).toEqual(['Build', 'Open', 'Shop']);
    expect(JSON.stringify(listed)).not.toContain(made.secret.slice(5));

    const next = (await perform('replace-secret', 'acme', made.key, '--overlap-days', '0')) as {
      secret: string;
    };
    expect([await token(made.secret), await token(next.secret)]).toEqual([401, 200]);
    await host.world.do(['oauth-consumer', 'delete', 'acme', made.key]);
    expect(await token(next.secret)).toBe(401);
  });

  it('says what is wrong, and makes nothing', async () => {
    for (const [words, says] of [
      [
        ['create', 'acme', '--name', 'Shop', '--scope', 'repository'],
        /has an OAuth consumer of this name already/,
      ],
      [
        ['create', 'acme', '--name', 'X', '--scope', 'repository', '--callback', 'https://a/#b'],
        /cannot be a callback/,
      ],
    ] as const) {
      const { code, stderr, stdout } = await host.server.cli(['oauth-consumer', ...words]);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(says);
      expect(stdout).toBe('');
    }
  });
});
