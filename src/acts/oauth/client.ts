import type { Grant } from '../../gate/index.ts';
import { consumerById, consumerByKey, OauthError, type Consumer } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';

export type ClientGrant =
  | Grant<'oauth.token'>
  | Grant<'oauth.device'>
  | Grant<'oauth.revoke'>
  | Grant<'oauth.introspect'>;

/** In Bitbucket's words. */
export const CLIENT_NEEDED = 'Requests must be authenticated using OAuth client credentials.';

/** The consumer that speaks. */
export interface Client {
  readonly consumer: Consumer;
  /** The secret by which it was known; null for a public consumer, which only says who it is. */
  readonly secretId: string | null;
}

/**
 * The consumer behind a grant. One that has a secret was identified by it; `clientId` alone will do for public consumers
 * only (RFC 6749 §3.2.1). Throws `OauthError`.
 */
export async function clientOf(
  services: Services,
  grant: ClientGrant,
  clientId: string | undefined,
): Promise<Client> {
  const { principal } = grant;
  if (principal.type === 'credential' && principal.owner.type === 'consumer') {
    const { owner, credentialId } = principal;
    const consumer = await consumerById(services.database, owner.consumerId);
    if (consumer === undefined || (clientId !== undefined && clientId !== consumer.key))
      throw unknownClient();
    return { consumer, secretId: credentialId };
  }
  if (clientId === undefined) throw new OauthError('invalid_client', CLIENT_NEEDED);
  const consumer = await consumerByKey(services.database, clientId);
  if (consumer === undefined || consumer.isPrivate) throw unknownClient();
  return { consumer, secretId: null };
}

const unknownClient = () =>
  new OauthError(
    'invalid_client',
    'Invalid OAuth client credentials: send the key and secret of a consumer.',
  );
