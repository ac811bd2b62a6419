import { findAccount } from '../../accounts/index.ts';
import { Secret } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import { describeToken, endToken, OauthError, type TokenDescription } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { clientOf } from './client.ts';
import type { Parameter } from './token.ts';

/** What RFC 7662 lets the consumer of a token know of it; null for a token that is not its own, or opens nothing. */
export interface Introspection extends TokenDescription {
  readonly clientId: string;
  readonly username: string | null;
}

const tokenIn = (parameter: Parameter): Secret => {
  const token = parameter('token');
  if (token === undefined) throw new OauthError('invalid_request', 'Required parameter is missing: token.');
  return new Secret(token);
};

/** Throws `OauthError`. */
export async function introspectToken(
  services: Services,
  grant: Grant<'oauth.introspect'>,
  parameter: Parameter,
): Promise<Introspection | null> {
  const { consumer } = await clientOf(services, grant, parameter('client_id'));
  const described = await describeToken(
    services.database,
    services.keys,
    consumer,
    tokenIn(parameter),
    services.clock(),
  );
  if (described === undefined) return null;
  const { owner } = described;
  const account =
    owner.type === 'account' ? await findAccount(services.database, `{${owner.id}}`) : undefined;
  if (owner.type === 'account' && account?.state !== 'active') return null;
  return { ...described, clientId: consumer.key, username: account?.username ?? null };
}

/** Ends a token of the consumer that asks; one that is not its own, or had ended, changes nothing (RFC 7009 §2.2). Throws `OauthError`. */
export async function revokeToken(
  services: Services,
  grant: Grant<'oauth.revoke'>,
  parameter: Parameter,
): Promise<void> {
  const { consumer } = await clientOf(services, grant, parameter('client_id'));
  const token = tokenIn(parameter);
  await change(
    services,
    grant,
    (trx, now) => endToken(trx, services.keys, consumer, token, now),
    (id) => (id === null ? null : { target: { type: 'credential', id }, detail: { consumer: consumer.key } }),
  );
}
