import { beforeAll, describe, expect, it } from 'vitest';
import { git, withCredentials } from '../support/git.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import {
  basicHeader,
  codeIn,
  openOauthServer,
  pkce,
  type Answer,
  type Client,
  type OauthServer,
} from './oauth-server.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** A lasting credential by consent: asked for as a program does, confirmed by a person, and had once. */
function scenario(kind: 'sqlite' | 'postgres'): void {
  let host: OauthServer;
  let tool: Client;
  let shop: Client;

  beforeAll(async () => {
    host = await openOauthServer(kind);
    tool = await host.consumer('Tool', ['repository:write', 'account'], { isPublic: true });
    shop = await host.consumer('Shop', ['repository:write', 'account']);
    await host.world.repository('acme/site');
  });

  const wish = {
    request_type: 'app_password',
    label: 'git on laptop',
    scope: 'repository:write account',
    repository: 'acme/app',
    expires_in_days: '30',
  };
  const begin = async (client: Client, more: Record<string, string>) =>
    host.post('device_authorization', client, { ...wish, ...more });
  const poll = (client: Client, device_code: string, more: Record<string, string> = {}) =>
    host.post('access_token', client, { grant_type: GRANT, device_code, ...more });
  const passwords = async () =>
    (await host.world.credentials({ user: 'ada' })).filter(({ kind: each }) => each === 'app_password')
      .length;
  const userStatus = async ({ body }: Answer) => {
    const response = await fetch(`${host.server.url}/2.0/user`, {
      headers: { authorization: basicHeader('ada', String(body['access_token'])) },
    });
    return response.status;
  };

  it('comes through the device flow once, as it was left, and works with Git', async () => {
    const { verifier, challenge } = pkce();
    const begun = await begin(tool, { code_challenge: challenge, code_challenge_method: 'S256' });
    await host.answerDevice('ada', String(begun.body['user_code']), {
      scopes: ['repository:write'],
      label: 'laptop',
    });
    const device = String(begun.body['device_code']);
    const before = await passwords();
    const got = await poll(tool, device, { code_verifier: verifier });
    expect(got).toMatchObject({
      status: 200,
      body: {
        token_type: 'N_A',
        issued_token_type: 'urn:latchkey:app-password',
        username: 'ada',
        scope: 'repository:write',
        scopes: 'repository:write',
      },
    });
    expect(Object.keys(got.body).toSorted()).toEqual([
      'access_token',
      'expires_in',
      'issued_token_type',
      'scope',
      'scopes',
      'token_type',
      'username',
    ]);
    expect(got.headers.get('cache-control')).toBe('no-store');
    const secret = String(got.body['access_token']);
    expect(secret).toMatch(/^lkap_[A-Za-z0-9]{38}$/);
    expect(await passwords()).toBe(before + 1);
    const [made] = await host.world.credentials({ user: 'ada' });
    expect(made).toMatchObject({ kind: 'app_password', label: 'laptop', scopes: ['repository:write'] });
    expect(JSON.stringify(made)).not.toContain(secret.slice(5));
    const days = (Date.parse(String(made?.['expires_at'])) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThanOrEqual(30);

    const listed = (path: string) =>
      git(['ls-remote', withCredentials(`${host.server.url}/${path}.git`, 'ada', secret)]);
    expect((await listed('acme/app')).code).toBe(0);
    expect((await listed('acme/site')).code).not.toBe(0);
    expect(await userStatus(got)).toBe(403);
    // Not as a Bearer, and not to be refreshed: it is an app password like others.
    expect((await host.rest('/repositories/acme/app', secret)).status).toBe(401);
    expect(host.server.output()).not.toContain(secret.slice(5));
  });

  it('comes through the code flow, in the body of the answer and never in an address', async () => {
    const { verifier, challenge } = pkce();
    for (const [client, proof, proven] of [
      [tool, { code_challenge: challenge, code_challenge_method: 'S256' }, { code_verifier: verifier }],
      [shop, {}, {}],
    ] as const) {
      const led = await host.authorize('ada', {
        response_type: 'code',
        client_id: client.key,
        ...wish,
        ...proof,
      });
      expect('to' in led && led.to.href).not.toContain('lkap_');
      const fields = { grant_type: 'authorization_code', code: codeIn(led), ...proven };
      const got = await host.post('access_token', client, fields);
      expect(got.body).toMatchObject({
        token_type: 'N_A',
        username: 'ada',
        scope: 'repository:write account',
      });
      expect(await userStatus(got)).toBe(200);
      // Whoever redeems the code a second time ends what the first one got.
      expect((await host.post('access_token', client, fields)).status).toBe(400);
      expect(await userStatus(got)).toBe(401);
    }
  });

  it('is never wider, longer or of more repositories than was asked', async () => {
    const asked = { response_type: 'code', client_id: shop.key, ...wish };
    for (const wider of [
      { scopes: ['repository:admin'] },
      { scopes: ['repository:write', 'account', 'email'] },
      { expiresAt: null },
      { expiresAt: Date.now() + 31 * 86_400_000 },
      { label: '' },
      { repositories: [] },
      { repositories: ['acme/site'] },
      { repositories: ['acme/app', 'acme/site'] },
    ])
      expect(await host.authorize('ada', asked, wider)).toHaveProperty('refused');
  });

  it('goes to nobody who proves nothing: private consumers, and those that use PKCE', async () => {
    const refused = await begin(tool, {});
    expect(refused).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    const led = await host.authorize('ada', { response_type: 'code', client_id: tool.key, ...wish });
    expect('to' in led && led.to.searchParams.get('error')).toBe('invalid_request');
    expect((await begin(shop, {})).status).toBe(200);
  });

  it('cannot be asked for in another form', async () => {
    for (const more of [
      { request_type: 'session' },
      { expires_in_days: '0' },
      { expires_in_days: '-1' },
      { expires_in_days: '1e3' },
      { scope: 'repository:admin' },
      { repository: Array.from({ length: 51 }, (_each, index) => `acme/r${index}`).join(' ') },
    ])
      expect(await begin(shop, more)).toMatchObject({ status: 400 });
  });
}

describe('an app password by consent, on SQLite', () => scenario('sqlite'));
await describeOnPostgres('an app password by consent, on PostgreSQL', () => scenario('postgres'));
