import type { FastifyRequest } from 'fastify';

/** Where the API is. */
export const PREFIX = '/2.0';
/** Leads to the same: Bitbucket's pages use it. */
const SECOND_PREFIX = '/!api/2.0';
/** Each letter also as it may be written with a percent sign (RFC 3986 §2.3), as routes are matched. */
const SECOND = new RegExp(`^/${written('!api')}(?=/${written('2.0')}(?:[/?#]|$))`);

/** The address under which a request is served that came with this one: the same, save that there is only one API. */
export const servedAddress = (url: string): string => url.replace(SECOND, '');

/** The prefix by which the API was asked; answers lead on under the same. */
export const prefixOf = (request: FastifyRequest): string =>
  SECOND.test(request.originalUrl) ? SECOND_PREFIX : PREFIX;

function written(text: string): string {
  const letter = (one: string): string => {
    const hex = one.charCodeAt(0).toString(16).padStart(2, '0');
    const digits = hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    return `(?:${one === '.' ? '\\.' : one}|%${digits})`;
  };
  return text.replace(/./g, letter);
}
