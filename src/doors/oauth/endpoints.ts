import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { beginDevice } from '../../acts/oauth/device.ts';
import { introspectToken, revokeToken } from '../../acts/oauth/own-tokens.ts';
import { issueTokens, type TokenAnswer } from '../../acts/oauth/token.ts';
import {
  ACCESS_TOKEN_TYPE,
  exchangeJobToken,
  TOKEN_EXCHANGE,
  type JobToken,
} from '../../acts/federation/exchange.ts';
import { agentOf, enterFurther } from '../../entry/index.ts';
import type { OperationName } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { grantOf, toHost } from '../shared/policy.ts';
import { parameterOf } from './parameters.ts';
import { PATHS } from './paths.ts';

const Failure = z.object({ error: z.string(), error_description: z.string() });

/** `scope` as RFC 6749 says it, and `scopes` as Bitbucket's clients read it. */
const Granted = z.object({ access_token: z.string(), scope: z.string(), scopes: z.string() });
const Tokens = Granted.extend({
  token_type: z.literal('bearer'),
  expires_in: z.number().int(),
  refresh_token: z.string().optional(),
});
/** RFC 8693 §2.2.1 has these two members for what is no access token. */
const AppPassword = Granted.extend({
  token_type: z.literal('N_A'),
  issued_token_type: z.literal('urn:latchkey:app-password'),
  username: z.string(),
  /** Absent where it does not expire. */
  expires_in: z.number().int().optional(),
});

/** RFC 8693 §2.2.1. */
const Exchanged = Granted.extend({
  issued_token_type: z.literal(ACCESS_TOKEN_TYPE),
  token_type: z.literal('bearer'),
  expires_in: z.number().int(),
});

const Waiting = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  expires_in: z.number().int(),
  interval: z.number().int(),
});

const Introspected = z.union([
  z.object({ active: z.literal(false) }),
  z.object({
    active: z.literal(true),
    scope: z.string(),
    client_id: z.string(),
    username: z.string().optional(),
    sub: z.string(),
    iss: z.string(),
    iat: z.number().int(),
    exp: z.number().int().optional(),
    token_type: z.literal('bearer').optional(),
  }),
]);

const declare = (operation: OperationName, answer: z.ZodType) =>
  ({
    config: { policy: { operation, targets: toHost, answers: 'json' } },
    schema: { response: { 200: answer, default: Failure } },
  }) as const;

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

export function addEndpoints(app: FastifyInstance, services: Services): void {
  app.post(
    PATHS.token,
    declare('oauth.token', z.union([Exchanged, Tokens, AppPassword])),
    async (request) => {
      const grant = grantOf(request, 'oauth.token');
      const parameter = parameterOf(request);
      if (parameter('grant_type') !== TOKEN_EXCHANGE)
        return tokenObject(await issueTokens(services, grant, parameter));
      const further = await enterFurther(services, grant, 'job_token.exchange', toHost());
      const agent = agentOf(request.headers['user-agent']);
      return exchangedObject(await exchangeJobToken(services, further, parameter, agent));
    },
  );

  app.post(PATHS.device, declare('oauth.device', Waiting), async (request) => {
    const begun = await beginDevice(services, grantOf(request, 'oauth.device'), parameterOf(request));
    const page = `${services.publicUrl}${PATHS.devicePage}`;
    return {
      device_code: begun.deviceCode.reveal(),
      user_code: begun.userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${begun.userCode}`,
      expires_in: seconds(begun.expiresMs),
      interval: seconds(begun.intervalMs),
    };
  });

  // RFC 7009 §2.2: 200 whether or not there was anything to end.
  app.post(PATHS.revocation, declare('oauth.revoke', z.object({})), async (request) => {
    await revokeToken(services, grantOf(request, 'oauth.revoke'), parameterOf(request));
    return {};
  });

  app.post(PATHS.introspection, declare('oauth.introspect', Introspected), async (request) => {
    const known = await introspectToken(services, grantOf(request, 'oauth.introspect'), parameterOf(request));
    if (known === null) return { active: false };
    return {
      active: true,
      scope: known.scopes.join(' '),
      client_id: known.clientId,
      ...(known.username !== null && { username: known.username }),
      sub: `{${known.owner.id}}`,
      iss: services.publicUrl,
      iat: seconds(known.issuedAt),
      ...(known.expiresAt !== null && { exp: seconds(known.expiresAt) }),
      ...(known.kind === 'oauth_access_token' && { token_type: 'bearer' as const }),
    };
  });
}

function exchangedObject({ secret, scopes, expiresInSeconds }: JobToken): z.input<typeof Exchanged> {
  const scope = scopes.join(' ');
  return {
    access_token: secret.reveal(),
    issued_token_type: ACCESS_TOKEN_TYPE,
    token_type: 'bearer',
    expires_in: expiresInSeconds,
    scope,
    scopes: scope,
  };
}

function tokenObject({
  issued,
  username,
  expiresInSeconds,
}: TokenAnswer): z.input<typeof Tokens> | z.input<typeof AppPassword> {
  const scope = issued.scopes.join(' ');
  if (issued.type === 'app_password') {
    return {
      access_token: issued.secret.reveal(),
      token_type: 'N_A',
      issued_token_type: 'urn:latchkey:app-password',
      username: username ?? '',
      ...(expiresInSeconds !== null && { expires_in: expiresInSeconds }),
      scope,
      scopes: scope,
    };
  }
  return {
    access_token: issued.access.reveal(),
    token_type: 'bearer',
    expires_in: expiresInSeconds ?? 0,
    ...(issued.refresh !== null && { refresh_token: issued.refresh.reveal() }),
    scope,
    scopes: scope,
  };
}
