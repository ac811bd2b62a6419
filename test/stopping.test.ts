import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { readSettings } from '../src/config.ts';
import { RunningRequests } from '../src/running-requests.ts';
import { startServer } from '../src/server.ts';
import { openHost } from './acts/host.ts';
import { freePort } from './support/free-port.ts';

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

it('where the headers of an answer went before, its connection ends as well', async () => {
  const server = createServer((_request, answer) => {
    answer.write('half');
    void setTimeout(300).then(() => answer.end('and half'));
  });
  const running = new RunningRequests(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  let answer = '';
  client.setEncoding('utf8').on('data', (text: string) => (answer += text));
  await once(client, 'data');
  expect(running.count).toBe(1);
  server.close();
  running.endConnections();
  await once(client, 'close');
  expect(answer).toContain('and half');
  expect(running.count).toBe(0);
});
