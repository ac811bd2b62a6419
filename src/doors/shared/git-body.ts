import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { Problem } from '../../problem.ts';
import { takesItsTime } from './body-deadline.ts';

/** What a compressed push may unpack to. Git sends pushes as they are, since packs are compressed already. */
export const GZIPPED_LIMIT = 64 * 1024 * 1024;

/** How often it is looked whether anything came, in the time after which a client is given up. */
const LOOKS = 10;

/**
 * The body of a request, unpacked where it is gzip, of at most `limit` bytes. A client that sends
 * nothing for `stalledMs` while more is expected is given up. Stopping or failing leaves the connection
 * open, so that an answer can still be sent. Throws `Problem`.
 */
export function bodyOf(request: IncomingMessage, limit: number, stalledMs: number): AsyncIterable<Buffer> {
  endWhenSilent(request, stalledMs);
  const encoding = request.headers['content-encoding']?.toLowerCase();
  switch (encoding) {
    case undefined:
    case 'identity':
      return limited(request.iterator({ destroyOnReturn: false }), limit);
    case 'gzip':
    case 'x-gzip':
      return limited(gunzipped(request), limit);
    default:
      throw new Problem('invalid', 'A request body may be compressed with gzip and nothing else.');
  }
}

async function* limited(body: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit)
      throw new Problem('invalid', `The request is longer than ${limit} bytes, which no request is.`);
    yield chunk;
  }
}

async function* gunzipped(request: IncomingMessage): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const cutOff = () => gunzip.destroy(new Problem('invalid', 'The request was cut off; send it again.'));
  request.once('close', () => {
    if (!request.complete) cutOff();
  });
  request.once('error', cutOff);
  try {
    yield* request.pipe(gunzip);
  } catch (error) {
    throw error instanceof Problem
      ? error
      : new Problem('invalid', 'The request body is not gzip, as it says.');
  } finally {
    request.unpipe(gunzip);
    gunzip.destroy();
    // The client may still be sending, and reads no answer before it is done.
    request.resume();
  }
}

/**
 * Silence counts only while a body is waited for: the socket of a push is silent while it waits for its turn and its
 * objects are checked. Not by the socket's own limit, for which Node ends a connection whose request has come whole.
 */
function endWhenSilent(request: IncomingMessage, stalledMs: number): void {
  takesItsTime(request);
  const { socket } = request;
  let read = -1;
  let heardAt = performance.now();
  // Its connection keeps the process for as long as it is there; afterwards nothing does.
  const timer = setInterval(() => {
    if (request.complete) return clearInterval(timer);
    // Where bytes lie here unread, it is Git that is slow.
    if (socket.bytesRead !== read || request.readableLength > 0) heardAt = performance.now();
    read = socket.bytesRead;
    if (performance.now() - heardAt >= stalledMs) request.destroy();
  }, stalledMs / LOOKS).unref();
  request.once('close', () => clearInterval(timer));
}
