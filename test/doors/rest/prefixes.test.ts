import { describe, expect, it } from 'vitest';
import { servedAddress } from '../../../src/doors/rest/prefixes.ts';
import { openRest, PUBLIC_URL, type Call } from './rest-host.ts';

/** What describes the API says where it is, and not how it was asked. */
const DESCRIPTION = ['/2.0/', '/2.0/openapi.json'];

describe('the second prefix of the API', () => {
  it.each([
    ['/!api/2.0/user', '/2.0/user'],
    ['/%21api/2.0/user?fields=uuid', '/2.0/user?fields=uuid'],
    ['/!api/2.0', '/2.0'],
    ['/!api/2.0?x=/!api/2.0', '/2.0?x=/!api/2.0'],
    ['/!api/2.0/', '/2.0/'],
    ['/%21%61pi/%32%2E0/%72epositories/a%2fb', '/%32%2E0/%72epositories/a%2fb'],
    ['/!a%70i/2%2e0#x', '/2%2e0#x'],
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
        const second = await rest.call(`/!api${path}`, caller, asked);
        const first = await rest.call(path, caller, asked);
        const again = await rest.call(`/!api${path}`, caller, asked);
        const { status, headers, body } = first;
        const leadsOn = status < 400 && !DESCRIPTION.includes(url);
        const under = (text: string) =>
          leadsOn ? text.replaceAll(`${PUBLIC_URL}/2.0/`, `${PUBLIC_URL}/!api/2.0/`) : text;
        if (leadsOn && under(body) !== body) different += 1;
        const expected = { status, location: under(String(headers['location'])), body: under(body) };
        for (const one of [second, again])
          expect(
            { status: one.status, location: String(one.headers['location']), body: one.body },
            `${method} ${url}`,
          ).toEqual(expected);
        seen.add(first.status);
      }
    }
    expect(different).toBeGreaterThan(30);
    expect([...seen]).toEqual(expect.arrayContaining([200, 302, 401, 403, 404]));
  });
});
