import type { FastifyRequest } from 'fastify';
import type { Services } from '../../services.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request that changes something may have been made by a page of another site, with the visitor's cookie. The
 * browser says where a request comes from (`Sec-Fetch-Site`, or `Origin` where a page came over plain http); a request
 * that says neither comes from no browser that we can trust with a cookie, and is refused as well.
 */
export function isCrossSite(request: FastifyRequest, publicUrl: string): boolean {
  if (SAFE_METHODS.has(request.method)) return false;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = request.headers;
  // Our own address as it is configured, or the one that this very request was sent to.
  const own = [new URL(publicUrl).origin, `${request.protocol}://${request.host}`];
  return origin === undefined || !own.includes(origin);
}

/**
 * Says once in the log that a form was refused which by its `Origin` alone came from an address that is not ours: behind
 * a proxy of which the setting `url` knows nothing, every form may.
 */
export function otherAddressTeller({ log, publicUrl }: Services): (request: FastifyRequest) => void {
  let hasTold = false;
  return ({ headers: { origin, 'sec-fetch-site': site } }) => {
    if (hasTold || site !== undefined || origin === undefined || origin === 'null') return;
    hasTold = true;
    log.warn(
      { url: publicUrl, origin: origin.slice(0, 200) },
      'A form was refused because it came from another address than that of this host. If people reach this host there, set "url" to it.',
    );
  };
}
