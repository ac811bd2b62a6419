import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { openRest, type RestHost } from './rest-host.ts';

let rest: RestHost;
let port: number;

beforeAll(async () => {
  rest = await openRest();
  await rest.app.listen({ host: '127.0.0.1', port: 0 });
  port = (rest.app.server.address() as AddressInfo).port;
});

/** Sends these bytes and gives everything that comes back until the host closes. */
function spoken(bytes: string): Promise<{ status: number; head: string; body: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1]), head: head.toLowerCase(), body });
    });
  });
}

const request = (path: string, headers = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`;

describe('what comes to no route of the API is answered in its own form', () => {
  test.each([
    ['/2.0/repositories/team/app/src/main//README.md', 400, /empty segment/],
    ['//repositories/team/app', 400, undefined],
    ['/2.0/repositories/team/app/src/main/../x', 400, /segment/],
    ['/2.0/repositories/team/app/src/main/a%0Ab', 400, /control character/],
    ['/2.0/repositories/team/app/src/main/a%5Cb', 400, /backslash/],
    ['/2.0/repositories/team/app/src/main/%FF', 400, /percent sign/],
    ['/2.0/workspaces/%FF', 400, /percent sign/],
    ['/!api/2.0/workspaces/%FF', 400, /percent sign/],
    ['/api/2.0/workspaces/%FF', 400, /percent sign/],
    [`/2.0/repositories/team/app/commits?include=${'a'.repeat(17_000)}`, 431, /longer than 16 KiB/],
    ['/team/app//x', 400, undefined],
    ['/team/%FF', 400, undefined],
    [`/team/app?${'a'.repeat(17_000)}`, 431, undefined],
  ])('%.70s', async (path, status, message) => {
    const answer = await spoken(request(path));
    expect(answer.status).toBe(status);
    if (message === undefined) {
      expect(answer.head).toContain('content-type: text/plain; charset=utf-8');
      expect(answer.body).toMatch(/^[A-Z][^\n]*\.\n$/);
      return;
    }
    expect(answer.head).toContain('content-type: application/json; charset=utf-8');
    expect(answer.head).toContain('access-control-allow-origin: *');
    expect(answer.head).toContain('x-content-type-options: nosniff');
    expect(JSON.parse(answer.body)).toEqual({
      type: 'error',
      error: { message: expect.stringMatching(message) },
    });
  });

  test('headers that are too long are refused whatever they hold, and nothing of them comes back', async () => {
    const secret = 'very-secret'.repeat(2000);
    const answer = await spoken(request('/2.0/user', `Authorization: Bearer ${secret}\r\n`));
    expect(answer.status).toBe(431);
    expect(answer.body).not.toContain('secret');
    expect(answer.head).not.toContain('secret');
  });

  test.each(['\r\n\r\n\r\nnonsense\r\n\r\n', 'GET\r\n\r\n', 'GET /2.0/user HTTP/1.1\r\nHost\r\n\r\n'])(
    'what is no HTTP is told so: %j',
    async (bytes) => {
      const answer = await spoken(bytes);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('This is no request of HTTP/1.1 that can be read.');
    },
  );
});
