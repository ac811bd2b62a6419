import type { FastifyRequest } from 'fastify';

/** Where the API is. */
export const PREFIX = '/2.0';
/** Leads to the same: Bitbucket's pages use it. */
const SECOND_PREFIX = '/!api/2.0';
const SECOND = /^\/(?:!|%21)api(?=\/2\.0(?:[/?]|$))/;

/** The address under which a request is served that came with this one: the same, save that there is only one API. */
export const servedAddress = (url: string): string => url.replace(SECOND, '');

/** The prefix by which the API was asked; answers lead on under the same. */
export const prefixOf = (request: FastifyRequest): string =>
  SECOND.test(request.originalUrl) ? SECOND_PREFIX : PREFIX;
