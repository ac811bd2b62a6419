import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { expect, it, vi } from 'vitest';
import { readSettings } from '../src/config.ts';
import { RunningRequests } from '../src/running-requests.ts';
import { startServer } from '../src/server.ts';
import { openHost } from './acts/host.ts';
import { atEndOfFile } from './support/cleanup.ts';
import { freePort } from './support/free-port.ts';
import { run } from './support/run.ts';

vi.mock('node:timers/promises', { spy: true });

const HALF_A_FORM =
  'POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nname=';

/** A server of its own in this process, and a connection to it that sent half a form. */
async function halfAsked() {
  const { services, data } = await openHost();
  services.log.level = 'silent';
  const warned = vi.spyOn(services.log, 'warn');
  const port = await freePort();
  const server = await startServer(readSettings({ data, port, workers: 1 }, {}), { ...services, ssh: null });
  const client = connect(port, '127.0.0.1', () => client.write(HALF_A_FORM));
  client.on('error', () => {});
  // Holds nobody up.
  const silent = connect(port, '127.0.0.1').on('error', () => {});
  await setTimeout(200);
  return { server, client, silent, warned };
}

it('a request that outlasts the time for stopping is ended, and the log says how many there were', async () => {
  const { server, client, warned } = await halfAsked();
  // The half minute is over at once.
  vi.mocked(setTimeout).mockImplementationOnce(async (_milliseconds, value) => value as never);
  const gone = once(client, 'close');
  await server.stop();
  await gone;
  expect(warned.mock.calls).toEqual([
    [
      { requests: 1, sshConnections: 0 },
      expect.stringMatching(/^Requests still ran 30 seconds .* they are ended\.$/),
    ],
  ]);
});

it('a connection ends with the answer that comes after the host was told to stop, and one without a request ends at once', async () => {
  const { server, client, silent, warned } = await halfAsked();
  const [gone, silentGone] = [once(client, 'close'), once(silent, 'close')];
  const stopped = server.stop();
  await silentGone;
  let answer = '';
  client.setEncoding('utf8').on('data', (text: string) => (answer += text));
  client.write('jane&');
  await gone;
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d .*\r\nConnection: close\r\n/is);
  await stopped;
  expect(warned).not.toHaveBeenCalled();
});

it.each(['plain', 'with TLS'])(
  'where the headers of an answer went before, its connection ends as well: %s',
  async (kind) => {
    const answerInHalves = (_request: unknown, answer: ServerResponse) => {
      answer.write('half');
      void setTimeout(300).then(() => answer.end('and half'));
    };
    const server =
      kind === 'plain'
        ? createServer(answerInHalves)
        : createTlsServer(await newCertificate(), answerInHalves);
    const running = new RunningRequests(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const toIt = () =>
      kind === 'plain'
        ? connect(port, '127.0.0.1')
        : connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    // One that has had its answer, one that waits for its own, and one that only shook hands.
    const [answered, client, silent] = [toIt(), toIt(), toIt()];
    const ask = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
    let before = '';
    answered.setEncoding('utf8').on('data', (text: string) => (before += text));
    answered.write(ask);
    await vi.waitFor(() => expect(before).toContain('and half'));
    let answer = '';
    client.setEncoding('utf8').on('data', (text: string) => (answer += text));
    client.write(ask);
    await once(client, 'data');
    expect(running.count).toBe(1);
    const ended: string[] = [];
    for (const [name, connection] of Object.entries({ answered, client, silent }))
      connection.on('error', () => {}).once('close', () => ended.push(name));
    server.close();
    running.endConnections();
    await once(client, 'close');
    expect(ended.toSorted()).toEqual(['answered', 'client', 'silent']);
    expect(ended.at(-1)).toBe('client');
    expect(answer).toContain('and half');
    expect(running.count).toBe(0);
  },
);

async function newCertificate() {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-stopping-'));
  atEndOfFile(() => rm(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const words = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=localhost',
  ];
  const made = await run('openssl', ['req', ...words, '-keyout', key, '-out', cert]);
  expect(made.code, made.stderr).toBe(0);
  return { key: await readFile(key), cert: await readFile(cert) };
}
