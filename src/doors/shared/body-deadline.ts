import type { FastifyInstance } from 'fastify';

/**
 * Gives the bodies of a door so long to arrive. One that is late is answered with 408, and its connection ends: it could
 * otherwise be held for ever with a byte now and then.
 */
export function limitBodyTime(app: FastifyInstance, milliseconds: number): void {
  app.addHook('onRequest', async ({ raw: request }, reply) => {
    if (request.complete || !hasBody(request.headers)) return;
    const timer = setTimeout(() => {
      if (request.complete || reply.sent || reply.raw.headersSent) return;
      reply.hijack();
      reply.raw.writeHead(408, { connection: 'close', 'content-type': 'text/plain; charset=utf-8' });
      reply.raw.end('The body of the request did not arrive in time; send it again.\n', () =>
        request.destroy(),
      );
    }, milliseconds);
    reply.raw.once('close', () => clearTimeout(timer));
  });
}

const hasBody = (headers: Readonly<Record<string, unknown>>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
