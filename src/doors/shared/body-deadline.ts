import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';

export interface LateAnswer {
  readonly contentType: string;
  readonly body: string;
}

const SENTENCE = 'The body of the request did not arrive in time; send it again.';

/** Requests whose bodies are read for as long as their client does not fall silent. */
const unlimited = new WeakSet<IncomingMessage>();

/** For the body of a push or upload, which may take hours. Whoever says so looks after its client. */
export const takesItsTime = (request: IncomingMessage): void => void unlimited.add(request);

/** The rest of such a body is wanted no more, and has to come as soon as that of any other request. */
export const wantsNoMore = (request: IncomingMessage): void => void unlimited.delete(request);

/**
 * Gives the bodies of a door so long to arrive, those excepted that take their time. One that is late is answered with 408, and its connection ends: it could
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
  const limit = (request: IncomingMessage, reply: FastifyReply): void =>
    whenLate(request, milliseconds, () => {
      if (unlimited.has(request) || reply.sent || reply.raw.headersSent) return;
      const { contentType, body } = render(SENTENCE);
      reply.hijack();
      reply.raw.writeHead(408, { connection: 'close', 'content-type': contentType });
      reply.raw.end(body, () => request.destroy());
    });
}

/**
 * Ends the connection of whoever was answered before their body had come, refused for example, and so long after is still
 * sending it. For all doors at once: add it before them.
 */
export function limitRestOfBody(app: FastifyInstance, milliseconds: number): void {
  app.addHook('onRequest', ({ raw: request }, reply, done) => {
    if (!request.complete && hasBody(request.headers)) {
      reply.raw.once('finish', () => {
        if (!unlimited.has(request)) whenLate(request, milliseconds, () => request.destroy());
      });
    }
    done();
  });
}

/** Unless the whole request has come by then. */
function whenLate(request: IncomingMessage, milliseconds: number, then: () => void): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => {
    if (!request.complete) then();
  }, milliseconds).unref();
  request.once('close', () => clearTimeout(timer));
}

const hasBody = (headers: Readonly<Record<string, unknown>>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
