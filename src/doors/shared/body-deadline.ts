import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';

export interface LateAnswer {
  readonly contentType: string;
  readonly body: string;
}

const SENTENCE = 'The body of the request did not arrive in time; send it again.';

/**
 * Gives the bodies of a door so long to arrive. One that is late is answered with 408, and its connection ends: it could
 * otherwise be held for ever with a byte now and then. `render` says it in the words of the door.
 */
export function limitBodyTime(
  app: FastifyInstance,
  milliseconds: number,
  render: (sentence: string) => LateAnswer,
): void {
  app.addHook('onRequest', ({ raw: request }, reply, done) => {
    if (!request.complete && hasBody(request.headers)) limit(request, reply);
    done();
  });
  const limit = (request: IncomingMessage, reply: FastifyReply): void => {
    const timer = setTimeout(() => {
      if (request.complete || reply.sent || reply.raw.headersSent) return;
      const { contentType, body } = render(SENTENCE);
      reply.hijack();
      reply.raw.writeHead(408, { connection: 'close', 'content-type': contentType });
      reply.raw.end(body, () => request.destroy());
    }, milliseconds);
    reply.raw.once('close', () => clearTimeout(timer));
  };
}

const hasBody = (headers: Readonly<Record<string, unknown>>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
