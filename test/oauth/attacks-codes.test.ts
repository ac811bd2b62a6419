import { beforeAll, describe, expect, it } from 'vitest';
import { findById, findBySecret, Secret } from '../../src/credentials/index.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import {
  CALLBACK,
  codeIn,
  openOauthServer,
  pkce,
  type Answer,
  type Client,
  type OauthServer,
} from './oauth-server.ts';

/** Attacks on codes and on what leads to them, over the real server. Each says what must not happen, and that the honest client goes on. */
function attacks(kind: 'sqlite' | 'postgres'): void {
  let host: OauthServer;
  let shop: Client;
  let other: Client;
  let tool: Client;

  beforeAll(async () => {
    host = await openOauthServer(kind);
    shop = await host.consumer('Shop', ['repository:write', 'account']);
    other = await host.consumer('Other', ['repository:write', 'account']);
    tool = await host.consumer('Tool', ['repository', 'account'], { isPublic: true });
  });

  const askCode = async (client: Client, more: Record<string, string> = {}): Promise<string> =>
    codeIn(await host.authorize('ada', { response_type: 'code', client_id: client.key, ...more }));
  const redeem = (client: Client, code: string, more: Record<string, string> = {}) =>
    host.post('access_token', client, { grant_type: 'authorization_code', code, ...more });
  const opens = async ({ body }: Answer): Promise<boolean> =>
    (await host.rest('/user', String(body['access_token']))).status === 200;
  const refusedAs = (answer: Answer, error: string) => {
    expect(answer).toMatchObject({ status: 400, body: { error } });
    expect(answer.body['error_description']).toMatch(/^[ !#-[\]-~]+$/);
    expect(JSON.stringify(answer.body)).not.toContain('lk');
  };

  it('two redemptions of one code at once: one is served, and what it got ends with the other (GHSA-7w99-5wm4-3g79)', async () => {
    const code = await askCode(shop);
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(shop, code)));
    const served = answers.filter(({ status }) => status === 200);
    expect(served).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) refusedAs(answer, 'invalid_grant');
    for (const answer of served) {
      expect(await opens(answer)).toBe(false);
      const refresh_token = String(answer.body['refresh_token']);
      refusedAs(
        await host.post('access_token', shop, { grant_type: 'refresh_token', refresh_token }),
        'invalid_grant',
      );
    }
    const alarms = await host.services.database
      .selectFrom('audit')
      .select('detail')
      .where('operation', '=', 'oauth.token')
      .where('detail', 'like', '%used twice%')
      .execute();
    expect(alarms).toHaveLength(1);
  });

  it('a code after its consent was withdrawn opens nothing, and what came of the consent ends at once (better-auth#11318)', async () => {
    const live = await redeem(other, await askCode(other));
    expect(await opens(live)).toBe(true);
    const expired = await redeem(other, await askCode(other));
    const { database, keys } = host.services;
    const { id } = (await findBySecret(database, keys, new Secret(String(expired.body['access_token']))))!
      .row;
    await database.updateTable('credential').set({ expires_at: 1 }).where('id', '=', id).execute();
    const waiting = await askCode(other);
    await host.withdraw('ada', other.id);
    // What had ended before keeps the end that it had.
    expect(await host.rest('/user', String(expired.body['access_token']))).toMatchObject({ status: 401 });
    expect((await findById(database, id))?.row.revoked_at).toBeNull();
    expect(
      (await host.rest('/user', String(expired.body['access_token']))).headers.get('www-authenticate'),
    ).toMatch(/an OAuth access token \(cred_\w+\) that expired on/);
    const { status, headers } = await host.rest('/user', String(live.body['access_token']));
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/an OAuth access token \(cred_\w+\) that was revoked on/),
    ]);
    refusedAs(await redeem(other, waiting), 'invalid_grant');
    refusedAs(
      await host.post('access_token', other, {
        grant_type: 'refresh_token',
        refresh_token: String(live.body['refresh_token']),
      }),
      'invalid_grant',
    );
  });

  it('a code for A that B redeems is not valid, and A still redeems it', async () => {
    const code = await askCode(shop);
    refusedAs(await redeem(other, code), 'invalid_grant');
    refusedAs(await redeem(tool, code), 'invalid_grant');
    expect(await opens(await redeem(shop, code))).toBe(true);
  });

  it('a code works for two minutes', async () => {
    const code = await askCode(shop);
    const { database } = host.services;
    await database
      .updateTable('oauth_code')
      .set({ expires_at: Date.now() - 1 })
      .where('used_at', 'is', null)
      .execute();
    refusedAs(await redeem(shop, code), 'invalid_grant');
  });

  it('PKCE cannot be left out, weakened or taken away on the way, and a wrong verifier does not burn the code', async () => {
    const { verifier, challenge } = pkce();
    const asked = { response_type: 'code', redirect_uri: CALLBACK, state: 's' };
    for (const [client, more] of [
      [tool, {}],
      [tool, { code_challenge: verifier, code_challenge_method: 'plain' }],
      [tool, { code_challenge: challenge }],
      [shop, { code_challenge: challenge }],
      [tool, { code_challenge_method: 'S256' }],
      [tool, { code_challenge: 'short', code_challenge_method: 'S256' }],
      [tool, { code_challenge: challenge, code_challenge_method: 's256' }],
    ] as const) {
      const led = await host.authorize('ada', { ...asked, client_id: client.key, ...more });
      expect('to' in led && led.to.searchParams.get('error')).toBe('invalid_request');
      expect('to' in led && led.to.searchParams.get('state')).toBe('s');
      expect('to' in led && led.to.searchParams.has('code')).toBe(false);
    }
    const proof = { redirect_uri: CALLBACK, code_challenge: challenge, code_challenge_method: 'S256' };
    for (const client of [tool, shop]) {
      const code = await askCode(client, proof);
      for (const wrong of [
        {},
        { code_verifier: '' },
        { code_verifier: challenge },
        { code_verifier: pkce().verifier },
      ]) {
        refusedAs(await redeem(client, code, { redirect_uri: CALLBACK, ...wrong }), 'invalid_grant');
      }
      const right = await redeem(client, code, { redirect_uri: CALLBACK, code_verifier: verifier });
      expect(await opens(right)).toBe(true);
    }
    // A verifier that belongs to no challenge: somebody took the challenge out of the request (RFC 9700 §4.8.2).
    const bare = await askCode(shop);
    refusedAs(await redeem(shop, bare, { code_verifier: verifier }), 'invalid_grant');
  });

  it('the callback of the redemption is that of the request', async () => {
    const code = await askCode(shop, { redirect_uri: 'http://127.0.0.1:5000/cb' });
    for (const more of [{}, { redirect_uri: CALLBACK }, { redirect_uri: 'http://127.0.0.1:5000/cb/' }])
      refusedAs(await redeem(shop, code, more), 'invalid_grant');
    expect(await opens(await redeem(shop, code, { redirect_uri: 'http://127.0.0.1:5000/cb' }))).toBe(true);
  });

  it('nobody is sent to a sibling host, by a trick in the path, with a fragment or with a user name', async () => {
    const site = await host.consumer('Site', ['repository'], {
      callbacks: ['https://app.example.org/oauth/cb', 'http://127.0.0.1/done', 'org.example.app:/done'],
    });
    const ask = (redirect_uri: string) =>
      host.authorize('ada', { response_type: 'code', client_id: site.key, redirect_uri });
    const bad = [
      'https://app.example.org/oauth/cbx',
      'https://app.example.org/oauth/cb%2f..%2fother',
      'https://app.example.org/oauth/cb/../other',
      'https://app.example.org/oauth/cb/./x',
      'https://app.example.org/oauth/cb/%2e%2e/other',
      'https://app.example.org/oauth/cb/.%2E/other',
      'https://app.example.org/oauth/cb//x',
      'https://app.example.org/oauth/cb\\..\\x',
      'https://app.example.org/oauth/cb%5c..%5cx',
      'https://app.example.org/oauth/cb%252f..',
      'https://app.example.org/oauth/cb#x',
      'https://app.example.org/oauth/cb#',
      'https://app.example.org/oauth',
      'https://app.example.org/',
      'https://app.example.org:8443/oauth/cb',
      'http://app.example.org/oauth/cb',
      'https://evil.example.org/oauth/cb',
      'https://app.example.org.evil.example/oauth/cb',
      'https://xapp.example.org/oauth/cb',
      'https://ada@app.example.org/oauth/cb',
      'https://app.example.org@evil.example/oauth/cb',
      'https://app.example.org:x@evil.example/oauth/cb',
      'https:app.example.org/oauth/cb',
      'https:///app.example.org/oauth/cb',
      '//app.example.org/oauth/cb',
      ' https://app.example.org/oauth/cb',
      'https://app.example.org/oauth/cb\n',
      'https://app.example.org\u3002evil.example/oauth/cb',
      'http://localhost/done',
      'http://127.0.0.2/done',
      'http://127.0.0.1.evil.example/done',
      'http://127.0.0.1:1@evil.example/done',
      'https://127.0.0.1:5000/done',
      'org.example.app:/done/../x',
      'org.example.appx:/done',
      'javascript:alert(1)//app.example.org/oauth/cb',
      'data:text/html,x',
      'https://app.example.org/oauth/cb?code=mine',
      'https://app.example.org/oauth/cb?x=1&iss=https://evil.example',
      'org.example.app:/done?STATE=mine',
    ];
    for (const each of bad)
      expect([each, await ask(each)]).toEqual([
        each,
        { refused: expect.stringMatching(/^Invalid redirect_uri/) },
      ]);
    for (const good of [
      'https://app.example.org/oauth/cb',
      'https://app.example.org/oauth/cb/step/2?x=1',
      'http://127.0.0.1:43117/done',
      'org.example.app:/done',
    ]) {
      const led = await ask(good);
      expect('to' in led ? led.to.href : led.refused).toContain(
        `${good}${good.includes('?') ? '&' : '?'}code=lkac_`,
      );
      expect('to' in led && led.to.searchParams.get('iss')).toBe(host.server.url);
    }
    // One that was registered before such were refused leads nowhere, asked for or not.
    const { id, key } = await host.consumer('Old', ['repository'], { callbacks: ['https://old.example/cb'] });
    const old = 'https://old.example/cb?code=mine';
    await host.services.database
      .updateTable('oauth_consumer')
      .set({ callbacks: JSON.stringify([old]) })
      .where('id', '=', id)
      .execute();
    for (const more of [{}, { redirect_uri: old }]) {
      expect(await host.authorize('ada', { response_type: 'code', client_id: key, ...more })).toMatchObject({
        refused: expect.stringMatching(/^Invalid redirect_uri/),
      });
    }
    // With several callbacks a request must say which; twice is no way to say it.
    const twice = new URLSearchParams({ response_type: 'code', client_id: site.key });
    expect(await host.authorize('ada', twice)).toMatchObject({
      refused: expect.stringContaining('redirect_uri'),
    });
    twice.append('redirect_uri', 'http://127.0.0.1/done');
    twice.append('redirect_uri', 'https://evil.example/');
    expect(await host.authorize('ada', twice)).toMatchObject({
      refused: expect.stringContaining('redirect_uri'),
    });
    for (const client_id of ['', 'nobody', site.id, `${site.key} `])
      expect(await host.authorize('ada', { response_type: 'code', client_id })).toMatchObject({
        refused: expect.stringMatching(/^Invalid client_id/),
      });
  });

  it('more than was asked cannot be approved, and what was left is all there is', async () => {
    const asked = { response_type: 'code', client_id: shop.key, scope: 'repository account' };
    for (const scopes of [['repository', 'account', 'repository:write'], ['repository:admin'], []])
      expect(await host.authorize('ada', asked, { scopes })).toHaveProperty('refused');
    // Bob does not see it, so he cannot give it.
    expect(await host.authorize('bob', asked, { repositories: ['acme/app'] })).toHaveProperty('refused');
    await host.world.repository('acme/site');
    const led = await host.authorize('ada', asked, { scopes: ['repository'], repositories: ['acme/app'] });
    const got = await redeem(shop, codeIn(led));
    expect(got.body).toMatchObject({ scope: 'repository', scopes: 'repository' });
    const token = String(got.body['access_token']);
    expect((await host.rest('/repositories/acme/app', token)).status).toBe(200);
    expect((await host.rest('/repositories/acme/site', token)).status).toBe(403);
    expect((await host.rest('/user', token)).status).toBe(403);
    expect((await host.rest('/repositories/acme/app', token, 'DELETE')).status).toBe(403);
    const listed = await host.rest('/repositories/acme', token);
    expect(JSON.stringify(listed.body)).not.toContain('acme/site');
  });

  it('a scope that the consumer does not hold is not asked of anybody', async () => {
    for (const scope of ['repository:admin', 'nonsense', 'repository nonsense']) {
      const led = await host.authorize('ada', { response_type: 'code', client_id: shop.key, scope });
      expect('to' in led && led.to.searchParams.get('error')).toBe('invalid_scope');
    }
  });

  it('T59: no secret stands in anything that the server printed', () => {
    expect(host.server.output()).not.toMatch(/lk(oa|or|oc|ac|dc)_[A-Za-z0-9]/);
  });
}

describe('attacks on codes, on SQLite', () => attacks('sqlite'));
await describeOnPostgres('attacks on codes, on PostgreSQL', () => attacks('postgres'));
