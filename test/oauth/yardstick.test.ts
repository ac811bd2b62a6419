import * as oauth from 'oauth4webapi';
import { beforeAll, expect, it } from 'vitest';
import { CALLBACK, openOauthServer, pkce, type Client } from './oauth-server.ts';
import { openYardstick, type Authority } from './yardstick-server.ts';

/**
 * The same scenarios against our host and against oidc-provider, which nobody here wrote: what a good client does by
 * oauth4webapi with all its checks, what a wrong one does by plain requests, which that client would not send. Where both
 * come to the same end, that end is the test; where they do not, the difference stands below with its reason.
 */
const http = { [oauth.allowInsecureRequests]: true } as const;
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

type Outcome = string;
type Scenario = (on: Driver) => Promise<Outcome>;

/** What a scenario does, in the words of the client. Answers are `200`, or `400 invalid_grant` and the like. */
class Driver {
  readonly authority: Authority;
  readonly as: oauth.AuthorizationServer;

  constructor(authority: Authority, as: oauth.AuthorizationServer) {
    this.authority = authority;
    this.as = as;
  }

  async post(endpoint: string | undefined, client: Client | null, fields: Record<string, string> | string) {
    const body = new URLSearchParams(fields);
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    const encoded = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');
    if (client?.secret != null)
      headers['authorization'] = `Basic ${btoa(`${encoded(client.key)}:${encoded(client.secret)}`)}`;
    else if (client !== null) body.set('client_id', client.key);
    const response = await fetch(endpoint ?? '', { method: 'POST', headers, body: body.toString() });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    const outcome =
      typeof answer['error'] === 'string' ? `${response.status} ${answer['error']}` : `${response.status}`;
    return { outcome, answer };
  }

  token(client: Client | null, fields: Record<string, string> | string) {
    return this.post(this.as.token_endpoint, client, fields);
  }

