import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { readSettings } from '../src/config.ts';
import { startServer } from '../src/server.ts';
import { openHost } from './acts/host.ts';
import { freePort } from './support/free-port.ts';

vi.mock('node:timers/promises', { spy: true });

it('a request that outlasts the time for stopping is ended, and the log says how many there were', async () => {
  const { services, data } = await openHost();
  services.log.level = 'silent';
  const warned = vi.spyOn(services.log, 'warn');
  const port = await freePort();
  const server = await startServer(readSettings({ data, port, workers: 1 }, {}), { ...services, ssh: null });
  const client = connect(port, '127.0.0.1', () =>
    client.write(
      'POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname=a',
    ),
  );
  client.on('error', () => {});
  await setTimeout(200);
  // The half minute is over at once.
  vi.mocked(setTimeout).mockImplementationOnce(async (_milliseconds, value) => value as never);
  const gone = once(client, 'close');
  await server.stop();
  await gone;
  expect(warned.mock.calls).toEqual([
    [{ connections: 1 }, expect.stringMatching(/^Requests still ran 30 seconds .* they are ended\.$/)],
  ]);
});
