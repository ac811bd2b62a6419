import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { codeIn, openOauthServer, type Client, type OauthServer } from './oauth-server.ts';

/** Whatever strangers send: an answer by the RFC, never a 5xx, never a token, and nothing that changed. */
let host: OauthServer;
let shop: Client;
let tool: Client;

beforeAll(async () => {
  host = await openOauthServer('sqlite');
  shop = await host.consumer('Shop', ['repository', 'account']);
  tool = await host.consumer('Tool', ['repository', 'account'], { isPublic: true });
});

const ENDPOINTS = ['access_token', 'device_authorization', 'revoke', 'introspect'] as const;
const NAMES = [
  'grant_type',
  'code',
  'refresh_token',
  'device_code',
  'client_id',
  'client_secret',
  'redirect_uri',
  'code_verifier',
  'code_challenge',
  'code_challenge_method',
  'scope',
  'token',
  'token_type_hint',
  'request_type',
  'label',
  'repository',
  'expires_in_days',
  '__proto__',
  'constructor',
];
const value = fc.oneof(
  fc.constantFrom(
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:device_code',
    'S256',
    'app_password',
    'repository',
    'toString',
    '',
    '\u0000',
    'é',
    '\ud800',
    'a'.repeat(5000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.stringMatching(/^lk(oa|or|oc|ap|rt|ac|dc)_[A-Za-z0-9]{38}$/),
);
const fields = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 8 });
const encode = (pairs: readonly (readonly [string, string])[]): string =>
  pairs
    .map((pair) => pair.map((text) => new URLSearchParams({ x: text }).toString().slice(2)).join('='))
    .join('&');

const authorization = fc.oneof(
  fc.constant(undefined),
  fc.constant('right'),
  fc.constantFrom('Basic', 'Basic ', 'Bearer x', 'Basic !!!', 'Basic Og==', 'Digest x', 'Basic JTp4'),
  fc
    .tuple(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }))
    .map(([user, secret]) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`),
);

it('no parameter and no header makes an endpoint fail, or give anything', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ENDPOINTS),
      fields,
      authorization,
      fc.boolean(),
      async (endpoint, pairs, header, named) => {
        const body = encode([...pairs, ...(named ? ([['client_id', tool.key]] as const) : [])]);
        const right = `Basic ${Buffer.from(`${shop.key}:${String(shop.secret)}`).toString('base64')}`;
        const sent = header === 'right' ? right : header;
        const response = await fetch(`${host.server.url}/site/oauth2/${endpoint}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            ...(sent !== undefined && { authorization: sent }),
          },
          body,
        });
        const text = await response.text();
        const answer = JSON.parse(text) as Record<string, unknown>;
        expect([200, 400, 401, 413]).toContain(response.status);
        expect(response.headers.get('cache-control')).toBe('no-store');
        if (response.status === 200) {
          // Who is the consumer may have a token of its own, begin a device, or end what is not there; nobody gets more.
          const its =
            header === 'right' &&
            pairs.some(([name, each]) => name === 'grant_type' && each === 'client_credentials');
          if (endpoint === 'access_token') expect(its).toBe(true);
          if (endpoint === 'introspect') expect(answer).toEqual({ active: false });
          if (endpoint === 'revoke') expect(answer).toEqual({});
          expect(answer).not.toHaveProperty('refresh_token');
        } else {
          expect(answer['error']).toMatch(/^[a-z_]+$/);
          expect(answer['error_description']).toMatch(/^[ !#-[\]-~]+$/);
          if (response.status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Basic /);
        }
      },
    ),
    { numRuns: 200 },
  );
}, 60_000);

it('no body of another type, size or form does', async () => {
  const url = `${host.server.url}/site/oauth2/access_token`;
  for (const [type, body] of [
    ['application/json', '{"grant_type":"client_credentials"}'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/x-www-form-urlencoded', `grant_type=${'x'.repeat(70_000)}`],
    ['application/x-www-form-urlencoded', '%%%&&&===%ff%zz'],
    ['text/plain', 'grant_type=client_credentials'],
  ] as const) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
    expect([400, 401, 413]).toContain(response.status);
    expect(await response.json()).toHaveProperty('error');
  }
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'] as const) {
    const response = await fetch(`${url}?grant_type=client_credentials&client_id=${tool.key}`, { method });
    expect(response.status).toBe(405);
    expect(await response.text()).not.toContain('lkoa_');
  }
});

it('no authorization request sends anybody anywhere but to a callback of the consumer', async () => {
  const pairs = fc.array(
    fc.tuple(
      fc.constantFrom(
        'response_type',
        'redirect_uri',
        'scope',
        'state',
        'code_challenge',
        'code_challenge_method',
        'request_type',
        'response_mode',
      ),
      fc.oneof(
        value,
        fc.webUrl(),
        fc.constantFrom('code', 'http://127.0.0.1/cb', 'http://127.0.0.1:99/cb/x'),
      ),
    ),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(pairs, async (list) => {
      const parameters = new URLSearchParams([['client_id', shop.key], ...list]);
      const led = await host.authorize('ada', parameters);
      if ('refused' in led) {
        expect(led.refused).toMatch(/^[A-Z].*[.]$/);
        return;
      }
      expect(led.to.hostname).toBe('127.0.0.1');
      expect(`${led.to.pathname}/`).toMatch(/^\/cb\//);
      expect(led.to.searchParams.has('code')).not.toBe(led.to.searchParams.has('error'));
    }),
    { numRuns: 200 },
  );
}, 60_000);

it('a good client is served after all that', async () => {
  const code = codeIn(await host.authorize('ada', { response_type: 'code', client_id: shop.key }));
  expect((await host.post('access_token', shop, { grant_type: 'authorization_code', code })).status).toBe(
    200,
  );
  expect(host.server.output()).not.toMatch(/"level":50|TypeError/);
});