  /** Asks with PKCE, has the yes, and returns what redeems the code. */
  async code(client: Client, scope = 'repository account') {
    const { verifier, challenge } = pkce();
    const state = oauth.generateRandomState();
    const led = await this.authority.authorize({
      response_type: 'code',
      client_id: client.key,
      redirect_uri: CALLBACK,
      scope,
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    if (led === null) throw new Error('Nobody was sent back.');
    const parameters = oauth.validateAuthResponse(this.as, { client_id: client.key }, led, state);
    return {
      grant_type: 'authorization_code',
      code: parameters.get('code') ?? '',
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    };
  }

  async tokens(client: Client, scope?: string) {
    const { outcome, answer } = await this.token(client, await this.code(client, scope));
    if (outcome !== '200') throw new Error(`No tokens: ${outcome}`);
    return { access: String(answer['access_token']), refresh: String(answer['refresh_token']) };
  }

  async isActive(client: Client, token: string): Promise<boolean> {
    return (await this.post(this.as.introspection_endpoint, client, { token })).answer['active'] === true;
  }

  /** The error with which a request is sent back, `no redirect`, or `code`. */
  async asked(parameters: Record<string, string>): Promise<Outcome> {
    const led = await this.authority.authorize(parameters);
    if (led === null) return 'no redirect';
    return led.searchParams.get('error') ?? (led.searchParams.has('code') ? 'code' : 'nothing');
  }

  async device(client: Client) {
    const { answer } = await this.post(this.as.device_authorization_endpoint, client, {
      scope: 'repository',
    });
    return { device_code: String(answer['device_code']), user_code: String(answer['user_code']) };
  }

  poll = (client: Client, device_code: string) => this.token(client, { grant_type: DEVICE, device_code });
}

const request = ({ authority }: Driver, more: Record<string, string>) => ({
  response_type: 'code',
  client_id: authority.shop.key,
  redirect_uri: CALLBACK,
  scope: 'repository',
  state: 's',
  ...more,
});

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a code is redeemed': async (on) =>
    (await on.token(on.authority.shop, await on.code(on.authority.shop))).outcome,
  'a code of a public client is redeemed': async (on) =>
    (await on.token(on.authority.tool, await on.code(on.authority.tool))).outcome,
  'a code a second time': async (on) => {
    const code = await on.code(on.authority.shop);
    const first = await on.token(on.authority.shop, code);
    const { outcome } = await on.token(on.authority.shop, code);
    return `${outcome}, first still active: ${await on.isActive(on.authority.shop, String(first.answer['access_token']))}`;
  },
  'a code by another client': async (on) =>
    (await on.token(on.authority.other, await on.code(on.authority.shop))).outcome,
  'a code with a wrong verifier': async (on) =>
    (
      await on.token(on.authority.shop, {
        ...(await on.code(on.authority.shop)),
        code_verifier: pkce().verifier,
      })
    ).outcome,
  'a code without its verifier': async (on) => {
    const { code_verifier: _left, ...code } = await on.code(on.authority.shop);
    return (await on.token(on.authority.shop, code)).outcome;
  },
  'a code with another callback': async (on) =>
    (
      await on.token(on.authority.shop, {
        ...(await on.code(on.authority.shop)),
        redirect_uri: `${CALLBACK}/x`,
      })
    ).outcome,
  'a code that there is not': async (on) =>
    (
      await on.token(on.authority.shop, {
        grant_type: 'authorization_code',
        code: 'none',
        redirect_uri: CALLBACK,
      })
    ).outcome,
  'a public client without PKCE': (on) => on.asked(request(on, { client_id: on.authority.tool.key })),
  'PKCE by plain': (on) =>
    on.asked(request(on, { code_challenge: pkce().verifier, code_challenge_method: 'plain' })),
  'an unknown response_type': (on) => on.asked(request(on, { response_type: 'word' })),
  'the implicit flow': (on) => on.asked(request(on, { response_type: 'token' })),
  'a scope that there is not': (on) => on.asked(request(on, { scope: 'nonsense' })),
  'an unknown client': (on) => on.asked(request(on, { client_id: 'nobody' })),
  'a callback at another host': (on) => on.asked(request(on, { redirect_uri: 'https://evil.example/cb' })),
  'a callback with a fragment': (on) => on.asked(request(on, { redirect_uri: `${CALLBACK}#x` })),
  'a callback at another loopback port': (on) =>
    on.asked(request(on, { redirect_uri: 'http://127.0.0.1:5000/cb' })),
  'a callback that continues the registered one': (on) =>
    on.asked(request(on, { redirect_uri: `${CALLBACK}/more` })),
  'a refresh': async (on) => {
    const { refresh } = await on.tokens(on.authority.shop);
    const { outcome, answer } = await on.token(on.authority.shop, {
      grant_type: 'refresh_token',
      refresh_token: refresh,
    });
    return `${outcome}, rotated: ${answer['refresh_token'] !== refresh}`;
  },
  'a refresh by another client': async (on) => {
    const { refresh } = await on.tokens(on.authority.shop);
    return (await on.token(on.authority.other, { grant_type: 'refresh_token', refresh_token: refresh }))
      .outcome;
  },
  'a refresh for more': async (on) => {
    const { refresh } = await on.tokens(on.authority.shop, 'repository');
    const fields = { grant_type: 'refresh_token', refresh_token: refresh, scope: 'repository account' };
    return (await on.token(on.authority.shop, fields)).outcome;
  },
  'a refresh for less': async (on) => {
    const { refresh } = await on.tokens(on.authority.shop);
    const fields = { grant_type: 'refresh_token', refresh_token: refresh, scope: 'repository' };
    const { outcome, answer } = await on.token(on.authority.shop, fields);
    return `${outcome} ${String(answer['scope'])}`;
  },
  'a refresh again, at once': async (on) => {
    const { refresh } = await on.tokens(on.authority.shop);
    const fields = { grant_type: 'refresh_token', refresh_token: refresh };
    await on.token(on.authority.shop, fields);
    return (await on.token(on.authority.shop, fields)).outcome;
  },
  'a refresh again, after its answer was exchanged': async (on) => {
    const { refresh } = await on.tokens(on.authority.shop);
    const fields = { grant_type: 'refresh_token', refresh_token: refresh };
    const second = String((await on.token(on.authority.shop, fields)).answer['refresh_token']);
    const third = (await on.token(on.authority.shop, { ...fields, refresh_token: second })).answer;
    const { outcome } = await on.token(on.authority.shop, fields);
    return `${outcome}, the newest still active: ${await on.isActive(on.authority.shop, String(third['access_token']))}`;
  },
  'client credentials': async (on) => {
    const { outcome, answer } = await on.token(on.authority.shop, {
      grant_type: 'client_credentials',
      scope: 'repository',
    });
    return `${outcome} ${String(answer['scope'])}, refresh token: ${answer['refresh_token'] !== undefined}`;
  },
  'client credentials of a public client': async (on) =>
    (await on.token(on.authority.tool, { grant_type: 'client_credentials' })).outcome,
  'a wrong secret': async (on) =>
    (await on.token({ ...on.authority.shop, secret: 'wrong' }, { grant_type: 'client_credentials' })).outcome,
  'no client at all': async (on) => (await on.token(null, { grant_type: 'client_credentials' })).outcome,
  'a private client that only says its name': async (on) =>
    (await on.token({ ...on.authority.shop, secret: null }, { grant_type: 'client_credentials' })).outcome,
  'secret in header and body at once': async (on) => {
    const { key, secret } = on.authority.shop;
    const fields = { grant_type: 'client_credentials', client_id: key, client_secret: String(secret) };
    return (await on.token(on.authority.shop, fields)).outcome;
  },
  'an unknown grant_type': async (on) =>
    (await on.token(on.authority.shop, { grant_type: 'password' })).outcome,
  'no grant_type': async (on) => (await on.token(on.authority.shop, {})).outcome,
  'a parameter twice': async (on) =>
    (await on.token(on.authority.shop, 'grant_type=client_credentials&grant_type=client_credentials'))
      .outcome,
  'a device before the answer': async (on) => {
    const { device_code } = await on.device(on.authority.tool);
    return (await on.poll(on.authority.tool, device_code)).outcome;
  },
  'a device that asks too fast': async (on) => {
    const { device_code } = await on.device(on.authority.tool);
    await on.poll(on.authority.tool, device_code);
    return (await on.poll(on.authority.tool, device_code)).outcome;
  },
  'a device after a yes': async (on) => {
    const { device_code, user_code } = await on.device(on.authority.tool);
    await on.authority.answerDevice(user_code, true);
    const { outcome, answer } = await on.poll(on.authority.tool, device_code);
    return `${outcome} ${String(answer['scope'])}`;
  },
  'a device after a no': async (on) => {
    const { device_code, user_code } = await on.device(on.authority.tool);
    await on.authority.answerDevice(user_code, false);
    return (await on.poll(on.authority.tool, device_code)).outcome;
  },
  'a device code by another client': async (on) => {
    const { device_code, user_code } = await on.device(on.authority.tool);
    await on.authority.answerDevice(user_code, true);
    return (await on.poll(on.authority.shop, device_code)).outcome;
  },
  'a device code that there is not': async (on) => (await on.poll(on.authority.tool, 'none')).outcome,
  'introspection of a token of one’s own': async (on) => {
    const { access } = await on.tokens(on.authority.shop);
    return `active: ${await on.isActive(on.authority.shop, access)}`;
  },
  'introspection of a token of another': async (on) => {
    const { access } = await on.tokens(on.authority.shop);
    return `active: ${await on.isActive(on.authority.other, access)}`;
  },
  'introspection of nonsense': async (on) => `active: ${await on.isActive(on.authority.shop, 'none')}`,
  'revocation of an access token': async (on) => {
    const { access } = await on.tokens(on.authority.shop);
    const { outcome } = await on.post(on.as.revocation_endpoint, on.authority.shop, { token: access });
    return `${outcome}, active: ${await on.isActive(on.authority.shop, access)}`;
  },
  'revocation of a refresh token': async (on) => {
    const { access, refresh } = await on.tokens(on.authority.shop);
    const { outcome } = await on.post(on.as.revocation_endpoint, on.authority.shop, { token: refresh });
    return `${outcome}, its access token active: ${await on.isActive(on.authority.shop, access)}`;
  },
  'revocation of a token of another': async (on) => {
    const { access } = await on.tokens(on.authority.shop);
    const { outcome } = await on.post(on.as.revocation_endpoint, on.authority.other, { token: access });
    return `${outcome}, active: ${await on.isActive(on.authority.shop, access)}`;
  },
  'revocation of nonsense': async (on) =>
    (await on.post(on.as.revocation_endpoint, on.authority.shop, { token: 'none' })).outcome,
};

/** Where the two differ, and why ours is as it is. */
const DIFFERENCES: Readonly<
  Record<string, { readonly ours: Outcome; readonly theirs: Outcome; readonly because: string }>
> = {
  'the implicit flow': {
    ours: 'unsupported_response_type',
    theirs: 'nothing',
    because:
      'Theirs knows the implicit flow and answers it behind a fragment; ours knows nothing of it, so the error comes as every other.',
  },
  'a scope that there is not': {
    ours: 'invalid_scope',
    theirs: 'access_denied',
    because:
      'Theirs drops the unknown scope, and then nothing is left to agree to; ours refuses it by name (RFC 6749 §4.1.2.1), so that nobody is asked for less than the client believes.',
  },
  'a callback that continues the registered one': {
    ours: 'code',
    theirs: 'no redirect',
    because:
      'Bitbucket lets a request continue the registered callback, and its clients do; ours allows it by whole segments.',
  },
  'a refresh again, at once': {
    ours: '200',
    theirs: '400 invalid_grant',
    because:
      'Within 30 seconds and while nothing of the answer was used, ours takes it for an answer that was lost, and replaces that one.',
  },
  'client credentials of a public client': {
    ours: '400 unauthorized_client',
    theirs: '400 invalid_request',
    because:
      'RFC 6749 §5.2 has unauthorized_client for a client that may not use this grant type, and Bitbucket answers so.',
  },
  'no client at all': {
    ours: '401 invalid_client',
    theirs: '400 invalid_request',
    because: 'RFC 6749 §5.2 names "no client authentication included" under invalid_client.',
  },
  'a device that asks too fast': {
    ours: '400 slow_down',
    theirs: '400 authorization_pending',
    because: 'Theirs does not watch the interval; ours does, as RFC 8628 §3.5 describes.',
  },
  'introspection of a token of another': {
    ours: 'active: false',
    theirs: 'active: true',
    because:
      'Theirs tells every confidential client unless it is given a policy; ours tells the client that the token was issued to (RFC 7662 §4, T58).',
  },
  'revocation of a token of another': {
    ours: '200, active: true',
    theirs: '400 invalid_request, active: true',
    because:
      'Both leave the token alone; ours answers as it does for a token that there is not (RFC 7009 §2.2), and so says nothing about it.',
  },
};

let ours: Driver;
let theirs: Driver;

beforeAll(async () => {
  const host = await openOauthServer('sqlite');
  const scopes = ['repository', 'account'];
  ours = await driverOf('oauth2', {
    issuer: host.server.url,
    shop: await host.consumer('Shop', scopes),
    other: await host.consumer('Other', scopes),
    tool: await host.consumer('Tool', scopes, { isPublic: true }),
    async authorize(parameters) {
      const led = await host.authorize('ada', parameters);
      return 'to' in led ? led.to : null;
    },
    answerDevice: (userCode, yes) => host.answerDevice('ada', userCode, yes ? {} : 'no'),
  });
  theirs = await driverOf('oidc', await openYardstick());
});

async function driverOf(algorithm: 'oauth2' | 'oidc', authority: Authority): Promise<Driver> {
  const issuer = new URL(authority.issuer);
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...http });
  return new Driver(authority, await oauth.processDiscoveryResponse(issuer, response));
}

