import { beforeAll, describe, expect, test } from 'vitest';
import { revokeCredential } from '../../../src/acts/credentials/revoke.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { OPERATIONS } from '../../../src/gate/index.ts';
import { basicHeader, openRest, type Answer, type RestHost } from './rest-host.ts';

let rest: RestHost;
const R = '/2.0/repositories/team/app';
const ENVELOPE_TYPE = 'application/json; charset=utf-8';

// As recorded from Bitbucket Cloud, byte for byte.
const TOKEN_INVALID =
  '{"type":"error","error":{"message":"Token is invalid, expired, or not supported for this endpoint."}}';
const REPOSITORY_MISSING =
  '{"type":"error","error":{"message":"You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated."}}';
const GONE =
  '{"type":"error","error":{"message":"CHANGE-2770 - Functionality has been deprecated","detail":"Please read the changelog entry for more details.","data":{"announcement_url":"https://developer.atlassian.com/cloud/bitbucket/changelog#CHANGE-2770"}},"data":{"announcement_url":"https://developer.atlassian.com/cloud/bitbucket/changelog#CHANGE-2770"}}';
const INVALID_PAGELEN = '{"type":"error","error":{"message":"Invalid pagelen"}}';

beforeAll(async () => {
  rest = await openRest();
});

/** What another answer must equal so that nothing can be told from it. */
const told = ({ status, body, headers }: Answer) => {
  const { date: _date, ...others } = headers;
  return { status, body, headers: others };
};

