import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { unroutable } from './doors/rest/index.ts';
import { pathProblem } from './doors/shared/path.ts';

const TOO_LONG = 'The address and the headers of the request are longer than 16 KiB together.';
const BAD_PERCENT =
  'The path holds a percent sign that is not followed by two hexadecimal digits of UTF-8, or a part that is too long.';

/** A sentence, in the form of the door that the request was meant for. */
function answerTo(url: string, status: number, sentence: string) {
  return (
    unroutable(url, status, sentence) ?? {
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: `${sentence}\n`,
    }
  );
}

/** How Fastify answers what cannot be routed, and what is no request at all. */
export const badRequestOptions = {
  frameworkErrors(error: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply) {
    const status = error.statusCode ?? 400;
    const { headers, body } = answerTo(request.raw.url ?? '', status, BAD_PERCENT);
    reply.raw.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  },
  clientErrorHandler(error: ConnectionError, socket: Socket) {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    const [status, sentence] = clientProblem(error);
    // The bytes that were read last: of a request that came at once, its beginning.
    const packet: unknown = error.rawPacket;
    const begun = Buffer.isBuffer(packet) ? packet.toString('latin1', 0, 200) : '';
    const [, url = ''] = /^[A-Z]+ (\S*)/.exec(begun) ?? [];
    const { headers, body } = answerTo(url, status, sentence);
    const lines = Object.entries({
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    if (socket.writable) {
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
    }
    socket.destroy(error);
  },
};

function clientProblem({ code }: ConnectionError): readonly [number, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, TOO_LONG];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The headers of the request did not arrive in time.'];
    default:
      return [400, 'This is no request of HTTP/1.1 that can be read.'];
  }
}

/** Refuses paths that nothing behind us may see. Wants to be added before every door. */
export function refuseBadPaths(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const url = request.raw.url ?? '';
    const problem = pathProblem(url);
    if (problem === undefined) return done();
    const { headers, body } = answerTo(url, 400, problem);
    return void reply.code(400).headers(headers).send(body);
  });
}
