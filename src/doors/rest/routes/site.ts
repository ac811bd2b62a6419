import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { toHost } from '../../shared/policy.ts';
import { policy, type Context } from '../api.ts';
import { avatarSvg } from '../avatar.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { sendFailure, sendNoSuchRoute } from '../errors.ts';
import { descriptionPage, STYLE_SOURCE } from '../openapi-page.ts';
import { describedApi } from '../openapi.ts';

const DAY_SECONDS = 24 * 3600;
const PREFLIGHT_SECONDS = 86_400;

/** What Bitbucket answers where it took functions away, byte for byte: tools look for it. */
const CHANGE = { announcement_url: 'https://developer.atlassian.com/cloud/bitbucket/changelog#CHANGE-2770' };
const REMOVED = ['/repositories', '/user/permissions/repositories', '/user/permissions/workspaces'];

/** What says nothing about anybody: the description of the API, pictures, preflights, and what Bitbucket took away. */
export function addSiteRoutes(app: FastifyInstance, { services }: Context): void {
  const config = policy('site.view', toHost, 'bytes');

  app.get('/openapi.json', { config, schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(describedApi(app))),
  );

  app.get('/', { config: policy('site.view', toHost, 'page'), schema: { hide: true } }, (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      )
      .header('referrer-policy', 'no-referrer')
      .send(descriptionPage(describedApi(app))),
  );

  app.get<{ Params: { name: string } }>(
    '/avatars/:name',
    { config, schema: { hide: true, params: z.object({ name: z.string().max(100) }) } },
    (request, reply) =>
      reply
        .type('image/svg+xml')
        .header('cache-control', `public, max-age=${DAY_SECONDS}`)
        .header('content-security-policy', "default-src 'none'")
        .send(avatarSvg(request.params.name.replace(/\.svg$/, ''))),
  );

  for (const url of REMOVED) {
    app.get(
      url,
      {
        config,
        schema: {
          summary: 'Answers that Bitbucket Cloud no longer serves it, and neither does this host',
          response: { default: ErrorEnvelope },
        },
      },
      (_request, reply) =>
        sendFailure(reply, {
          status: 410,
          message: 'CHANGE-2770 - Functionality has been deprecated',
          detail: 'Please read the changelog entry for more details.',
          data: CHANGE,
        }),
    );
  }

  const preflight = (_request: unknown, reply: FastifyReply) =>
    reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
        'access-control-allow-headers': 'Authorization, Content-Type, Accept, If-None-Match',
        'access-control-max-age': String(PREFLIGHT_SECONDS),
      })
      .send();
  app.options('/', { config, schema: { hide: true } }, preflight);
  app.options('/*', { config, schema: { hide: true } }, preflight);

  // Everything else under the prefix, so that no other door takes it for a name of its own. Answered before any body.
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/*',
    config,
    schema: { hide: true },
    onRequest: async (_request, reply) => sendNoSuchRoute(services, reply),
    handler: (_request, reply) => sendNoSuchRoute(services, reply),
  });
}
