import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { holds } from './if-none-match.ts';
import { sendAnswer } from './send-answer.ts';

export interface Content {
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly oid: string;
  /** In bytes. */
  readonly size: number;
  /** From a byte on up to and without another one, each chunk good until the next one is asked for. */
  readonly bytes: (from: number, to: number) => AsyncIterable<Buffer>;
}

export interface Sending {
  /** A client that takes nothing for so long is given up. */
  readonly stalledMs: number;
  /** Claims a use of the credential, before the first byte. Throws `Refused`. */
  readonly claimUse: () => Promise<void>;
}

/**
 * Sends a file, or of it what a client lacks that was interrupted. Its tag is what it holds, so that a copy is good for as
 * long as there is this file; that it may still be had is asked at each use.
 */
export async function sendContent(
  request: FastifyRequest,
  reply: FastifyReply,
  { oid, size, bytes }: Content,
  { stalledMs, claimUse }: Sending,
): Promise<FastifyReply> {
  const tag = `"${oid}"`;
  void reply.headers({
    etag: tag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    vary: 'Authorization, Cookie',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  });
  if (holds(request, tag)) return reply.code(304).send();
  // Of another version than the one that the client has a part of, it is sent the whole (RFC 9110 §13.1.5).
  const { range, 'if-range': ofVersion = tag } = request.headers;
  const part = request.method === 'HEAD' || ofVersion !== tag ? null : wantedPart(range, size);
  if (part === 'none')
    return reply.code(416).header('content-range', `bytes */${size}`).type('text/plain').send();
  const { from, to } = part ?? { from: 0, to: size };
  void reply.header('content-length', to - from);
  if (part !== null) void reply.code(206).header('content-range', `bytes ${from}-${to - 1}/${size}`);
  // Not without a body at all, of which the framework would say that it has no bytes.
  if (request.method === 'HEAD') return reply.send(Readable.from([]));
  await claimUse();
  await sendAnswer(reply, bytes(from, to), stalledMs);
  return reply;
}

/**
 * The one part that is asked for (RFC 9110 §14.2), from a byte on or up to one; null for the whole, which may be sent
 * whatever is asked; `none` where the file has no such part.
 */
export function wantedPart(
  header: string | undefined,
  size: number,
): { readonly from: number; readonly to: number } | null | 'none' {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const from = Math.max(size - Number(last), 0);
    return from < size && Number(last) > 0 ? { from, to: size } : 'none';
  }
  if (last !== '' && Number(last) < Number(first)) return null;
  if (Number(first) >= size) return 'none';
  return { from: Number(first), to: last === '' ? size : Math.min(Number(last) + 1, size) };
}
