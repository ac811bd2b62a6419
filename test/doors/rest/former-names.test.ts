import { beforeAll, describe, expect, it } from 'vitest';
import { openRest, PUBLIC_URL, type RestHost } from './rest-host.ts';

let rest: RestHost;
let jane: string;

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'account', 'repository:admin', 'repository:write');
  const url = '/2.0/repositories/team/open';
  const { json } = await rest.call(url, jane);
  const renamed = await rest.call(url, jane, { method: 'PUT', body: { ...json, name: 'opened' } });
  expect(renamed.status).toBe(200);
});

describe('a name that a repository had before leads to the one that it has', () => {
  it.each([
    ['/2.0/repositories/team/open', '/2.0/repositories/team/opened'],
    [
      '/2.0/repositories/team/open?fields=uuid?&q=a%3Fb',
      '/2.0/repositories/team/opened?fields=uuid?&q=a%3Fb',
    ],
    ['/2.0/repositories/team/open/src/main/docs%2Fx/', '/2.0/repositories/team/opened/src/main/docs%2Fx/'],
    ['/!api/2.0/repositories/team/open/commits', '/!api/2.0/repositories/team/opened/commits'],
    // The same addresses, written otherwise: what is looked for in them must not be missed, or found elsewhere.
    ['/2.0/%72epositories/team/open/commits', '/2.0/repositories/team/opened/commits'],
    ['/2%2E0/repositories/team/open', '/2.0/repositories/team/opened'],
    ['/%21api/2.0/%72epositories/team/open/', '/!api/2.0/repositories/team/opened/'],
    [
      '/2.0/%72epositories/team/open/src/main/repositories/a/b',
      '/2.0/repositories/team/opened/src/main/repositories/a/b',
    ],
  ])('%s', async (asked, there) => {
    for (const caller of [undefined, jane]) {
      const { status, headers } = await rest.call(asked, caller);
      expect(status).toBe(301);
      expect(headers['location']).toBe(`${PUBLIC_URL}${there}`);
      expect(headers['cache-control']).toContain('no-store');
    }
  });

  it('with method and body, where it is no question', async () => {
    const { status, headers } = await rest.call(
      '/!api/2.0/%72epositories/team/open/branch-restrictions',
      jane,
      {
        method: 'POST',
        body: { kind: 'delete', pattern: 'main' },
      },
    );
    expect(status).toBe(308);
    expect(headers['location']).toBe(`${PUBLIC_URL}/!api/2.0/repositories/team/opened/branch-restrictions`);
  });
});
