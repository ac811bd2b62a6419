import type { FastifyRequest } from 'fastify';

/** Whether the caller says that it holds the answer that this entity tag names. */
export function holds(request: FastifyRequest, tag: string): boolean {
  const known = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((text) => text.trim().replace(/^W\//, ''));
  return known.includes(tag) || known.includes('*');
}
