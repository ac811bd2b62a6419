import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { gitOk, newRepository } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import { basic, commandList, contentType, flush, packet, send, traces, zero } from './git-wire.ts';

let server: TestServer;
let made: World;
let secret: string;
let tip: string;

beforeAll(async () => {
  server = await startServer();
  made = world(server);
  ({ secret } = await made.usual());
  await made.repository('acme/other');
  await made.repository('acme/open', { public: true });
  const local = await newRepository('verdicts');
  tip = await gitOk(['rev-parse', 'HEAD'], { cwd: local });
  for (const path of ['acme/app', 'acme/other', 'acme/open']) {
    await gitOk(['push', made.cloneUrl(path, 'ada', secret), 'main'], { cwd: local });
  }
});

/** Every way to ask for each Git service; `push` with a command that the server refuses for its name, so that nothing moves. */
const services = {
  'refs to fetch': (path: string, headers: Record<string, string>) =>
    send(server, `/${path}/info/refs?service=git-upload-pack`, { headers }),
  fetch: (path: string, headers: Record<string, string>) =>
    send(server, `/${path}/git-upload-pack`, {
      headers: { ...headers, ...contentType('git-upload-pack'), 'git-protocol': 'version=2' },
      body: Buffer.concat([packet('command=ls-refs\n'), Buffer.from('0001'), flush]),
    }),
  'refs to push': (path: string, headers: Record<string, string>) =>
    send(server, `/${path}/info/refs?service=git-receive-pack`, { headers }),
  push: (path: string, headers: Record<string, string>) =>
    send(server, `/${path}/git-receive-pack`, {
      headers: { ...headers, ...contentType('git-receive-pack') },
      body: commandList([[tip, zero, 'refs/hidden/x']]),
    }),
};
type Service = keyof typeof services;
const serviceNames = Object.keys(services) as Service[];

const verdicts = async (path: string, headers: Record<string, string>) =>
  Object.fromEntries(
    await Promise.all(
      serviceNames.map(
        async (service) => [service, (await services[service](path, headers)).status] as const,
      ),
    ),
  );

const table = (fetching: number, pushing: number) => ({
  'refs to fetch': fetching,
  fetch: fetching,
  'refs to push': pushing,
  push: pushing,
});

it('T1: each Git service decides alike, however the credential is presented', async () => {
  const cases = [
    { scopes: ['account'], tokenScopes: undefined, expected: table(403, 403) },
    { scopes: ['repository'], tokenScopes: ['repository'], expected: table(200, 403) },
    { scopes: ['repository:write'], tokenScopes: ['repository:write'], expected: table(200, 200) },
    { scopes: ['wiki'], tokenScopes: ['wiki'], expected: table(403, 403) },
  ];
  for (const { scopes, tokenScopes, expected } of cases) {
    const password = await made.appPassword('ada', scopes);
    for (const user of ['ada', 'ADA']) {
      expect(await verdicts('acme/app.git', { authorization: basic(user, password) })).toEqual(expected);
    }
    for (const wrong of [
      basic('', password),
      basic(password, ''),
      basic(password, 'x-oauth-basic'),
      basic('x-token-auth', password),
      `Bearer ${password}`,
      `token ${password}`,
    ]) {
      expect(await verdicts('acme/app.git', { authorization: wrong })).toEqual(table(401, 401));
    }
    if (tokenScopes === undefined) continue;
    const token = await made.accessToken('acme/app', tokenScopes);
    for (const authorization of [basic('x-token-auth', token), `Bearer ${token}`, `bearer ${token}`]) {
      expect(await verdicts('acme/app.git', { authorization })).toEqual(expected);
      expect(await verdicts('acme/app', { authorization })).toEqual(expected);
      expect(await verdicts('acme/other.git', { authorization })).toEqual(
        expected['refs to fetch'] === 200 ? table(404, expected.push === 200 ? 404 : 403) : table(403, 403),
      );
    }
    for (const wrong of [basic('ada', token), basic(token, ''), basic(token, 'x-oauth-basic')]) {
      expect(await verdicts('acme/app.git', { authorization: wrong })).toEqual(table(401, 401));
    }
  }
  expect(await verdicts('acme/app.git', {})).toEqual(table(401, 401));
  expect(await verdicts('acme/open.git', {})).toEqual(table(200, 401));
});

