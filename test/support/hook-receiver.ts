import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEndOfFile } from './cleanup.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  // oxlint-disable-next-line no-explicit-any -- what was sent is looked into as tests like.
  readonly json: Record<string, any>;
}

export interface Receiver {
  /** On loopback, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** What the next requests are answered with, in order; 200 when there is nothing left. */
  readonly answers: (number | 'nothing' | Promise<number> | { readonly location: string })[];
  /** The first request to a path, when it has come. Throws after a while. */
  next(path: string, count?: number): Promise<Received>;
  /** Nobody is there until `open`. */
  close(): Promise<void>;
  /** At the same address. */
  open(): Promise<void>;
}

const PATIENCE_MS = 20_000;

/** A server that takes what webhooks send. It ends with the test file. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: Receiver['answers'] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body,
        json: body.length === 0 ? {} : JSON.parse(body.toString()),
      });
      const answer = answers.shift() ?? 200;
      if (answer === 'nothing') return request.socket.destroy();
      if (answer instanceof Promise)
        return void answer.then((status) => response.writeHead(status).end('heard at last'));
      if (typeof answer === 'number') return response.writeHead(answer).end('heard');
      return response.writeHead(302, answer).end();
    });
  });
  const listen = (at: number): Promise<void> =>
    new Promise((resolve) => server.listen(at, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  await listen(0);
  atEndOfFile(close);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    answers,
    close,
    open: () => listen(port),
    async next(path, count = 1) {
      const until = Date.now() + PATIENCE_MS;
      for (;;) {
        const found = received.filter((each) => each.path === path);
        if (found.length >= count) return found[count - 1] as Received;
        if (Date.now() > until) throw new Error(`Nothing came to ${path} in time.`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}
