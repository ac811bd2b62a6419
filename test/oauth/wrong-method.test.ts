import { beforeAll, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ database: 'sqlite' });
});

const POSTED = ['access_token', 'device_authorization', 'revoke', 'introspect'].map(
  (name) => `/site/oauth2/${name}`,
);
const READ = ['/.well-known/oauth-authorization-server', '/.well-known/oauth-protected-resource'];

it('an endpoint of OAuth says in JSON which method it has, to whoever used another', async () => {
  for (const [paths, methods, allow] of [
    [POSTED, ['GET', 'PUT', 'PATCH', 'DELETE'], 'POST'],
    [READ, ['POST', 'PUT', 'DELETE'], 'GET, HEAD'],
  ] as const) {
    for (const path of paths) {
      for (const method of methods) {
        for (const url of [path, `${path}/?x=1`]) {
          const answer = await fetch(server.url + url, { method, redirect: 'manual' });
          expect([url, method, answer.status]).toEqual([url, method, 405]);
          expect(answer.headers.get('allow')).toBe(allow);
          expect(answer.headers.get('cache-control')).toBe('no-store');
          expect(await answer.json()).toEqual({
            error: 'invalid_request',
            error_description: `${method} is not answered here: send ${allow.replace(', ', ' or ')}.`,
          });
        }
      }
    }
  }
});

it('a page of another origin may ask by the method there is, and is told so', async () => {
  const answer = await fetch(`${server.url}/site/oauth2/access_token`, {
    method: 'OPTIONS',
    headers: { Origin: 'https://app.example.org', 'Access-Control-Request-Method': 'POST' },
  });
  expect(answer.status).toBe(204);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, content-type',
  });
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
});

it('nothing beside them changes: other paths are pages, and the endpoints work', async () => {
  const beside = await fetch(`${server.url}/site/oauth2/access_tokens`);
  expect(beside.status).toBe(404);
  expect(beside.headers.get('content-type')).toContain('text/html');
  const read = await fetch(server.url + (READ[0] ?? ''));
  expect(read.status).toBe(200);
  const head = await fetch(server.url + (READ[0] ?? ''), { method: 'HEAD' });
  expect(head.status).toBe(200);
  const empty = await fetch(server.url + (POSTED[0] ?? ''), {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  });
  expect(empty.status).toBe(401);
});