it('T30: what is decided is what runs, whatever a query or a header names', async () => {
  const reading = { authorization: basic('ada', await made.appPassword('ada', ['repository'])) };
  const push = commandList([[tip, zero, 'refs/heads/main']]);
  for (const path of [
    '/acme/app.git/git-receive-pack?service=git-upload-pack',
    '/acme/app.git/git-receive-pack/?service=git-upload-pack',
    '/acme/app.git/git%2Dreceive-pack?service=git-upload-pack',
    '/acme/app.git/git-upload-pack?service=git-receive-pack',
  ]) {
    for (const service of ['git-receive-pack', 'git-upload-pack'] as const) {
      const answer = await send(server, path, {
        headers: { ...reading, ...contentType(service) },
        body: push,
      });
      // What is no fetch, Git refuses in the words of its protocol.
      if (answer.status === 200) expect(answer.body.toString()).toMatch(/^[0-9a-f]{4}ERR /);
      else expect([400, 403, 404, 415], `${path} ${service}`).toContain(answer.status);
      expect(answer.body.toString()).not.toContain('unpack ok');
    }
  }
  const mismatched = await send(server, '/acme/app.git/git-upload-pack', {
    headers: { ...reading, ...contentType('git-receive-pack') },
    body: flush,
  });
  expect(mismatched.status).toBe(415);
  const queries: readonly (readonly [string, number])[] = [
    ['service=git-upload-pack&service=git-receive-pack', 400],
    ['service=git-receive-pack&service=git-upload-pack', 400],
    ['service=git-receive-pack&service=git-receive-pack', 400],
    ['service=git-upload-archive', 400],
    ['service=git%2Dreceive%2Dpack', 403],
    ['service=', 400],
    ['Service=git-upload-pack', 403],
    ['', 403],
  ];
  for (const [query, status] of queries) {
    const answer = await send(server, `/acme/app.git/info/refs?${query}`, { headers: reading });
    expect(answer.status, query).toBe(status);
    expect(answer.body.toString()).not.toContain(tip);
  }
  for (const path of [
    'HEAD',
    'objects/info/packs',
    `objects/${tip.slice(0, 2)}/${tip.slice(2)}`,
    'config',
    'info/lfs',
  ]) {
    const answer = await send(server, `/acme/app.git/${path}`, { headers: reading });
    expect(answer.status, path).toBe(404);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  }
  const untouched = await gitOk(['ls-remote', made.cloneUrl('acme/app', 'ada', secret), 'refs/heads/main']);
  expect(untouched).toContain(tip);
});

describe('T57: to strangers, what is private is missing', () => {
  const asked = (name: string) => [
    `/${name}/info/refs?service=git-upload-pack`,
    `/${name}/info/refs?service=git-receive-pack`,
    `/${name}/info/refs`,
    `/${name}.git/info/refs?service=git-upload-pack`,
    `/${name}.git/info/refs?service=git-receive-pack`,
    `/${name}.git/info/refs?go-get=1`,
    `/${name}.git/HEAD`,
    `/${name}.git/objects/info/packs`,
    `/${name}.git/wiki/info/refs?service=git-upload-pack`,
    `/${name}.git/wiki/info/refs?service=git-receive-pack`,
  ];
  const posts = (name: string) =>
    ['', '/wiki'].flatMap((place) =>
      (['git-upload-pack', 'git-receive-pack'] as const).map(
        (service) => [`/${name}.git${place}/${service}`, service] as const,
      ),
    );

  const heard = async (name: string, headers: Record<string, string>) => {
    const gets = await Promise.all(asked(name).map((path) => send(server, path, { headers })));
    const posted = await Promise.all(
      posts(name).map(([path, service]) =>
        send(server, path, { headers: { ...headers, ...contentType(service) }, body: flush }),
      ),
    );
    return [...gets, ...posted].map(({ status, headers: { date: _date, ...rest }, body }) => ({
      status,
      rest,
      body: body.toString().replaceAll(name, 'NAME'),
    }));
  };

  it('byte for byte, former names and wikis included', async () => {
    await made.repository('acme/before');
    await made.do(['repository', 'rename', 'acme/before', 'after']);
    await made.do(['repository', 'create', 'acme/walled', '--wiki']);
    await made.account('mallory');
    const other = await made.appPassword('mallory', ['repository:write', 'wiki']);
    const token = await made.accessToken('acme/other', ['repository:write', 'wiki']);
    for (const authorization of [
      undefined,
      basic('mallory', other),
      basic('x-token-auth', token),
      `Bearer ${token}`,
      basic('mallory', 'wrong'),
      'Basic !!!',
    ]) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const missing = await heard('acme/nothing', headers);
      expect(missing.some(({ status }) => status < 300)).toBe(false);
      for (const name of ['acme/app', 'acme/walled', 'acme/before', 'acme/after', 'nobody/nothing']) {
        expect(await heard(name, headers), `${name} ${authorization}`).toEqual(missing);
      }
    }
  });

  it('while those who may see it are sent to the new name', async () => {
    const headers = { authorization: basic('ada', secret) };
    const answer = await send(server, '/acme/before.git/info/refs?service=git-upload-pack&x=1', { headers });
    expect([answer.status, answer.headers['location']]).toEqual([
      301,
      '/acme/after.git/info/refs?service=git-upload-pack&x=1',
    ]);
    const local = await newRepository('renamed');
    await gitOk(['push', made.cloneUrl('acme/before', 'ada', secret), 'main'], { cwd: local });
    expect(await gitOk(['ls-remote', made.cloneUrl('acme/before', 'ada', secret)])).toContain(
      'refs/heads/main',
    );
  });
});

