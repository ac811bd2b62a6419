import type { FastifyInstance } from 'fastify';
import { RESOURCE_METADATA_PATH } from '../shared/bearer-challenge.ts';
import { PATHS, SERVER_METADATA_PATH } from './paths.ts';

const METHODS: ReadonlyMap<string, string> = new Map([
  ...[PATHS.token, PATHS.device, PATHS.revocation, PATHS.introspection].map(
    (path) => [path, 'POST'] as const,
  ),
  ...[SERVER_METADATA_PATH, RESOURCE_METADATA_PATH].map((path) => [path, 'GET, HEAD'] as const),
]);

/**
 * Answers a request to an endpoint of OAuth by a method that it has not: 405 as clients of OAuth read it (RFC 9110
 * §15.5.6), and to OPTIONS what a page of another origin may send (the CORS protocol of the Fetch standard). Register it
 * outside of the doors, one of which answers whatever has no route.
 */
export function answerWrongMethods(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const path = (request.url.split('?')[0] ?? '').replace(/\/$/, '');
    const allow = METHODS.get(path);
    if (allow === undefined) return;
    reply.headers({
      allow,
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    if (request.method === 'OPTIONS') {
      return reply
        .code(204)
        .headers({
          'access-control-allow-methods': allow,
          'access-control-allow-headers': 'authorization, content-type',
        })
        .send();
    }
    return reply
      .code(405)
      .type('application/json; charset=utf-8')
      .send(
        JSON.stringify({
          error: 'invalid_request',
          error_description: `${request.method} is not answered here: send ${allow.replace(', ', ' or ')}.`,
        }),
      );
  });
}
