import { recordAudit } from '../../audit/index.ts';
import { findAccount } from '../../accounts/index.ts';
import { Secret } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import {
  issueForConsumer,
  OauthError,
  pollDevice,
  redeemCode,
  rotate,
  scopesAsked,
  type Issued,
  type Outcome,
} from '../../oauth/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { TOKEN_EXCHANGE } from '../federation/exchange.ts';
import { decideAgain, transact } from '../transaction.ts';
import { clientOf, type Client } from './client.ts';

/** A parameter of the request body; undefined when it is absent. */
export type Parameter = (name: string) => string | undefined;

/** What a token request got. */
export interface TokenAnswer {
  readonly issued: Issued;
  /** The name of the account that an app password belongs to. */
  readonly username: string | null;
  /** Null for an app password that does not expire. */
  readonly expiresInSeconds: number | null;
}

interface TokenRequest {
  readonly services: Services;
  readonly trx: Handle;
  readonly client: Client;
  readonly parameter: Parameter;
  readonly now: number;
}

type GrantType = (request: TokenRequest) => Promise<Outcome>;

const required = (parameter: Parameter, name: string): string => {
  const value = parameter(name);
  if (value === undefined) throw new OauthError('invalid_request', `Required parameter is missing: ${name}.`);
  return value;
};

/** Every grant type there is (RFC 6749 §4, RFC 8628 §3.4), by what the request calls it. */
const GRANT_TYPES: Readonly<Record<string, GrantType>> = {
  authorization_code: ({ services, trx, client, parameter, now }) =>
    redeemCode(
      trx,
      services.keys,
      {
        consumer: client.consumer,
        code: new Secret(required(parameter, 'code')),
        redirectUri: parameter('redirect_uri'),
        verifier: parameter('code_verifier'),
      },
      services.oauthLifetimes,
      now,
    ),
  refresh_token: ({ services, trx, client, parameter, now }) =>
    rotate(
      trx,
      services.keys,
      {
        consumer: client.consumer,
        secret: new Secret(required(parameter, 'refresh_token')),
        scope: parameter('scope'),
      },
      services.oauthLifetimes,
      now,
    ),
  async client_credentials({ services, trx, client: { consumer, secretId }, parameter, now }) {
    if (secretId === null) {
      throw new OauthError(
        'unauthorized_client',
        'Cannot use client_credentials with a consumer marked as "public". It has nothing to prove who it is.',
      );
    }
    const scopes = scopesAsked(consumer, parameter('scope'));
    const wanted = { consumer, secretId, scopes };
    return {
      issued: await issueForConsumer(trx, services.keys, wanted, services.oauthLifetimes, now),
    };
  },
  'urn:ietf:params:oauth:grant-type:device_code': ({ services, trx, client, parameter, now }) =>
    pollDevice(
      trx,
      services.keys,
      {
        consumer: client.consumer,
        deviceCode: new Secret(required(parameter, 'device_code')),
        verifier: parameter('code_verifier'),
      },
      services.oauthLifetimes,
      now,
    ),
};

/** With the one by which a CI job, which is no client, enters (`acts/federation/exchange.ts`). */
export const GRANT_TYPE_NAMES = [...Object.keys(GRANT_TYPES), TOKEN_EXCHANGE];

/** Exchanges what the request brings for tokens, or for an app password that a person approved. Throws `OauthError`. */
export async function issueTokens(
  services: Services,
  grant: Grant<'oauth.token'>,
  parameter: Parameter,
): Promise<TokenAnswer> {
  const client = await clientOf(services, grant, parameter('client_id'));
  const name = required(parameter, 'grant_type');
  const grantType = Object.hasOwn(GRANT_TYPES, name) ? GRANT_TYPES[name] : undefined;
  if (grantType === undefined) {
    throw new OauthError(
      'unsupported_grant_type',
      `Unsupported grant type: ${JSON.stringify(name.slice(0, 64))}. There are ${GRANT_TYPE_NAMES.join(', ')}.`,
    );
  }
  // Whether what came of an earlier refresh was used must be in the rows.
  if (name === 'refresh_token') await services.writeUses();
  const now = services.clock();
  // A no is committed like a yes: what it ended stays ended.
  const outcome = await transact(services, async (trx) => {
    await decideAgain(services, trx, grant);
    const reached = await grantType({ services, trx, client, parameter, now });
    await note(trx, grant, client, reached, now);
    return reached;
  });
  if ('refused' in outcome) {
    if (outcome.alarm !== undefined)
      services.log.warn({ family: outcome.alarm.familyId }, 'An OAuth code or token was used twice.');
    throw new OauthError(outcome.refused, outcome.why);
  }
  const { issued } = outcome;
  const account =
    issued.type === 'app_password'
      ? await findAccount(services.database, `{${issued.accountId}}`)
      : undefined;
  return {
    issued,
    username: account?.username ?? null,
    expiresInSeconds: expiresInSeconds(services, issued, now),
  };
}

function expiresInSeconds(services: Services, issued: Issued, now: number): number | null {
  if (issued.type === 'tokens') return Math.round(services.oauthLifetimes.accessMs / 1000);
  return issued.expiresAt === null ? null : Math.floor((issued.expiresAt - now) / 1000);
}

/** What was made, and every alarm, is written down with the change itself. */
async function note(
  trx: Handle,
  { principal, address, operation }: Grant<'oauth.token'>,
  { consumer }: Client,
  outcome: Outcome,
  now: number,
): Promise<void> {
  const entry = { principal, address, operation };
  if ('issued' in outcome) {
    const { issued } = outcome;
    const id = issued.type === 'tokens' ? issued.accessId : issued.credentialId;
    const detail = { consumer: consumer.key, scopes: issued.scopes, issued: issued.type };
    await recordAudit(trx, { ...entry, target: { type: 'credential', id }, detail }, now);
  } else if (outcome.alarm !== undefined) {
    const { familyId, accountId, ended } = outcome.alarm;
    const detail = { consumer: consumer.key, alarm: 'used twice', family: familyId, ended };
    await recordAudit(trx, { ...entry, target: { type: 'account', id: accountId }, detail }, now);
  }
}