it.each(Object.keys(SCENARIOS))('%s', async (name) => {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error('There is no such scenario.');
  const found = { ours: await scenario(ours), theirs: await scenario(theirs) };
  const listed = DIFFERENCES[name];
  expect(found).toEqual(
    listed === undefined
      ? { ours: found.theirs, theirs: found.theirs }
      : { ours: listed.ours, theirs: listed.theirs },
  );
  expect(`${found.ours} ${found.theirs}`).not.toMatch(/\b5\d\d\b/);
});

/** Every grant and endpoint by the client's own requests and checkers, which throw at what its RFC does not allow. */
async function strictly({ as, authority }: Driver): Promise<readonly unknown[]> {
  const shop = { client_id: authority.shop.key };
  const tool = { client_id: authority.tool.key };
  const auth = oauth.ClientSecretBasic(authority.shop.secret ?? '');
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const led = await authority.authorize({
    response_type: 'code',
    ...shop,
    redirect_uri: CALLBACK,
    scope: 'repository',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  if (led === null) throw new Error('Nobody was sent back.');
  const code = oauth.validateAuthResponse(as, shop, led, state);
  const byCode = await oauth.processAuthorizationCodeResponse(
    as,
    shop,
    await oauth.authorizationCodeGrantRequest(as, shop, auth, code, CALLBACK, verifier, http),
  );
  const refreshed = await oauth.processRefreshTokenResponse(
    as,
    shop,
    await oauth.refreshTokenGrantRequest(as, shop, auth, byCode.refresh_token ?? '', http),
  );
  const itself = await oauth.processClientCredentialsResponse(
    as,
    shop,
    await oauth.clientCredentialsGrantRequest(as, shop, auth, { scope: 'repository' }, http),
  );
  const device = await oauth.processDeviceAuthorizationResponse(
    as,
    tool,
    await oauth.deviceAuthorizationRequest(as, tool, oauth.None(), { scope: 'repository' }, http),
  );
  await authority.answerDevice(device.user_code, true);
  const byDevice = await oauth.processDeviceCodeResponse(
    as,
    tool,
    await oauth.deviceCodeGrantRequest(as, tool, oauth.None(), device.device_code, http),
  );
  const about = async () =>
    oauth.processIntrospectionResponse(
      as,
      shop,
      await oauth.introspectionRequest(as, shop, auth, refreshed.access_token, http),
    );
  const before = await about();
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, shop, auth, refreshed.access_token, http),
  );
  return [
    ...[byCode, refreshed, itself, byDevice].map(({ token_type, scope, refresh_token }) => [
      token_type,
      scope,
      refresh_token !== undefined,
    ]),
    [before.active, before.scope, before.client_id === shop.client_id, (await about()).active],
  ];
}

it('oauth4webapi, unmodified, goes through every grant and endpoint of both to the same end', async () => {
  const [one, two] = [await strictly(ours), await strictly(theirs)];
  expect(one).toEqual([
    ['bearer', 'repository', true],
    ['bearer', 'repository', true],
    ['bearer', 'repository', false],
    ['bearer', 'repository', true],
    [true, 'repository', true, false],
  ]);
  expect(one).toEqual(two);
});

it('every difference that is explained is one', () => {
  expect(Object.keys(DIFFERENCES).filter((name) => SCENARIOS[name] === undefined)).toEqual([]);
  for (const { ours: one, theirs: two, because } of Object.values(DIFFERENCES)) {
    expect(one).not.toBe(two);
    expect(because).toMatch(/\.$/);
  }
});