describe('T62: nothing that is sent ends in a failure of ours or in a yes', () => {
  it('in the Authorization header', async () => {
    const latin = fc.string({
      unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
    });
    const header = fc.oneof(
      latin,
      latin.map((text) => `Basic ${text}`),
      latin.map((text) => `Bearer ${text}`),
      fc.uint8Array().map((bytes) => `Basic ${Buffer.from(bytes).toString('base64')}`),
      fc.tuple(fc.string(), fc.string()).map(([user, key]) => basic(user, key)),
      fc.string().map((user) => basic(user, secret)),
      fc.constantFrom(
        'Basic',
        'Bearer ',
        'Basic Og==',
        'Basic =',
        `Bearer ${'a'.repeat(9000)}`,
        'Negotiate x',
        ',',
      ),
    );
    await fc.assert(
      fc.asyncProperty(header, async (authorization) => {
        // Node's client refuses what no client can send.
        fc.pre(!/[^\t\x20-\x7e\x80-\xff]/.test(authorization) && authorization !== basic('ada', secret));
        const answers = await verdicts('acme/app.git', { authorization });
        for (const status of Object.values(answers)) expect([400, 401, 431]).toContain(status);
        const open = await send(server, '/acme/open.git/info/refs?service=git-upload-pack', {
          headers: { authorization },
        });
        if (authorization.trim() !== '') expect([400, 401, 431]).toContain(open.status);
      }),
      { numRuns: 150 },
    );
  });

  it('in two Authorization headers at once', async () => {
    const { hostname, port } = new URL(server.url);
    const good = basic('ada', secret);
    const response = await fetch(
      `http://${hostname}:${port}/acme/app.git/info/refs?service=git-upload-pack`,
      {
        headers: [
          ['authorization', 'Basic bm86bm8='],
          ['authorization', good],
        ],
      },
    );
    expect(response.status).toBe(401);
  });

  it('in the body of a fetch or a push', async () => {
    const authorization = basic('ada', secret);
    const nothingDeleted = packet(`${zero} ${zero} refs/heads/x\0report-status`);
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 80 }).map((bytes) => packet(Buffer.from(bytes))),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(
        flush,
        Buffer.from('0001'),
        Buffer.from('0002'),
        Buffer.from('0003'),
        Buffer.from('fff1'),
        Buffer.from('zzzz'),
      ),
      fc.constantFrom(
        packet(`want ${zero}\n`),
        nothingDeleted,
        packet(`${zero} ${'1'.repeat(40)} refs/heads/x\0report-status`),
        packet(`${zero} ${'1'.repeat(64)} refs/heads/x\0report-status object-format=sha256`),
        packet(`${zero} ${'1'.repeat(40)} refs/heads/../../x\0report-status`),
        packet('push-cert\0report-status'),
        packet('command=fetch'),
        packet('command=nonsense'),
      ),
    );
    const before = await gitOk(['ls-remote', made.cloneUrl('acme/app', 'ada', secret)]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.constantFrom('git-upload-pack', 'git-receive-pack'),
        fc.constantFrom('', 'version=1', 'version=2'),
        async (lines, service, version) => {
          const answer = await send(server, `/acme/app.git/${service}`, {
            method: 'POST',
            headers: { authorization, ...contentType(service), 'git-protocol': version },
            body: Buffer.concat(lines),
          });
          expect(answer.status, answer.body.toString()).toBeLessThan(500);
          // To delete what is not there changes nothing, and Git says yes to it as well.
          if (!lines.includes(nothingDeleted)) expect(answer.body.toString()).not.toMatch(/^.{0,8}ok refs/m);
        },
      ),
      { numRuns: 120 },
    );
    expect(await gitOk(['ls-remote', made.cloneUrl('acme/app', 'ada', secret)])).toBe(before);
    expect(traces(server)).toEqual([]);
  });
});
