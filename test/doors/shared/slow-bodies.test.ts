import { randomBytes } from 'node:crypto';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { readSettings } from '../../../src/config.ts';
import { runningGit } from '../../../src/git/process.ts';
import { PackQueue } from '../../../src/limits/pack-queue.ts';
import { composeServer } from '../../../src/server.ts';
import { atEndOfFile } from '../../support/cleanup.ts';
import { openRest, type RestHost } from '../rest/rest-host.ts';

const BODY_MS = 300;
const STALLED_MS = 600;

let rest: RestHost;
let port: number;
const packQueue = new PackQueue({ running: 1, waiting: 10, waitMs: 60_000 });
const logged: string[] = [];

beforeAll(async () => {
  rest = await openRest();
  const services = {
    ...rest.host.services,
    requestBodyMs: BODY_MS,
    stalledClientMs: STALLED_MS,
    packQueue,
    log: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }),
  };
  const { app } = await composeServer(readSettings({ data: rest.host.data }, {}), services);
  atEndOfFile(() => app.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});

/** Sends the head of a request and then a byte every now and then; what was answered, once the connection has ended. */
function trickled(head: string): Promise<{ answer: string; tookMs: number }> {
  const began = performance.now();
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(head));
    const dripping = setInterval(() => socket.write('b'), 50);
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(dripping);
      resolve({ answer, tookMs: performance.now() - began });
    });
  });
}

const post = (path: string, type = 'application/x-www-form-urlencoded', more = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${more}Content-Type: ${type}\r\nContent-Length: 60000\r\n\r\na=`;

test.each([
  [
    'a page, whose body is waited for',
    post('/login/forgotten', undefined, 'Sec-Fetch-Site: same-origin\r\n'),
    408,
  ],
  ['a token endpoint, which decides behind the body', post('/site/oauth2/access_token'), 408],
  ['the API, which refuses before it', post('/2.0/repositories/team/app', 'application/json'), 401],
  ['a page that refuses another site', post('/login', undefined, 'Sec-Fetch-Site: cross-site\r\n'), 403],
  [
    'Git, which refuses before it',
    post('/team/app.git/git-upload-pack', 'application/x-git-upload-pack-request'),
    401,
  ],
  ['a path that nothing is behind', post('/2.0/nothing', 'application/json'), 404],
  ['a path that is refused before all doors', post('/2.0//nothing', 'application/json'), 400],
])('a body that comes byte by byte holds no connection: %s', async (_what, head, status) => {
  const { answer, tookMs } = await trickled(head);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(tookMs).toBeGreaterThanOrEqual(BODY_MS - 20);
  expect(tookMs).toBeLessThan(10_000);
});

test('a fetch whose body has come may wait for its turn longer than a client may be silent', async () => {
  const turn = await packQueue.enter({ credential: 'other', repository: 'other' });
  setTimeout(() => turn.end(), 4 * STALLED_MS);
  const line = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
  const id = await rest.git.open.id('main');
  const began = performance.now();
  const answer = await fetch(`http://127.0.0.1:${port}/team/open.git/git-upload-pack`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-git-upload-pack-request', 'git-protocol': 'version=2' },
    body: `${line('command=fetch')}${line('object-format=sha1')}0001${line(`want ${id}\n`)}${line('done\n')}0000`,
  });
  expect(answer.status).toBe(200);
  expect(Buffer.from(await answer.arrayBuffer()).includes('PACK')).toBe(true);
  expect(performance.now() - began).toBeGreaterThan(3 * STALLED_MS);
});

test('a Git client that falls silent before its body has come is given up', async () => {
  const began = performance.now();
  const ended = await new Promise<string>((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(post('/team/open.git/git-upload-pack', 'application/x-git-upload-pack-request')),
    );
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
  expect(ended).not.toContain('200 OK');
  expect(performance.now() - began).toBeGreaterThanOrEqual(STALLED_MS - 20);
});

describe('of an archive', () => {
  const askers = [
    ['a program', ''],
    ['a browser', 'Accept: application/xhtml+xml\r\n'],
  ] as const;
  const get = (path: string, more = ''): Socket => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET /team/open/get/${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`),
    );
    return socket.on('error', () => {});
  };
  const begun = async (socket: Socket): Promise<void> => {
    const chunk = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect(chunk.toString('latin1')).toMatch(/^HTTP\/1\.1 200 /);
    expect(state()).toEqual({ ...idle, running: 1, processes: 1 });
  };
  const state = () => {
    const { running, waiting } = packQueue.state;
    const processes = runningGit().filter(({ command }) => command === 'archive').length;
    return { running, waiting, processes };
  };
  const idle = { running: 0, waiting: 0, processes: 0 };

  beforeAll(async () => {
    // More than a connection holds that nobody reads from.
    const content = randomBytes(8 * 1024 * 1024);
    await rest.git.open.commit({ branch: 'large', message: 'Large\n', files: [{ path: 'large', content }] });
  });

  test('who stops reading has neither a turn nor a process for longer than a client may be silent', async () => {
    const socket = get('large.tar.gz');
    await begun(socket);
    const began = performance.now();
    socket.pause();
    await vi.waitFor(() => expect(state()).toEqual(idle), 5000);
    expect(performance.now() - began).toBeGreaterThanOrEqual(STALLED_MS - 50);
    // What was under way still comes, and then the connection ends.
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await ended;
    expect(logged).toEqual([]);
  });

  test.each(askers)(
    '%s that leaves midway ends the work, and is no fault of the host',
    async (_who, more) => {
      const socket = get('large.tar.gz', more);
      await begun(socket);
      socket.destroy();
      await vi.waitFor(() => expect(state()).toEqual(idle), 0.9 * STALLED_MS);
      expect(logged).toEqual([]);
    },
  );

  test('who has left before there is a turn to wait for takes no place among those that wait', async () => {
    const turn = await packQueue.enter({ credential: 'other', repository: 'other' });
    const enter = vi.spyOn(packQueue, 'enter');
    const socket = get('main.zip');
    socket.once('ready', () => setImmediate(() => socket.destroy()));
    await vi.waitFor(() => expect(enter).toHaveBeenCalledOnce());
    await delay(50);
    expect(state()).toEqual({ ...idle, running: 1 });
    turn.end();
    enter.mockRestore();
  });

  test.each(askers)(
    '%s that leaves before its turn waits no longer, and is no fault of the host',
    async (_who, more) => {
      const turn = await packQueue.enter({ credential: 'other', repository: 'other' });
      const socket = get('main.zip', more);
      await vi.waitFor(() => expect(state()).toEqual({ ...idle, running: 1, waiting: 1 }));
      socket.destroy();
      await vi.waitFor(() => expect(state()).toEqual({ ...idle, running: 1 }));
      turn.end();
      // Not before whoever left was answered.
      await new Promise((resolve) => setImmediate(resolve));
      expect(logged).toEqual([]);
    },
  );
});
