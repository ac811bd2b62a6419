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
