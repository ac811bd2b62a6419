import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { declarationOf, scopesFor, type CredentialKind } from '../../gate/index.ts';
import { holds } from '../shared/if-none-match.ts';
import { grantOf } from '../shared/policy.ts';
import { credentialTypeOf } from './refusals.ts';

/** What every answer of the API carries. */
export const FIXED_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'ETag, Link, Location, X-Accepted-OAuth-Scopes, X-Credential-Type, X-OAuth-Scopes',
  'cache-control': 'private',
  vary: 'Authorization, Origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
} as const;

const TRANSPORT_SECURITY = 'max-age=31536000; includeSubDomains';

/** The headers that every answer of the API carries, whatever becomes of the request. Wants to be added before entry. */
export function addFixedHeaders(app: FastifyInstance, publicUrl: string): void {
  const isSecure = publicUrl.startsWith('https:');
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(FIXED_HEADERS);
    if (isSecure) reply.header('strict-transport-security', TRANSPORT_SECURITY);
    const { policy } = request.routeOptions.config;
    const scopes = policy === undefined ? 'any' : declarationOf(policy.operation).scopes;
    if (scopes !== 'any') reply.header('x-accepted-oauth-scopes', scopes.join(', '));
    done();
  });
}

/** Says what the presented credential is and holds, un-expanded, as tools read it. Wants to be added behind entry. */
export function addCredentialHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { policy } = request.routeOptions.config;
    if (policy !== undefined && request.admitted !== null) {
      const { principal } = grantOf(request, request.admittedFor ?? policy.operation);
      if (principal.type === 'credential') nameCredential(request, reply, principal);
    }
    done();
  });
}

/** With the scopes that are wanted of a credential of this kind, which need not be those that are wanted of others. */
export function nameCredential(
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, scopes }: { readonly kind: CredentialKind; readonly scopes: readonly string[] },
): void {
  const { policy } = request.routeOptions.config;
  const wanted = policy === undefined ? 'any' : scopesFor(policy.operation, kind);
  if (wanted !== 'any') reply.header('x-accepted-oauth-scopes', wanted.join(', '));
  reply.header('x-credential-type', credentialTypeOf(kind));
  reply.header('x-oauth-scopes', scopes.join(', '));
}

/** An entity tag for answers that are at hand as text, and 304 for whoever has them already. */
export function tagAnswer(request: FastifyRequest, reply: FastifyReply, body: string): string {
  if (reply.statusCode !== 200 || (request.method !== 'GET' && request.method !== 'HEAD')) return body;
  if (!reply.hasHeader('etag')) reply.header('etag', entityTag(body));
  return isFresh(request, reply) ? '' : body;
}

export const entityTag = (body: string | Buffer): string =>
  `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;

/** Sets 304 and returns true when the caller holds what the entity tag of the answer names. */
export function isFresh(request: FastifyRequest, reply: FastifyReply): boolean {
  if (!holds(request, String(reply.getHeader('etag') ?? ''))) return false;
  reply.code(304);
  reply.removeHeader('content-length');
  return true;
}
