import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FetchGrant } from '../../acts/git/fetch.ts';
import type { PushGrant } from '../../acts/git/push-grant.ts';

/** What the client says of versions of the protocol; empty where it says nothing. */
export function protocolOf({ headers }: FastifyRequest): string {
  const header = headers['git-protocol'];
  return typeof header === 'string' ? header : '';
}

/** As Git's own server says it: an answer is true for this moment and this asker. */
export const noCaching = (reply: FastifyReply): FastifyReply =>
  reply
    .header('Cache-Control', 'no-cache, max-age=0, must-revalidate')
    .header('Pragma', 'no-cache')
    .header('Expires', 'Fri, 01 Jan 1980 00:00:00 GMT');

/**
 * Sends whoever used a former name to the present one, on this origin; only who was admitted learns of it. Git follows
 * it on the first request and stays there.
 */
export function redirectRenamed(
  request: FastifyRequest,
  reply: FastifyReply,
  grant: FetchGrant | PushGrant,
): boolean {
  const [{ renamedFrom, slug, workspace }] = grant.targets;
  if (renamedFrom === undefined) return false;
  const place = grant.operation === 'wiki.fetch' || grant.operation === 'wiki.push' ? '/wiki' : '';
  const query = request.url.slice(request.url.indexOf('?'));
  noCaching(reply).code(301).header('Location', `/${workspace.slug}/${slug}.git${place}/info/refs${query}`);
  void reply.type('text/plain; charset=utf-8').send('This repository was renamed.\n');
  return true;
}
