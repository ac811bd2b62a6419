import { describe, expect, it } from 'vitest';
import { servedAddress } from '../../../src/doors/rest/prefixes.ts';
import { openRest, type Call } from './rest-host.ts';

describe('the second prefix of the API', () => {
  it.each([
    ['/!api/2.0/user', '/2.0/user'],
    ['/%21api/2.0/user?fields=uuid', '/2.0/user?fields=uuid'],
    ['/!api/2.0', '/2.0'],
    ['/!api/2.0?x=/!api/2.0', '/2.0?x=/!api/2.0'],
    ['/!api/2.0/', '/2.0/'],
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
    '/!API/2.0/user',
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
    for (const { method, url } of routes) {
      const asked = { method: method as NonNullable<Call['method']> };
      const path = url.replace(/:(\w+)|\*/g, (all, name: string = all) => values[name] ?? 'none');
      // What changes something is asked by nobody: it would not be the same twice.
      const asking = ['GET', 'HEAD'].includes(method) ? callers : [undefined];
      for (const caller of asking) {
        const first = await rest.call(path, caller, asked);
        const second = await rest.call(`/!api${path}`, caller, asked);
        expect(second.status, `${method} ${url}`).toBe(first.status);
        expect(second.body.replaceAll('/!api/2.0', '/2.0'), `${method} ${url}`).toBe(first.body);
        seen.add(first.status);
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining([200, 302, 401, 403, 404]));
  });
});
