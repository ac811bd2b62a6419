import { describe, expect, it } from 'vitest';
import { servedAddress } from '../../../src/doors/rest/prefixes.ts';
import { openRest, PUBLIC_URL, type Call } from './rest-host.ts';

/** What describes the API says where it is, and not how it was asked. */
const DESCRIPTION = ['/2.0/', '/2.0/openapi.json'];

describe('another prefix of the API', () => {
  it.each([
    ['/!api/2.0/user', '/2.0/user'],
    ['/%21api/2.0/user?fields=uuid', '/2.0/user?fields=uuid'],
    ['/!api/2.0', '/2.0'],
    ['/!api/2.0?x=/!api/2.0', '/2.0?x=/!api/2.0'],
    ['/!api/2.0/', '/2.0/'],
    ['/%21%61pi/%32%2E0/%72epositories/a%2fb', '/%32%2E0/%72epositories/a%2fb'],
    ['/!a%70i/2%2e0#x', '/2%2e0#x'],
    ['/api/2.0/user', '/2.0/user'],
    ['/%61pi/2.0?x', '/2.0?x'],
    ['/api/2.0/api/2.0', '/2.0/api/2.0'],
  ])('is taken from %s', (given, served) => {
    expect(servedAddress(given)).toBe(served);
  });

  it.each([
    '/',
    '/2.0/user',
    '/2.0/!api/2.0/user',
    '//!api/2.0/user',
    '/!api/2.00/user',
    '/!api/2.0%2Fuser',
    '/!api/2%2E1/user',
    '/!api/2a0/user',
    '/!API/2.0/user',
    '/api/1.0/user',
    '/API/2.0/user',
    '//api/2.0/user',
    '/%2521api/2.0',
    '/!/api/2.0/user',
    '/!api/team/app.git/info/refs',
    '/team/app?to=/!api/2.0/user',
    'http://localhost/!api/2.0/user',
  ])('is not seen in %s', (given) => {
    expect(servedAddress(given)).toBe(given);
  });

  it('leads to every route as the first does, for whoever asks', async () => {
    const rest = await openRest();
    const callers = [
      undefined,
      await rest.basic('jane', 'account', 'email', 'repository'),
      await rest.bearer('team/app', 'repository'),
    ];
    const values: Readonly<Record<string, string>> = { workspace: 'team', repository: 'app', '*': 'main' };
    const routes = rest.routes.filter(({ url }) => url.startsWith('/2.0/'));
    expect(routes.length).toBeGreaterThan(80);
    const seen = new Set<number>();
    let different = 0;
    for (const { method, url } of routes) {
      const asked = { method: method as NonNullable<Call['method']> };
      const path = url.replace(/:(\w+)|\*/g, (all, name: string = all) => values[name] ?? 'none');
      // What changes something is asked by nobody: it would not be the same twice.
      const asking = ['GET', 'HEAD'].includes(method) ? callers : [undefined];
      for (const caller of asking) {
        // In both orders: what was put into words for one must not be said to the other.
        const before = await rest.call(`/!api${path}`, caller, asked);
        const first = await rest.call(path, caller, asked);
        const after = await rest.call(`/!api${path}`, caller, asked);
        const other = await rest.call(`/api${path}`, caller, asked);
        const { status, headers, body } = first;
        const leadsOn = status < 400 && !DESCRIPTION.includes(url);
        const under = (text: string, alias: string) =>
          leadsOn ? text.replaceAll(`${PUBLIC_URL}/2.0/`, `${PUBLIC_URL}${alias}/2.0/`) : text;
        if (leadsOn && under(body, '/api') !== body) different += 1;
        for (const [one, alias] of [
          [before, '/!api'],
          [after, '/!api'],
          [other, '/api'],
        ] as const)
          expect(
            { status: one.status, location: String(one.headers['location']), body: one.body },
            `${method} ${alias}${url}`,
          ).toEqual({
            status,
            location: under(String(headers['location']), alias),
            body: under(body, alias),
          });
        seen.add(first.status);
      }
    }
    expect(different).toBeGreaterThan(30);
    expect([...seen]).toEqual(expect.arrayContaining([200, 302, 401, 403, 404]));
  });
});
