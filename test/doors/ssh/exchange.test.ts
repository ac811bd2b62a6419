import { createRequire } from 'node:module';
import { Duplex, PassThrough } from 'node:stream';
import type { ServerChannel } from 'ssh2';
import { expect, it } from 'vitest';
import { ClientGone, Exchange, type Outflow } from '../../../src/doors/ssh/exchange.ts';
import { LIMITS } from '../../../src/doors/ssh/limits.ts';

it('gives up a client that takes nothing of what it asked for', async () => {
  const taken: Buffer[] = [];
  const channel = Object.assign(
    new Duplex({
      read() {},
      // As a channel whose window is shut: the second piece is never taken.
      write(chunk: Buffer, _encoding, done) {
        taken.push(chunk);
        if (taken.length === 1) done();
      },
    }),
    { stderr: new PassThrough() },
  ) as unknown as ServerChannel;
  const outflow = { passed: async () => {} } as unknown as Outflow;
  const client = new Exchange(channel, outflow, { ...LIMITS, silenceMs: 30 });
  await client.write(Buffer.from('taken'));
  // One that is asked nothing meanwhile is left alone.
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(client.signal.aborted).toBe(false);
  await expect(client.write(Buffer.from('not taken'))).rejects.toThrow(ClientGone);
  // So that Git is ended, whose answer it was.
  expect(client.signal.aborted).toBe(true);
  await expect(client.write(Buffer.from('nor this'))).rejects.toThrow(ClientGone);
});

/** The library's own, which is no part of what it describes. */
const { Channel } = createRequire(import.meta.url)('ssh2/lib/Channel.js') as {
  readonly Channel: new (
    client: object,
    ends: object,
    options: object,
  ) => ServerChannel & {
    readonly outgoing: { window: number };
    readonly _chunk: Buffer;
    readonly _chunkcb: () => void;
  };
};

it('sends nothing more of what was not taken in time: its buffer belongs to others by then', async () => {
  const sent: string[] = [];
  const protocol = {
    channelData: (_id: number, data: Buffer) => sent.push(data.toString()),
    channelEOF: () => sent.push('EOF'),
    channelClose: () => sent.push('CLOSE'),
    exitStatus: (_id: number, code: number) => sent.push(`EXIT ${code}`),
  };
  const end = (window: number) => ({ id: 0, window, packetSize: 100, state: 'open' });
  const channel = new Channel(
    { _protocol: protocol },
    { type: 'session', incoming: end(100), outgoing: end(4) },
    { server: true },
  );
  const outflow = { passed: async () => {} } as unknown as Outflow;
  const client = new Exchange(channel, outflow, { ...LIMITS, silenceMs: 30, closingMs: 10 });
  const buffer = Buffer.from('mine, and more of mine');
  await expect(client.write(buffer)).rejects.toThrow(ClientGone);
  buffer.fill('theirs ');
  await client.end(1);
  // As the library does when the client opens its window after all.
  channel.outgoing.window += 100;
  channel._write(channel._chunk, 'utf8', channel._chunkcb);
  expect(sent).toEqual(['mine', 'CLOSE']);
});
