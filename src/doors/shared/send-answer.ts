import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { FastifyReply } from 'fastify';

/**
 * Sends an answer chunk by chunk, each when the one before has left this process: memory stays the same for every client,
 * and a chunk may be used again after that. A client that takes no byte for `stalledMs` is given up. Returns when all is
 * sent or the client is gone; an answer that breaks off ends the connection, so that nobody takes it for whole.
 */
export async function sendAnswer(
  reply: FastifyReply,
  answer: AsyncIterable<Buffer>,
  stalledMs: number,
): Promise<void> {
  const { raw } = reply;
  const chunks = answer[Symbol.asyncIterator]();
  // What goes wrong before the first byte is rendered as an error.
  let next = await chunks.next();
  reply.hijack();
  try {
    raw.writeHead(reply.statusCode, headersOf(reply));
    while (next.done !== true && (await written(raw, next.value, stalledMs))) next = await chunks.next();
    if (next.done === true) raw.end();
  } catch {
    breakOff(raw);
  } finally {
    await chunks.return?.();
  }
}

/** Answers of HTTP/1.0 are at their end where the connection is: that it was reset alone says that there was more. */
function breakOff(raw: ServerResponse): void {
  const { httpVersion, socket } = raw.req;
  if (httpVersion === '1.0' && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else raw.destroy();
}

const headersOf = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));

/** False where the client is gone. */
function written(raw: ServerResponse, chunk: Buffer, stalledMs: number): Promise<boolean> {
  if (raw.destroyed) return Promise.resolve(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => breakOff(raw), stalledMs);
  const onClose = () => settle(false);
  const settle = (value: boolean) => {
    clearTimeout(timer);
    raw.off('close', onClose);
    resolve(value);
  };
  raw.once('close', onClose);
  raw.write(chunk, (error) => settle(error === null || error === undefined));
  return promise;
}
