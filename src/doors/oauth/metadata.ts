import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { GRANT_TYPE_NAMES } from '../../acts/oauth/token.ts';
import { SCOPE_NAMES } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { RESOURCE_METADATA_PATH } from '../shared/bearer-challenge.ts';
import { toHost } from '../shared/policy.ts';
import { PATHS, SERVER_METADATA_PATH } from './paths.ts';

const CLIENT_AUTHENTICATION = ['client_secret_basic', 'client_secret_post'] as const;

const ServerMetadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  device_authorization_endpoint: z.string(),
  revocation_endpoint: z.string(),
  introspection_endpoint: z.string(),
  scopes_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
  response_modes_supported: z.array(z.string()),
  grant_types_supported: z.array(z.string()),
  code_challenge_methods_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  revocation_endpoint_auth_methods_supported: z.array(z.string()),
  introspection_endpoint_auth_methods_supported: z.array(z.string()),
  authorization_response_iss_parameter_supported: z.boolean(),
  service_documentation: z.string(),
});

const ResourceMetadata = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()),
  scopes_supported: z.array(z.string()),
  bearer_methods_supported: z.array(z.string()),
  resource_name: z.string(),
});

const declare = (answer: z.ZodType) =>
  ({
    config: { policy: { operation: 'site.view', targets: toHost, answers: 'json' } },
    schema: {
      response: { 200: answer, default: z.object({ error: z.string(), error_description: z.string() }) },
    },
  }) as const;

/** What clients read before they begin: of the authorization server (RFC 8414) and of what its tokens open (RFC 9728). */
export function addMetadata(app: FastifyInstance, { publicUrl }: Services): void {
  const at = (path: string): string => `${publicUrl}${path}`;
  app.get(SERVER_METADATA_PATH, declare(ServerMetadata), async () => ({
    issuer: publicUrl,
    authorization_endpoint: at(PATHS.authorize),
    token_endpoint: at(PATHS.token),
    device_authorization_endpoint: at(PATHS.device),
    revocation_endpoint: at(PATHS.revocation),
    introspection_endpoint: at(PATHS.introspection),
    scopes_supported: [...SCOPE_NAMES],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: [...GRANT_TYPE_NAMES],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [...CLIENT_AUTHENTICATION, 'none'],
    revocation_endpoint_auth_methods_supported: [...CLIENT_AUTHENTICATION, 'none'],
    introspection_endpoint_auth_methods_supported: [...CLIENT_AUTHENTICATION],
    authorization_response_iss_parameter_supported: true,
    service_documentation: at('/2.0/openapi.json'),
  }));
  app.get(RESOURCE_METADATA_PATH, declare(ResourceMetadata), async () => ({
    resource: publicUrl,
    authorization_servers: [publicUrl],
    scopes_supported: [...SCOPE_NAMES],
    bearer_methods_supported: ['header'],
    resource_name: 'Latchkey: REST API and Git',
  }));
}
