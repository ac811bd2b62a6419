import type { FastifyRequest } from 'fastify';
import { Problem } from '../../../problem.ts';
import { parameter } from '../route.ts';

export const PULL_REQUESTS = '/:workspace/:repository/pull-requests';
/** One of them. */
export const PULL_REQUEST = `${PULL_REQUESTS}/:number`;

/** The number in the address. Throws `Problem` for what is none. */
export const numberIn = (request: FastifyRequest): number =>
  wholeNumber(request, 'number', 'There is no pull request of this number.');

/** Another number in it. @param missing what is said where there is none */
export function wholeNumber(request: FastifyRequest, name: string, missing: string): number {
  const text = parameter(request, name);
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Problem('not_found', missing);
  return Number(text);
}
