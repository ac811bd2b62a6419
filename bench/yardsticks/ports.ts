import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A port of the loopback address that is free now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Waits until something listens there. Throws after ten seconds. */
export async function listening(to: { readonly port: number } | { readonly path: string }): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const socket = connect('port' in to ? { port: to.port, host: '127.0.0.1' } : to);
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await wait(25);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`Nothing listens at ${JSON.stringify(to)}.`);
}
