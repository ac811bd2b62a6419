import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { looksBinary } from '../../../acts/browse/file.ts';
import { disposition, rawType } from './raw-type.ts';

/** A sandbox without scripts, forms or an origin: whatever the bytes are, they are nobody's page. */
const SANDBOX = "default-src 'none'; sandbox";

/** Streams a file that somebody pushed, as something that no browser runs. */
export async function sendBytes(
  reply: FastifyReply,
  path: string,
  file: { readonly size: number; readonly stream: Readable },
): Promise<FastifyReply> {
  const binary = file.size > 0 && looksBinary(await beginning(file.stream));
  const { contentType, attachment } = rawType(path, binary);
  void reply
    .type(contentType)
    .header('content-disposition', disposition(path, attachment))
    .header('content-security-policy', SANDBOX)
    .header('x-content-type-options', 'nosniff');
  if (file.size === 0) {
    file.stream.destroy();
    return reply.send('');
  }
  return reply.header('content-length', file.size).send(file.stream);
}

/** Streams text of our own making, such as a diff, that holds what somebody pushed. */
export function sendText(reply: FastifyReply, name: string, stream: Readable): FastifyReply {
  return reply
    .type('text/plain; charset=utf-8')
    .header('content-disposition', disposition(name, false))
    .header('content-security-policy', SANDBOX)
    .send(stream);
}

/** The first bytes of a stream, which stay in it. */
async function beginning(stream: Readable): Promise<Buffer> {
  await once(stream, 'readable');
  const chunk: unknown = stream.read();
  if (!Buffer.isBuffer(chunk)) return Buffer.alloc(0);
  stream.unshift(chunk);
  return chunk;
}
