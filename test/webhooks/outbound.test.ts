import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Problem } from '../../src/problem.ts';
import { OutboundNetworks } from '../../src/outbound/index.ts';
import { chooseUrl, sendWebhook, type Sent } from '../../src/webhooks/index.ts';
import { startReceiver } from '../support/hook-receiver.ts';

const place = { ports: new Set([7990, 7999, 9990]), publicUrl: 'https://git.example.com' };
const strict = new OutboundNetworks([], place);
const loopback = new OutboundNetworks(['127.0.0.0/8', '::1'], place);

describe('where webhooks may be sent', () => {
  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '168.63.129.16',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '2002:7f00:1::',
    'localhost',
    '',
  ])('is not %s', (address) => {
    expect(strict.allows(address, 443)).toBe(false);
  });

  it.each(['1.1.1.1', '172.32.0.1', '192.169.0.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])(
    'is %s',
    (address) => {
      expect(strict.allows(address, 443)).toBe(true);
    },
  );

  it('is what the operator names, but not this host itself', () => {
    expect(loopback.allows('127.0.0.1', 8080)).toBe(true);
    expect(loopback.allows('10.0.0.1', 8080)).toBe(false);
    for (const port of place.ports) expect(loopback.allows('127.0.0.1', port)).toBe(false);
    const everything = new OutboundNetworks(['0.0.0.0/0', '::/0'], place);
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    for (const { address } of own) {
      expect(everything.allows(address, 7990), address).toBe(false);
      expect(everything.allows(address, 8080), address).toBe(true);
      // However public it is: what listens there may trust whoever comes from this machine.
      expect(strict.allows(address, 8080), address).toBe(false);
    }
    expect(everything.refuses(new URL('https://git.example.com/login'))).toBe(true);
    expect(everything.refuses(new URL('https://git.example.com:8443/'))).toBe(false);
    expect(everything.refuses(new URL('https://git.example.com./login'))).toBe(true);
  });

  it('is told where a setting cannot be read', () => {
    expect(() => new OutboundNetworks(['10.0.0.1/8'], place)).toThrow(/"webhook_networks" cannot be used/);
  });

  it('is decided for every address, however it is written', () => {
    const inner = fc.oneof(
      fc.ipV4().map((text) => `10.${text.split('.').slice(1).join('.')}`),
      fc.ipV4().map((text) => `127.${text.split('.').slice(1).join('.')}`),
    );
    fc.assert(
      fc.property(inner, (address) => {
        const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
        const [a, b] = [Math.floor(number / 65536), number % 65536];
        const mapped = `[::ffff:${a.toString(16)}:${b.toString(16)}]`;
        for (const host of [address, String(number), `0x${number.toString(16)}`, mapped])
          expect(strict.refuses(new URL(`http://${host}/`)), host).toBe(true);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => typeof strict.allows(text, 80) === 'boolean'));
  });
});

test('an address that is typed is taken or refused with a sentence, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string(),
        fc.string().map((text) => `http://${text}`),
      ),
      (text) => {
        try {
          const url = new URL(chooseUrl(text));
          expect([url.username, url.password, url.hash]).toEqual(['', '', '']);
          expect(url.protocol).toMatch(/^https?:$/);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      },
    ),
  );
});

describe('a request that is sent', () => {
  const send = (url: string, networks = loopback): Promise<Sent> =>
    sendWebhook(networks, { url, headers: {}, body: Buffer.from('{}'), skipsCertVerification: false });

  it('does not reach what a name leads to where that is not allowed, and says no more', async () => {
    const receiver = await startReceiver();
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]'])
      expect(await send(`http://${host}:${receiver.port}/`, strict), host).toMatchObject({
        status: null,
        problem: 'This address is not allowed.',
        isPassing: false,
      });
    // Whether there is a name in the networks around this host is told to nobody.
    for (const host of ['localhost', 'localhost.', 'nowhere.invalid']) {
      const { durationMs: _, ...told } = await send(`http://${host}:${receiver.port}/`, strict);
      expect(told, host).toEqual({
        status: null,
        problem: 'Its name leads to no address that is allowed.',
        isPassing: true,
      });
    }
    expect(receiver.received).toEqual([]);
    expect(await send(`http://localhost:${receiver.port}/`)).toMatchObject({ status: 200, problem: null });
    expect(receiver.received).toHaveLength(1);
  });

  it('follows nothing, and tells what may go better later from what will not', async () => {
    const receiver = await startReceiver();
    receiver.answers.push({ location: `${receiver.url}/other` }, 404, 500, 'nothing');
    const went = [];
    for (let count = 0; count < 4; count += 1) {
      const { status, problem, isPassing } = await send(`${receiver.url}/`);
      went.push([status, problem, isPassing]);
    }
    expect(went).toEqual([
      [302, 'It answered 302, and nothing follows where that leads.', false],
      [404, 'It answered 404.', false],
      [500, 'It answered 500.', true],
      [null, 'The connection broke before there was an answer.', true],
    ]);
    expect(receiver.received.map(({ path }) => path)).toEqual(['/', '/', '/', '/']);
    // Plain http is spoken there.
    const tls = await send(receiver.url.replace('http:', 'https:'));
    expect(tls).toMatchObject({ status: null, isPassing: true });
    expect(await send('http://127.0.0.1:1/')).toMatchObject({ problem: 'The connection was refused.' });
    expect(await send('http://nowhere.invalid/')).toMatchObject({ status: null, isPassing: true });
  });

  it('ends with its status, whatever becomes of the rest of the answer', async () => {
    const answers = [
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
      'HTTP/1.1 204 No Content\r\n\r\n',
    ];
    const sockets = new Set<Socket>();
    let next = 0;
    // It never ends a connection by itself.
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      const answer = answers[next++] ?? '';
      socket.once('data', () => socket.write(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const went = [];
    for (const _ of answers) {
      const { status, problem, isPassing } = await send(`http://127.0.0.1:${port}/`);
      went.push([status, problem, isPassing]);
    }
    expect(went).toEqual([
      [101, 'It answered 101.', false],
      [200, null, false],
      [200, null, false],
      [204, null, false],
    ]);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});
