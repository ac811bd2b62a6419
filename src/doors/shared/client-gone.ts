import type { FastifyReply } from 'fastify';

/** Aborted when the connection ends before the answer has gone out. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // It may have ended before anybody asked: that it does is told once.
  if (reply.raw.destroyed) controller.abort();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** Whether that is why something ended. It is no fault of the host, and nobody is left to hear of it. */
export const isClientGone = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError';