describe('who is asking', () => {
  test('an account password, and any secret that is not ours, opens nothing and hears what to create', async () => {
    const secrets = ['correct horse battery', 'ATBBq8', 'ATATT3xFf', 'ATCTT3xFf'];
    const answers = [];
    for (const each of secrets) answers.push(await rest.call('/2.0/user', basicHeader('jane', each)));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    const { status, headers, body } = answers[0]!;
    expect(status).toBe(401);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(headers['www-authenticate']).toBe('Basic realm="Latchkey"');
    expect(body).toMatch(
      /not of this host: an account password opens nothing.*of Bitbucket Cloud nothing here.*Create an app password/,
    );
    for (const name of ['x-oauth-scopes', 'x-accepted-oauth-scopes', 'x-credential-type']) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  test('T54: unknown user and wrong secret are answered alike', async () => {
    const unknown = `lkap_${'A'.repeat(38)}`;
    for (const secret of ['wrong', unknown]) {
      const known = await rest.call('/2.0/user', basicHeader('jane', secret));
      const nobody = await rest.call('/2.0/user', basicHeader('nobody', secret));
      expect(known.status).toBe(401);
      expect(told(known)).toEqual(told(nobody));
    }
  });

  test('an unknown token hears Bitbucket’s sentence and nothing else', async () => {
    for (const value of ['Bearer nothing', `Bearer lkrt_${'B'.repeat(38)}`, 'Digest x']) {
      const { status, headers, body } = await rest.call('/2.0/user', value);
      expect(status).toBe(401);
      expect(body).toBe(TOKEN_INVALID);
      expect(headers['content-type']).toBe(ENVELOPE_TYPE);
      expect(headers['www-authenticate']).toMatch(
        /^Bearer realm="Latchkey", error="invalid_(token|request)", error_description="[^"]+", resource_metadata="http/,
      );
    }
  });

  test('malformed headers are refused as such and never pass as anonymous', async () => {
    for (const value of [
      'Basic',
      'Basic !!!',
      `Basic ${Buffer.from('nocolon').toString('base64')}`,
      'x',
      'Basic /w==',
    ]) {
      for (const url of ['/2.0/repositories/team/open', '/2.0/user', '/2.0/openapi.json']) {
        expect((await rest.call(url, value)).status, `${value} ${url}`).toBe(401);
      }
    }
    expect((await rest.call('/2.0/user', `Bearer ${'x'.repeat(10_000)}`)).status).toBe(401);
  });

  test('T59, T9: neither a cookie nor a token in the address is looked at', async () => {
    const { secret } = await rest.host.appPassword('jane', ['account', 'repository']);
    const anonymous = told(await rest.call('/2.0/user'));
    for (const name of ['access_token', 'token', 'private_token', 'api_key', 'key']) {
      expect(told(await rest.call(`/2.0/user?${name}=${secret}`))).toEqual(anonymous);
    }
    for (const cookie of [
      `session=${secret}`,
      `latchkey=${secret}`,
      `__Host-session=${secret}`,
      `Authorization=${secret}`,
    ]) {
      expect(told(await rest.call('/2.0/user', undefined, { headers: { cookie } }))).toEqual(anonymous);
    }
    const hidden = await rest.call(R, undefined, { headers: { cookie: `session=${secret}` } });
    expect(hidden.body).toBe(REPOSITORY_MISSING);
  });

  test('the holder of a genuine credential hears what is wrong with it, with its public id', async () => {
    const { id, secret } = await rest.host.appPassword('jane', ['account']);
    const wrongName = await rest.call('/2.0/user', basicHeader('rob', secret));
    expect(wrongName.status).toBe(401);
    expect(wrongName.json.error).toMatchObject({
      message: 'Token is invalid, expired, or not supported for this endpoint.',
      data: { reason: 'user_name_wrong', credential: id },
    });
    expect(wrongName.json.data).toEqual(wrongName.json.error.data);
    const wrongScheme = await rest.call('/2.0/user', `Bearer ${secret}`);
    expect(wrongScheme.json.data).toMatchObject({ reason: 'scheme_wrong', credential: id });
    expect(wrongScheme.json.data.hint).toContain('Basic');

    const grant = await enterAsOperator(rest.host.services, 'credential.revoke', [{ type: 'host' }]);
    await revokeCredential(rest.host.services, grant, id);
    const revoked = await rest.call('/2.0/user', basicHeader('jane', secret));
    expect(revoked.status).toBe(401);
    expect(revoked.json.data).toMatchObject({ reason: 'credential_ended', credential: id });
    expect(revoked.headers).not.toHaveProperty('x-accepted-oauth-scopes');
    expect(revoked.body).not.toContain(secret);
    // On what is public, too: it never becomes anonymous.
    expect((await rest.call('/2.0/repositories/team/open', basicHeader('jane', secret))).status).toBe(401);
  });
});

describe('what they may', () => {
  test('a missing scope is named in detail, with what is held, un-expanded', async () => {
    const { id, secret } = await rest.host.appPassword('jane', ['team', 'pullrequest:write']);
    const { status, headers, json } = await rest.call('/2.0/user', basicHeader('jane', secret));
    expect(status).toBe(403);
    expect(json.error.message).toBe('Your credentials lack one or more required privilege scopes.');
    expect(json.error.detail).toEqual({ required: ['account'], granted: expect.any(Array) });
    expect(json.error.detail.granted.toSorted()).toEqual(['pullrequest:write', 'team']);
    expect(json.data).toMatchObject({ reason: 'scope_missing', credential: id, missing: ['account'] });
    expect(headers).toMatchObject({
      'x-accepted-oauth-scopes': 'account',
      'x-credential-type': 'apppassword',
    });
    expect(headers['x-oauth-scopes']?.split(', ').toSorted()).toEqual(['pullrequest:write', 'team']);
    // It implies reading.
    expect((await rest.call(R, basicHeader('jane', secret))).status).toBe(200);
  });

  test('the wrong kind of credential', async () => {
    const token = await rest.bearer('team/app', 'repository');
    const { status, headers, json } = await rest.call('/2.0/user', token);
    expect(status).toBe(403);
    expect(json.error.message).toBe('This API is not accessible by this authentication mechanism');
    expect(headers['x-credential-type']).toBe('repo_access_token');
    expect(headers['x-oauth-scopes']).toBe('repository');
  });

  test('a role that is too small, and a repository that cannot be seen', async () => {
    const rob = await rest.basic('rob', 'repository:admin', 'repository:delete');
    const put = await rest.call(R, rob, { method: 'PUT', body: { description: 'x' } });
    expect(put.status).toBe(403);
    expect(put.json.error.message).toBe('Access denied. You must have admin access to this repository.');
    expect((await rest.call(R, rob, { method: 'DELETE' })).status).toBe(403);
    const jane = await rest.basic('jane', 'repository');
    expect((await rest.call(R, jane)).json.description).toBe('');
  });

  test('a token of one repository opens no other', async () => {
    const token = await rest.bearer('team/app', 'repository:write', 'repository:admin', 'repository:delete');
    const empty = await rest.call('/2.0/repositories/team/empty', token);
    const none = await rest.call('/2.0/repositories/team/none', token);
    expect(empty.status).toBe(404);
    expect(told(empty)).toEqual(told(none));
    expect((await rest.call('/2.0/repositories/team/open', token)).status).toBe(403);
    expect((await rest.call('/2.0/repositories/team/made', token, { method: 'POST', body: {} })).status).toBe(
      403,
    );
    expect((await rest.call('/2.0/repositories/team/made', token, { method: 'PUT', body: {} })).status).toBe(
      404,
    );
  });

  test('T3: without scopes nothing but what is public to everybody opens, on any route', async () => {
    // No form makes a credential without scopes, so the rows are taken away.
    const made = await rest.host.appPassword('jane', ['repository']);
    const tokenMade = await rest.host.accessToken('team/app', ['repository']);
    await rest.host.services.database
      .deleteFrom('credential_scope')
      .where('credential_id', 'in', [made.id, tokenMade.id])
      .execute();
    const app = basicHeader('jane', made.secret);
    const token = `Bearer ${tokenMade.secret}`;
    const walked = rest.routes.filter(
      ({ url, operation, method }) =>
        url.startsWith('/2.0/') && OPERATIONS[operation].scopes !== 'any' && method !== 'HEAD',
    );
    expect(walked.length).toBeGreaterThan(15);
    for (const { method, url } of walked) {
      const at = url
        .replace(':workspace', 'team')
        .replace(':repository', 'app')
        .replace(':member', 'jane')
        .replace(':email', 'jane@example.org')
        .replace('*', 'main');
      for (const credential of [
        app,
        token,
        await rest.basic('jane', 'snippet'),
        await rest.bearer('team/app', 'runner'),
      ]) {
        const { status } = await rest.call(at, credential, { method: method as 'GET' });
        expect(status, `${method} ${url}`).toBe(403);
      }
    }
  });
});

describe('T57: private and missing are one', () => {
  const tails = [
    '',
    '/commits',
    '/commits/main',
    '/commit/main',
    '/refs',
    '/refs/branches',
    '/refs/branches/main',
    '/refs/tags/v1.0',
    '/src',
    '/src/main/README.md',
    '/src/main/README.md?format=meta',
    '?fields=name',
  ];

  test.each(['a stranger', 'a person without a role', 'a token of another repository'])(
    'to %s',
    async (who) => {
      const credential =
        who === 'a stranger'
          ? undefined
          : who === 'a token of another repository'
            ? await rest.bearer('team/open', 'repository:write', 'repository:admin')
            : await rest.basic('eve', 'repository:write', 'repository:admin', 'repository:delete');
      for (const tail of tails) {
        const hidden = await rest.call(`${R}${tail}`, credential);
        const missing = await rest.call(`/2.0/repositories/team/gone${tail}`, credential);
        expect(hidden.status, tail).toBe(404);
        expect(told(hidden), tail).toEqual(told(missing));
        if (credential === undefined) expect(hidden.body).toBe(REPOSITORY_MISSING);
        const byId = await rest.call(`/2.0/repositories/%7B%7D/%7B${rest.ids.app}%7D${tail}`, credential);
        expect(told(byId), tail).toEqual(told(missing));
      }
      for (const method of ['PUT', 'DELETE', 'POST'] as const) {
        const hidden = await rest.call(method === 'POST' ? `${R}/commits` : R, credential, {
          method,
          body: {},
        });
        const missing = await rest.call(
          `/2.0/repositories/team/gone${method === 'POST' ? '/commits' : ''}`,
          credential,
          { method, body: {} },
        );
        expect(told(hidden), method).toEqual(told(missing));
        expect(hidden.status).toBeGreaterThanOrEqual(401);
      }
    },
  );

  test('a workspace with nothing public is missing, too', async () => {
    for (const tail of ['', '/members']) {
      const hidden = await rest.call(`/2.0/workspaces/elsewhere${tail}`);
      const missing = await rest.call(`/2.0/workspaces/nowhere${tail}`);
      expect(hidden.status).toBe(missing.status);
      expect(hidden.body.replaceAll('elsewhere', 'nowhere')).toBe(missing.body);
    }
    expect((await rest.call('/2.0/workspaces/elsewhere')).json.error.message).toBe(
      "No workspace with identifier 'elsewhere'.",
    );
    expect((await rest.call('/2.0/repositories/elsewhere')).status).toBe(404);
    expect((await rest.call('/2.0/repositories/team')).status).toBe(200);
  });
});

describe('bad input', () => {
  test('pages, lengths and fields', async () => {
    const { call } = rest;
    for (const pagelen of ['0', '101', '-1', 'x', '', '1e1', '10.5']) {
      for (const url of [
        `/2.0/repositories/team?pagelen=${pagelen}`,
        `/2.0/repositories/team/open/commits?pagelen=${pagelen}`,
      ]) {
        const { status, body } = await call(url);
        expect(status, url).toBe(400);
        expect(body).toBe(INVALID_PAGELEN);
      }
    }
    for (const page of ['0', '-1', 'x', '99999999999999999999']) {
      expect((await call(`/2.0/repositories/team?page=${page}`)).status, page).toBe(400);
    }
    expect((await call('/2.0/repositories/team/open/commits?page=AAAA')).status).toBe(400);
    expect((await call('/2.0/repositories/team?pagelen=1&pagelen=2')).status).toBe(400);
    expect((await call('/2.0/repositories/team?role=king')).status).toBe(400);
  });

  test('bodies', async () => {
    const jane = await rest.basic('jane', 'repository:admin', 'repository');
    const send = (headers: Record<string, string>, body: string) =>
      rest.call('/2.0/repositories/team/new', jane, { method: 'POST', headers, body });
    const json = { 'content-type': 'application/json' };
    for (const body of ['{', '[]', '"x"', '1', '{"__proto__":{"x":1}}', '{"name":1}', '{"project":"MAIN"}']) {
      expect((await send(json, body)).status, body).toBe(400);
    }
    expect((await send({ 'content-type': 'text/plain' }, 'x')).status).toBe(415);
    expect((await send({ 'content-type': 'multipart/form-data; boundary=x' }, 'x')).status).toBe(415);
    expect((await send(json, `{"description":"${'x'.repeat(2_000_000)}"}`)).status).toBe(413);
    for (const one of [await send(json, '{'), await send({ 'content-type': 'text/plain' }, 'x')]) {
      expect(one.json).toMatchObject({ type: 'error', error: { message: expect.any(String) } });
      expect(one.body).not.toMatch(/node_modules|\.ts:|SyntaxError/);
    }
    expect((await rest.call('/2.0/repositories/team/new', jane)).status).toBe(404);
  });
});

describe('addresses that nothing is served at', () => {
  test('and methods that are not, answer with the envelope and our own address', async () => {
    for (const [method, url] of [
      ['GET', '/2.0/nothing'],
      ['GET', '/2.0/nothing/at/all'],
      ['POST', '/2.0/user'],
      ['PATCH', R],
      ['DELETE', `${R}/commits`],
      ['PUT', '/!api/2.0/x'],
      ['GET', '/api/2.0/x'],
    ] as const) {
      const { status, json, body } = await rest.call(url, undefined, { method });
      expect(status, `${method} ${url}`).toBe(404);
      expect(json.error.message).toBe('Resource not found');
      expect(json.error.detail).toMatch(/^There is no API hosted at this URL\.\n\n.*localhost:7990\/2\.0\/$/);
      expect(body).not.toContain('atlassian');
    }
  });

  test('what Bitbucket took away is answered as Bitbucket does', async () => {
    for (const url of [
      '/2.0/repositories',
      '/2.0/user/permissions/repositories',
      '/2.0/user/permissions/workspaces',
    ]) {
      const { status, body } = await rest.call(url);
      expect(status).toBe(410);
      expect(body).toBe(GONE);
    }
  });
});

describe('headers', () => {
  test('name scopes and kind on every answer that has a credential, and what is asked for on every one', async () => {
    const jane = await rest.basic('jane', 'repository:write', 'account');
    for (const [url, accepted] of [
      [R, 'repository'],
      [`${R}/commits`, 'repository'],
      [`${R}/src/main/README.md`, 'repository'],
      ['/2.0/user', 'account'],
      ['/2.0/user/emails', 'email'],
      ['/2.0/repositories/team/none', 'repository'],
      ['/2.0/workspaces/team', undefined],
    ] as const) {
      const { headers } = await rest.call(url, jane);
      expect(headers['x-credential-type'], url).toBe('apppassword');
      expect(headers['x-oauth-scopes']?.split(', ').toSorted()).toEqual(['account', 'repository:write']);
      expect(headers['x-accepted-oauth-scopes'], url).toBe(accepted);
    }
    const anonymous = await rest.call(R);
    expect(anonymous.headers['x-accepted-oauth-scopes']).toBe('repository');
    expect(anonymous.headers).not.toHaveProperty('x-oauth-scopes');
  });

  test('keep answers private and in their frame, and let scripts of other sites ask', async () => {
    for (const url of [
      '/2.0/repositories/team/open',
      R,
      '/2.0/nothing',
      '/2.0/repositories/team?pagelen=0',
    ]) {
      const { headers } = await rest.call(url);
      expect(headers).toMatchObject({
        'access-control-allow-origin': '*',
        'cache-control': 'private',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
      });
      expect(headers['vary']).toContain('Authorization');
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
      expect(headers).not.toHaveProperty('set-cookie');
      expect(headers).not.toHaveProperty('strict-transport-security');
    }
    const preflight = await rest.call(R, undefined, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-methods']).toBe('GET, POST, PUT, PATCH, DELETE, OPTIONS');
    expect(preflight.headers['access-control-allow-headers']).toContain('Authorization');
    expect(preflight.headers['access-control-max-age']).toBe('86400');
  });

  test('an answer that the caller has is not sent again', async () => {
    const first = await rest.call('/2.0/repositories/team/open');
    const again = await rest.call('/2.0/repositories/team/open', undefined, {
      headers: { 'if-none-match': first.headers['etag'] ?? '' },
    });
    expect(again.status).toBe(304);
    expect(again.body).toBe('');
  });
});
