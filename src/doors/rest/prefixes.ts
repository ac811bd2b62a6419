import type { FastifyRequest } from 'fastify';

/** Where the API is. */
export const PREFIX = '/2.0';
/**
 * What may stand before it and leads to the same: Bitbucket's pages use the first, and tools that are older than its host
 * for the API the second. Each letter also as it may be written with a percent sign (RFC 3986 §2.3), as routes are matched.
 */
const ALIASES = ['!api', 'api'].map((name) => ({
  prefix: `/${name}${PREFIX}`,
  before: new RegExp(`^/${written(name)}(?=/${written('2.0')}(?:[/?#]|$))`),
}));

const aliasOf = (url: string) => ALIASES.find(({ before }) => before.test(url));

/** The address under which a request is served that came with this one: the same, save that there is only one API. */
export const servedAddress = (url: string): string => url.replace(aliasOf(url)?.before ?? '', '');

/** The prefix by which the API was asked; answers lead on under the same. */
export const prefixOf = (request: FastifyRequest): string => aliasOf(request.originalUrl)?.prefix ?? PREFIX;

function written(text: string): string {
  const letter = (one: string): string => {
    const hex = one.charCodeAt(0).toString(16).padStart(2, '0');
    const digits = hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    return `(?:${one === '.' ? '\\.' : one}|%${digits})`;
  };
  return text.replace(/./g, letter);
}
