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
  readonly answers: (number | 'nothing' | { readonly location: string })[];
  /** The first request to a path, when it has come. Throws after a while. */
  next(path: string, count?: number): Promise<Received>;
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
      if (typeof answer === 'number') return response.writeHead(answer).end('heard');
      return response.writeHead(302, answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    answers,
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
